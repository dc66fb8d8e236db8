#include "cli/letter_box.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ostream.h>

#include "config/consumer_properties.h"
#include "dlq/letter_topic.h"

namespace sluice {

std::unique_ptr<LetterBox> LetterBox::open(const ConnectorFiles& files, std::ostream& err) {
  auto box = std::make_unique<LetterBox>();
  box->connector_ = open_connector(files.host_file, files.connector_file, err);
  if (!box->connector_) return nullptr;
  const ConnectorSettings& settings = box->connector_->checked.settings;
  if (box->topic().empty()) {
    fmt::print(err, "connector {} has no dead letters: errors.deadletterqueue.topic.name is not set in {}\n", settings.name,
               files.connector_file.string());
    return nullptr;
  }
  const auto [group, properties] = consumer_properties(box->connector_->host, settings);
  box->reader_ = std::make_unique<kafka::LogReader>(kafka::LogReaderOptions{settings.name + "-dlq", group, properties});
  return box;
}

bool LetterBox::read(const std::function<void(Letter)>& each, std::ostream& err) {
  const std::string& name = connector_->checked.settings.name;
  int32_t partitions = 0;
  const Outcome outcome = read_letters(*reader_, topic(), partitions, [&](Letter letter) {
    if (!letter.connector.empty() && letter.connector != name) {
      ++of_others_;
      return;
    }
    if (!letter.origin) ++without_origin_;
    each(std::move(letter));
  });
  exists_ = partitions > 0;
  if (!outcome.ok()) fmt::print(err, "the dead-letter topic {} could not be read: {}\n", topic(), outcome.message);
  return outcome.ok();
}

std::vector<std::string> LetterBox::remarks() const {
  std::vector<std::string> remarks;
  if (!exists_) remarks.push_back(fmt::format("the topic {} does not exist: no record was dead-lettered so far", topic()));
  if (of_others_ > 0) remarks.push_back(fmt::format("letters of other connectors, left out: {}", of_others_));
  if (without_origin_ > 0)
    remarks.push_back(fmt::format("letters that do not name their origin and cannot be replayed: {}; with "
                                  "errors.deadletterqueue.context.headers.enable: true those to come do", without_origin_));
  return remarks;
}

std::string time_text(int64_t milliseconds) {
  if (milliseconds < 0) return "-";
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03d}Z", fmt::gmtime(static_cast<std::time_t>(milliseconds / 1000)), milliseconds % 1000);
}

}  // namespace sluice
