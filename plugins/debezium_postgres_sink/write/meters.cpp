#include "debezium_postgres_sink/write/meters.h"

#include <algorithm>
#include <cctype>
#include <span>
#include <string>

namespace sluice::debezium {
namespace {

Metric leg(Context context, const char* stage) {
  const sluice_pair label{"stage", stage};
  return context.histogram("latency_seconds", "How long changes took on one leg of their way.", {}, std::span(&label, 1));
}

}  // namespace

Meters::Meters(Context context)
    : without_unchanged_values(context.counter("rows_without_unchanged_values",
                                               "Rows made by an update whose large unchanged values were nowhere to be found; they are NULL.")),
      context_(context),
      source_to_debezium_(leg(context, "source_to_debezium")),
      debezium_to_kafka_(leg(context, "debezium_to_kafka")),
      source_to_durable_(leg(context, "source_to_durable")) {
  for (int i = 0; i < kSkips; ++i) {
    const sluice_pair kind{"kind", name_of(static_cast<Skip>(i))};
    skipped_[static_cast<size_t>(i)] =
        context.counter("records_skipped", "Records that are no rows and only moved the position.", std::span(&kind, 1));
  }
  for (int i = 0; i < kOperations; ++i) {
    std::string name = name_of(static_cast<Operation>(i));
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const sluice_pair operation{"operation", name.c_str()};
    rows_[static_cast<size_t>(i)] = context.counter("changes", "Changes that were written, by what happened to the row in the source.", std::span(&operation, 1));
  }
}

void Meters::passed(const std::vector<Passage>& some) {
  const int64_t now_us = context_.now_ns() / 1000;
  const auto observe = [&](const Metric& metric, auto&& from, auto&& to) {
    seconds_.clear();
    for (const Passage& passage : some)
      if (from(passage) > 0 && to(passage) > 0) seconds_.push_back(static_cast<double>(std::max<int64_t>(0, to(passage) - from(passage))) / 1e6);
    if (!seconds_.empty()) metric.observe(seconds_);
  };
  const auto source = [](const Passage& passage) { return passage.source_us; };
  const auto debezium = [](const Passage& passage) { return passage.debezium_us; };
  const auto kafka = [](const Passage& passage) { return passage.kafka_us; };
  observe(source_to_debezium_, source, debezium);
  observe(debezium_to_kafka_, debezium, kafka);
  observe(source_to_durable_, source, [now_us](const Passage&) { return now_us; });
}

}  // namespace sluice::debezium
