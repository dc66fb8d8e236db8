// `sluice run`: build the parts, wait for a signal, stop in reverse order.
#pragma once
#include <filesystem>

namespace sluice {

// Exit code: 0 after a clean stop, 1 where it could not start.
int run_command(const std::filesystem::path& host_file);

}  // namespace sluice
