#include "dlq/letter_box.h"

#include <fmt/format.h>

#include "config/consumer_properties.h"
#include "dlq/letter_topic.h"

namespace sluice {
namespace {

kafka::LogReaderOptions reader_options(const HostConfig& host, const ConnectorSettings& settings, std::function<bool()> gives_up) {
  const auto [group, properties] = consumer_properties(host, settings);
  return {settings.name + "-dlq", group, properties, std::move(gives_up)};
}

}  // namespace

LetterBox::LetterBox(const HostConfig& host, const CheckedConnector& connector, std::function<bool()> gives_up)
    : connector_(connector), reader_(reader_options(host, connector.settings, std::move(gives_up))) {}

Outcome LetterBox::read(const std::function<void(Letter)>& each) {
  int32_t partitions = 0;
  Outcome outcome = read_letters(reader_, topic(), partitions, [&](Letter letter) {
    if (!letter.connector.empty() && letter.connector != connector_.settings.name) {
      ++of_others_;
      return;
    }
    if (!letter.origin) ++without_origin_;
    each(std::move(letter));
  });
  exists_ = partitions > 0;
  if (!outcome.ok()) outcome.message = fmt::format("the dead-letter topic {} could not be read: {}", topic(), outcome.message);
  return outcome;
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

}  // namespace sluice
