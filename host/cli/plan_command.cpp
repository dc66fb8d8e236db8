#include <fmt/format.h>
#include <fmt/ostream.h>

#include <fstream>
#include <memory>
#include <stdexcept>

#include "base/log.h"
#include "cli/checked_file.h"
#include "cli/commands.h"
#include "cli/event_file.h"
#include "cli/sample.h"
#include "config/consumer_properties.h"
#include "plugin/extensions.h"
#include "plugin/plugin_sink.h"
#include "task/transform.h"

namespace sluice {
namespace {

constexpr std::string_view kProblem = "problem: ";
constexpr size_t kLineMax = 100'000;

Sample from_file(const std::filesystem::path& file, bool wants_headers) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(fmt::format("{} cannot be read; correct --file", file.string()));
  try {
    Sample sample;
    sample.parts = read_events(in, wants_headers);
    if (sample.parts.empty()) sample.notes.push_back(fmt::format("{} holds no records", file.string()));
    return sample;
  } catch (const std::runtime_error& e) {
    throw std::runtime_error(fmt::format("{}: {}", file.string(), e.what()));
  }
}

// What Kafka does not give is a problem like any other: the plan goes on without records.
Sample from_kafka(kafka::LogReader& reader, const ConnectorSettings& settings, size_t records, bool wants_headers) {
  Sample sample;
  if (const Outcome taken = take_sample(reader, settings, records, wants_headers, sample); !taken.ok())
    sample.problems.push_back(fmt::format("no records were read: {}", taken.message));
  return sample;
}

// As a task does before the sink sees anything.
void transform_all(const Transforms& transforms, bool wants_headers, Sample& sample) {
  size_t filtered = 0;
  for (BatchPart& part : sample.parts) {
    const TopicTransforms of_topic = transforms.of_topic(part.name.topic);
    part.routed_topic = of_topic.topic();
    filtered += std::erase_if(part.records, [&](Record& record) { return !transform(of_topic, record, wants_headers); });
  }
  std::erase_if(sample.parts, [](const BatchPart& part) { return part.records.empty(); });
  if (filtered > 0) sample.notes.push_back(fmt::format("{} of the records are filtered by the transforms", filtered));
}

}  // namespace

int plan_command(const ConnectorFiles& files, size_t records, const std::filesystem::path& event_file, std::ostream& out) {
  const auto connector = open_connector(files.host_file, files.connector_file, out);
  if (!connector) return 1;
  const sluice_plugin& plugin = *connector->checked.plugin;
  const ConnectorSettings& settings = connector->checked.settings;
  if (!plan_extension(plugin)) {
    fmt::print(out, "the settings are valid, but the plugin {} tells no plan: it has no extension " SLUICE_PLAN_1 "\n", plugin.name);
    return 1;
  }
  const bool wants_headers = traits_of(plugin).wants_headers;
  std::unique_ptr<kafka::LogReader> reader;  // before its records, which it outlives
  Sample sample;
  if (event_file.empty()) {
    const auto [group, properties] = consumer_properties(connector->host, settings);
    reader = std::make_unique<kafka::LogReader>(kafka::LogReaderOptions{settings.name + "-plan", group, properties});
    sample = from_kafka(*reader, settings, records, wants_headers);
  } else {
    sample = from_file(event_file, wants_headers);
  }

  transform_all(settings.transforms, wants_headers, sample);

  bool sound = sample.problems.empty();
  for (const std::string& problem : sample.problems) fmt::print(out, "{}{}\n", kProblem, problem);
  for (const std::string& note : sample.notes) fmt::print(out, "note: {}\n", note);
  const Batch batch(std::move(sample.parts), 0);
  const BatchView view = batch.view({0, batch.size()}, 0);
  const Outcome told = call_plan(plugin, settings.name, *connector->checked.options, batch.size() > 0 ? view.get() : nullptr,
                                 [&](std::string_view line) {
                                   sound = sound && !line.starts_with(kProblem);
                                   fmt::print(out, "{}\n", printable(line, kLineMax));
                                 });
  if (!told.ok()) fmt::print(out, "{}{}\n", kProblem, told.message);
  return sound && told.ok() ? 0 : 1;
}

}  // namespace sluice
