#include "connector/target_states.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <fstream>
#include <system_error>

#include "base/log.h"

namespace sluice {
namespace {

constexpr const char* kPaused = "paused";
constexpr const char* kStopped = "stopped";

}  // namespace

std::string file_stem_of(const std::string& connector) {
  std::string encoded;
  for (const char c : connector) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.';
    encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

TargetState TargetStates::load(const std::string& connector) const {
  if (folder_.empty()) return TargetState::running;
  std::ifstream file(file_of(connector));
  std::string word;
  file >> word;
  if (word == kPaused) return TargetState::paused;
  return word == kStopped ? TargetState::stopped : TargetState::running;
}

void TargetStates::keep(const std::string& connector, TargetState state) const {
  if (folder_.empty()) return;
  const std::filesystem::path file = file_of(connector);
  std::error_code error;
  if (state == TargetState::running) {
    std::filesystem::remove(file, error);
  } else {
    // Renamed into its place, so that a crash or a full disk leaves the old one or the new one.
    const std::filesystem::path fresh = file.string() + ".new";
    std::filesystem::create_directories(folder_, error);
    std::ofstream out(fresh, std::ios::trunc);
    out << (state == TargetState::paused ? kPaused : kStopped) << '\n';
    out.close();
    if (out) std::filesystem::rename(fresh, file, error);
    else error = std::make_error_code(std::errc::io_error);
  }
  if (error)
    spdlog::error("connector {}: its state could not be kept in {}: {}; after a restart of this process it would not be as asked",
                  printable(connector), printable(file.string()), error.message());
}

}  // namespace sluice
