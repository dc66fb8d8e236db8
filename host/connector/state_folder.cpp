#include "connector/state_folder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <boost/crc.hpp>
#include <fstream>
#include <system_error>

#include "base/durable_file.h"
#include "base/log.h"
#include "base/log_context.h"
#include "base/loggers.h"

namespace sluice {
namespace {

constexpr const char* kTarget = ".state";
constexpr const char* kTopics = ".topics";
constexpr const char* kPaused = "paused";
constexpr const char* kStopped = "stopped";
constexpr size_t kStemBytesMax = 200;  // file systems take 255 for a name, and something is added

}  // namespace

std::string file_stem_of(const std::string& connector) {
  std::string encoded;
  for (const char c : connector) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' ||
                       (c == '.' && !encoded.empty());
    encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  if (encoded.size() <= kStemBytesMax) return encoded;
  boost::crc_32_type crc;
  crc.process_bytes(connector.data(), connector.size());
  return fmt::format("{}~{:08x}", encoded.substr(0, kStemBytesMax - 9), crc.checksum());
}

TargetState StateFolder::target(const std::string& connector) const {
  if (folder_.empty()) return TargetState::running;
  std::ifstream file(file_of(connector, kTarget));
  std::string word;
  file >> word;
  if (word == kPaused) return TargetState::paused;
  return word == kStopped ? TargetState::stopped : TargetState::running;
}

void StateFolder::keep_target(const std::string& connector, TargetState state) const {
  keep(connector, kTarget, state == TargetState::running ? "" : state == TargetState::paused ? kPaused : kStopped);
}

// One a line: Kafka's names of topics hold no line ends.
std::set<std::string> StateFolder::topics(const std::string& connector) const {
  std::set<std::string> topics;
  if (folder_.empty()) return topics;
  std::ifstream file(file_of(connector, kTopics));
  for (std::string topic; std::getline(file, topic);)
    if (!topic.empty()) topics.insert(topic);
  return topics;
}

void StateFolder::keep_topics(const std::string& connector, const std::set<std::string>& topics) const {
  keep(connector, kTopics, fmt::format("{}", fmt::join(topics, "\n")));
}

void StateFolder::forget(const std::string& connector) const {
  keep(connector, kTarget, "");
  keep(connector, kTopics, "");
  for (int task = 0;; ++task) {
    std::error_code error;
    if (folder_.empty() || !std::filesystem::remove(note_file(folder_, connector, task), error)) break;
  }
}

std::filesystem::path note_file(const std::filesystem::path& folder, const std::string& connector, int task) {
  return folder / fmt::format("{}.call-{}", file_stem_of(connector), task);
}

void StateFolder::keep(const std::string& connector, const char* what, const std::string& text) const {
  if (folder_.empty()) return;
  const std::filesystem::path file = file_of(connector, what);
  std::error_code error;
  if (text.empty()) {
    error = remove_durably(file);
  } else {
    std::filesystem::create_directories(folder_, error);
    error = write_durably(file, text + "\n");
  }
  if (!error) return;
  const LogContext about(connector);
  connector_log().error("its state could not be kept in {}: {}; after a restart of this process it would not be as asked",
                        printable(file.string()), error.message());
}

}  // namespace sluice
