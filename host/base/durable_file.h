// Small files that are the old ones or the new ones whatever happens in between, and still there after a power cut.
#pragma once
#include <filesystem>
#include <string_view>
#include <system_error>

namespace sluice {

// Replaces or makes the file, readable by its owner only: written beside it, brought to the disk, then renamed into its place.
// The folder has to be there. Not for two writers of one file at the same time.
std::error_code write_durably(const std::filesystem::path& file, std::string_view text);

// One that is not there is no error.
std::error_code remove_durably(const std::filesystem::path& file);

}  // namespace sluice
