#include <fmt/format.h>
#include <fmt/ostream.h>

#include <fstream>
#include <memory>
#include <stdexcept>

#include "base/log.h"
#include "cli/checked_file.h"
#include "cli/commands.h"
#include "cli/event_file.h"
#include "cli/problems_json.h"
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

// What there is to tell: to people as it comes, as JSON at the end.
class Told {
 public:
  Told(bool json, std::ostream& out) : json_(json), out_(out) {}

  void settings(const Problems& problems) {
    sound_ = sound_ && !any_error(problems);
    if (json_) settings_ = problems;
    else for (const Problem& problem : problems) fmt::print(out_, "{}\n", describe(problem));
  }
  void problem(const std::string& text) {
    sound_ = false;
    if (json_) problems_.push_back(text);
    else fmt::print(out_, "{}{}\n", kProblem, text);
  }
  void note(const std::string& text) {
    if (json_) notes_.push_back(text);
    else fmt::print(out_, "note: {}\n", text);
  }
  // Of the plugin, which marks its problems itself.
  void line(std::string_view text) {
    if (text.starts_with(kProblem)) problem(printable(text.substr(kProblem.size()), kLineMax));
    else if (json_) lines_.emplace_back(text);
    else fmt::print(out_, "{}\n", printable(text, kLineMax));
  }

  // The exit code.
  int end() {
    if (json_) print_json();
    return sound_ ? 0 : 1;
  }

 private:
  void print_json() {
    JsonWriter json;
    json.begin_object().key("sound").boolean(sound_).key("settings");
    write_problems(json, settings_);
    for (const auto& [name, texts] : {std::pair{"problems", &problems_}, {"notes", &notes_}, {"lines", &lines_}}) {
      json.key(name).begin_array();
      for (const std::string& text : *texts) json.text(text);
      json.end_array();
    }
    fmt::print(out_, "{}\n", json.end_object().result());
  }

  const bool json_;
  std::ostream& out_;
  bool sound_ = true;
  Problems settings_;
  std::vector<std::string> problems_, notes_, lines_;
};

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

int plan_command(const ConnectorFiles& files, size_t records, const std::filesystem::path& event_file, bool json, std::ostream& out) {
  Told told(json, out);
  Problems problems;
  const auto connector = open_connector(files.host_file, files.connector_file, problems);
  told.settings(problems);
  if (!connector) return told.end();
  const sluice_plugin& plugin = *connector->checked.plugin;
  const ConnectorSettings& settings = connector->checked.settings;
  if (!plan_extension(plugin)) {
    told.problem(fmt::format("the settings are valid, but the plugin {} tells no plan: it has no extension " SLUICE_PLAN_1, plugin.name));
    return told.end();
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

  for (const std::string& problem : sample.problems) told.problem(problem);
  for (const std::string& note : sample.notes) told.note(note);
  const Batch batch(std::move(sample.parts), 0);
  const BatchView view = batch.view({0, batch.size()}, 0);
  const Outcome planned = call_plan(plugin, settings.name, *connector->checked.options, batch.size() > 0 ? view.get() : nullptr,
                                    [&](std::string_view line) { told.line(line); });
  if (!planned.ok()) told.problem(planned.message);
  return told.end();
}

}  // namespace sluice
