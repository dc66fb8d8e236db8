#include "cli/letter_box.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ostream.h>

namespace sluice {

std::optional<OpenedLetterBox> open_letter_box(const ConnectorFiles& files, std::ostream& err) {
  OpenedLetterBox opened;
  opened.connector = open_connector(files.host_file, files.connector_file, err);
  if (!opened.connector) return std::nullopt;
  const ConnectorSettings& settings = opened.connector->checked.settings;
  if (settings.errors.dead_letter_topic.empty()) {
    fmt::print(err, "connector {} has no dead letters: errors.deadletterqueue.topic.name is not set in {}\n", settings.name,
               files.connector_file.string());
    return std::nullopt;
  }
  opened.box = std::make_unique<LetterBox>(opened.connector->host, opened.connector->checked);
  return opened;
}

bool read_letter_box(LetterBox& box, const std::function<void(Letter)>& each, std::ostream& err) {
  const Outcome outcome = box.read(each);
  if (!outcome.ok()) fmt::print(err, "{}\n", outcome.message);
  return outcome.ok();
}

std::string time_text(int64_t milliseconds) {
  if (milliseconds < 0) return "-";
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03d}Z", fmt::gmtime(static_cast<std::time_t>(milliseconds / 1000)), milliseconds % 1000);
}

}  // namespace sluice
