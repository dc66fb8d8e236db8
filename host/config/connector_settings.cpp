#include "config/connector_settings.h"

#include <fmt/format.h>
#include <regex.h>

#include <algorithm>
#include <cctype>
#include <limits>
#include <optional>
#include <utility>

#include "base/bounded_regex.h"
#include "config/builtin_classes.h"
#include "config/scalars.h"
#include "config/setting_definitions.h"
#include "config/setting_reader.h"
#include "config/transform_settings.h"

namespace sluice {
namespace {

using std::chrono::milliseconds;
using Reader = SettingReader;
constexpr int64_t kDayMs = 86'400'000;

void read_name(Reader& reader, ConnectorSettings& settings) {
  const std::string* written = reader.find("name");
  if (!written) return reader.complain("name", "Missing required configuration \"name\" which has no default value.");
  settings.name = trim(*written);
  if (settings.name.empty()) return reader.complain("name", "Invalid value  for configuration name: String may not be empty");
  // Java's isISOControl: C0, DEL, and C1, which is two bytes in UTF-8.
  std::vector<int> controls;
  for (size_t i = 0; i < settings.name.size(); ++i) {
    const auto byte = static_cast<unsigned char>(settings.name[i]);
    const auto next = static_cast<unsigned char>(i + 1 < settings.name.size() ? settings.name[i + 1] : '\0');
    if (byte < 0x20 || byte == 0x7F) controls.push_back(byte);
    else if (byte == 0xC2 && next >= 0x80 && next < 0xA0) controls.push_back(next);
  }
  if (!controls.empty())
    reader.invalid("name", fmt::format("String may not contain control sequences but had the following ASCII chars: {}",
                                       fmt::join(controls, ", ")));
  else if (settings.name == "." || settings.name == ".." || settings.name.size() > 200)
    reader.invalid("name", "write at most 200 bytes, and neither . nor ..");
}

bool is_topic_name(const std::string& topic) {
  return !topic.empty() && topic.size() <= 249 && topic != "." && topic != ".." &&
         std::ranges::all_of(topic, [](unsigned char c) { return (std::isalnum(c) && c < 0x80) || c == '.' || c == '_' || c == '-'; });
}

// How many characters, classes and dots a pattern has once its repetitions are written out, which is what the C library does: of
// ((a{0,99}){0,99}){0,99} it makes a million, until the memory is gone. Roughly, and never less.
size_t written_out(std::string_view pattern) {
  constexpr size_t kMuch = 1'000'000;
  std::vector<size_t> sums{0};  // of the groups that are open
  size_t last = 0;              // what a repetition would be of
  const auto finish = [&](size_t next) {
    sums.back() = std::min(kMuch, sums.back() + last);
    last = next;
  };
  for (size_t i = 0; i < pattern.size(); ++i) {
    switch (pattern[i]) {
      case '(':
        finish(0);
        sums.push_back(0);
        break;
      case ')':
        finish(0);
        last = std::max<size_t>(1, sums.back());
        if (sums.size() > 1) sums.pop_back();
        else sums.back() = 0;
        break;
      case '{': {
        size_t most = 0;
        for (size_t number = 0; i + 1 < pattern.size() && pattern[i] != '}'; ++i) {
          const char next = pattern[i + 1];
          number = next >= '0' && next <= '9' ? std::min(kMuch, number * 10 + static_cast<size_t>(next - '0')) : 0;
          most = std::max(most, number);
        }
        last = std::min(kMuch, last * std::max<size_t>(1, most));
        break;
      }
      case '[': {
        finish(1);
        const size_t first = i + (pattern.substr(i + 1).starts_with('^') ? 2 : 1);  // a ] that comes first is one of the class
        i = std::min(pattern.find(']', first + 1), pattern.size());
        break;
      }
      case '\\':
        ++i;
        finish(1);
        break;
      default: finish(1);
    }
  }
  finish(0);
  size_t all = 0;
  for (const size_t sum : sums) all += sum;
  return all;
}

// The client's regular expressions are POSIX's, while users know Java's. What means something else there is refused rather
// than matched against the wrong topics.
std::string fault_of_regex(const std::string& pattern) {
  for (size_t i = 0; i + 1 < pattern.size(); ++i) {
    const char next = pattern[i + 1];
    if (pattern[i] == '\\') {
      if ((next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') || (next >= '0' && next <= '9'))
        return fmt::format("\\{} is not known here; write a class such as [0-9] or [a-z]", next);
      ++i;
    } else if (pattern[i] == '(' && next == '?') {
      return "(? is not known here; write a plain group";
    } else if ((pattern[i] == '*' || pattern[i] == '+' || pattern[i] == '?' || pattern[i] == '}') && (next == '?' || next == '+')) {
      return fmt::format("{}{} is not known here; write {} alone", pattern[i], next, pattern[i]);
    }
  }
  if (pattern.size() > 1000) return "it is longer than 1000 bytes";
  if (written_out(pattern) > 5000) return "its repetitions multiply to more than the longest topic has characters, 249; write smaller numbers in {}";
  regex_t compiled;
  const int error = regcomp(&compiled, pattern.c_str(), REG_EXTENDED | REG_NOSUB);
  if (error == 0) {
    regfree(&compiled);
    return {};
  }
  char text[200];
  regerror(error, nullptr, text, sizeof text);
  return text;
}

void read_topics(Reader& reader, ConnectorSettings& settings) {
  for (std::string& topic : split_list(reader.text("topics")))
    if (std::ranges::find(settings.topics, topic) == settings.topics.end()) settings.topics.push_back(std::move(topic));
  settings.topics_regex = reader.text("topics.regex");
  if (settings.topics.empty() && settings.topics_regex.empty())
    return reader.complain("topics", "Must configure one of topics or topics.regex", "topics.regex");
  if (!settings.topics.empty() && !settings.topics_regex.empty())
    return reader.complain("topics.regex", "topics and topics.regex are mutually exclusive options, but both are set.", "topics");
  for (const std::string& topic : settings.topics)
    if (!is_topic_name(topic))
      return reader.invalid("topics", fmt::format("\"{}\" is no name of a topic, which has 1 to 249 of the characters A-Z, a-z, 0-9, "
                                                  "., _ and -; for a pattern write topics.regex", shown(topic)));
  if (settings.topics_regex.empty()) return;
  const std::string fault = fault_of_regex(settings.topics_regex);
  if (!fault.empty()) reader.invalid("topics.regex", "Invalid regex: " + fault);
}

bool matches_whole(const std::string& pattern, const std::string& topic) {
  regex_t compiled;
  if (regcomp(&compiled, fmt::format("^({})$", pattern).c_str(), REG_EXTENDED | REG_NOSUB)) return false;  // complained about already
  const bool matches = regexec(&compiled, topic.c_str(), 0, nullptr, 0) == 0;
  regfree(&compiled);
  return matches;
}

// A dead letter that the connector reads again would be rejected for ever.
void check_dead_letter_topic(Reader& reader, const ConnectorSettings& settings) {
  const std::string& topic = settings.errors.dead_letter_topic;
  constexpr const char* key = "errors.deadletterqueue.topic.name";
  if (topic.empty()) return;
  if (!is_topic_name(topic))
    reader.invalid(key, "it is no name of a topic, which has 1 to 249 of the characters A-Z, a-z, 0-9, ., _ and -");
  else if (std::ranges::find(settings.topics, topic) != settings.topics.end())
    reader.complain("topics", fmt::format("The DLQ topic '{}' may not be included in the list of topics ('topics=[{}]') consumed by the connector",
                                     topic, fmt::join(settings.topics, ", ")));
  else if (!settings.topics_regex.empty() && matches_whole(settings.topics_regex, topic))
    reader.complain("topics.regex", fmt::format("The DLQ topic '{}' may not be matched by the regex for the topics ('topics.regex={}') consumed by the "
                                     "connector", topic, settings.topics_regex));
}

// A pattern that is too slow for a topic is told here where the topic is known; else the task that meets it fails.
void try_transforms(Reader& reader, const ConnectorSettings& settings) {
  try {
    for (const std::string& topic : settings.topics) (void)settings.transforms.of_topic(topic);
  } catch (const RegexTooSlow& e) {
    reader.complain("transforms", fmt::format("transforms: {}", e.what()));
  }
}

void read_errors(Reader& reader, ConnectorSettings& settings) {
  ErrorSettings& errors = settings.errors;
  errors.tolerate = reader.one_of("errors.tolerance", {"none", "all"}) == 1;
  errors.dead_letter_topic = reader.text("errors.deadletterqueue.topic.name");
  errors.dead_letter_replication = static_cast<int>(
      reader.integer("errors.deadletterqueue.topic.replication.factor", 3, 1, std::numeric_limits<int16_t>::max()));
  errors.context_headers = reader.boolean("errors.deadletterqueue.context.headers.enable", false);
  errors.log = reader.boolean("errors.log.enable", false);
  errors.log_coordinates = reader.boolean("errors.log.include.messages", false);
  // In Connect these are for converters and transforms that fail for a while. Here neither asks anybody: nothing to try again.
  reader.number("errors.retry.timeout", 0, -1, std::numeric_limits<int64_t>::max(), parse_int, "Not a number of type LONG");
  reader.number("errors.retry.delay.max.ms", 60000, 0, std::numeric_limits<int64_t>::max(), parse_int, "Not a number of type LONG");
  if (const std::string* share = reader.find("errors.max.share")) {
    const auto number = parse_float(*share);
    if (!number || *number < 0 || *number > 1) reader.invalid("errors.max.share", "Value must be a number from 0 to 1, such as 0.2");
    else errors.max_share = *number;
  }
  check_dead_letter_topic(reader, settings);
}

std::string fault_of_converter(std::string_view name) {
  constexpr std::string_view kElsewhere[] = {"BooleanConverter", "ShortConverter", "IntegerConverter", "LongConverter", "FloatConverter", "DoubleConverter",
                                             "AvroConverter", "ProtobufConverter", "JsonSchemaConverter", "CloudEventsConverter", "BinaryDataConverter",
                                             "SimpleHeaderConverter"};
  if (std::ranges::any_of(kElsewhere, [&](std::string_view known) { return name.ends_with(known); }))
    return "this version knows JsonConverter, StringConverter and ByteArrayConverter; let the source write with "
           "org.apache.kafka.connect.json.JsonConverter and name that here";
  return fmt::format("Class {} could not be found.", shown(name));
}

// The host hands bytes on, so a converter only says what they are. Whether the plugin reads that is check_connector's.
void read_converter(Reader& reader, const FlatConfig& config, const std::string& key) {
  const std::string written = reader.find(key) ? reader.text(key) : "JsonConverter";
  const BuiltinClass* converter = find_builtin(written);
  if (!converter || converter->type != "converter") return reader.invalid(key, fault_of_converter(written));
  const std::string prefix = key + ".";
  for (auto at = config.lower_bound(prefix); at != config.end() && at->first.starts_with(prefix); ++at) {
    const std::string option = at->first.substr(prefix.size());
    if (option == "plugin.version") continue;
    if (std::ranges::find(converter->settings, option, &SettingDefinition::name) == converter->settings.end())
      reader.complain(at->first, fmt::format("{}: {} has no such setting here; it has {}", at->first, simple_name(converter->name),
                                             fmt::join(names_of(converter->settings), ", ")));
    else if (option == "schemas.enable") reader.boolean(at->first, true);
    else if (option == "schemas.cache.size") reader.integer(at->first, 1000, 0, std::numeric_limits<int32_t>::max());
    else if (option == "decimal.format") reader.one_of(at->first, {"BASE64", "NUMERIC"});
    else if (option == "replace.null.with.default" && reader.boolean(at->first, false))
      reader.invalid(at->first, "here NULL stays NULL, whatever default the schema names; write false");
    else if (option == "converter.encoding" && reader.text(at->first) != "UTF-8")
      reader.invalid(at->first, "the host hands on bytes as they are; write UTF-8");
  }
}

void refuse_what_is_missing(Reader& reader) {
  if (const std::string header = reader.text("header.converter");
      !header.empty() && header != "SimpleHeaderConverter" && header != "org.apache.kafka.connect.storage.SimpleHeaderConverter")
    reader.invalid("header.converter", "this version knows only org.apache.kafka.connect.storage.SimpleHeaderConverter");
}

// Whatever begins so is the host's, known or not.
constexpr std::string_view kHostPrefixes[] = {"consumer.override.", "producer.override.", "admin.override.",  "transforms.",
                                              "predicates.",        "key.converter.",     "value.converter.", "header.converter."};

void read_overrides(Reader& reader, const FlatConfig& config, ConnectorSettings& settings) {
  const std::pair<std::string_view, std::map<std::string, std::string>*> kinds[] = {
      {"consumer.override.", &settings.consumer_overrides},
      {"producer.override.", &settings.producer_overrides},
      {"admin.override.", &settings.admin_overrides}};
  for (const auto& [key, value] : config)
    for (const auto& [prefix, overrides] : kinds)
      if (key.starts_with(prefix)) overrides->emplace(key.substr(prefix.size()), value);
  // In Java's client the batch is a poll, so this is how users of Connect size it.
  const int64_t poll = reader.integer("consumer.override.max.poll.records", 0, 1, 1'000'000);
  if (settings.batch_max_records == 0) settings.batch_max_records = static_cast<uint32_t>(poll);
  settings.consumer_overrides.erase("max.poll.records");
}

}  // namespace

bool consumes(const ConnectorSettings& settings, const std::string& topic) {
  if (settings.topics_regex.empty()) return std::ranges::find(settings.topics, topic) != settings.topics.end();
  return matches_whole(settings.topics_regex, topic);
}

ConnectorSettings parse_connector_settings(const FlatConfig& config, Problems& problems) {
  Reader reader(config, problems);
  ConnectorSettings settings;
  bool text_is_sound = true;
  for (const auto& [key, value] : config) {
    if (is_utf8(key) && is_utf8(value) && key.find('\0') == key.npos && value.find('\0') == value.npos) continue;
    reader.complain(key, fmt::format("{}: the name or the value is not UTF-8 text without NUL characters", shown(is_utf8(key) ? key : "a setting")));
    text_is_sound = false;
  }
  if (!text_is_sound) return settings;

  read_name(reader, settings);
  if (reader.find("connector.class")) settings.connector_class = reader.text("connector.class");
  else reader.complain("connector.class", "Connector config contains no connector type");
  settings.tasks_max = static_cast<int>(reader.integer("tasks.max", 1, 1, 1000));
  reader.boolean("tasks.max.enforce", true);
  read_topics(reader, settings);
  read_errors(reader, settings);
  read_transforms(config, settings.transforms, settings.left_transforms, problems);
  try_transforms(reader, settings);
  read_converter(reader, config, "key.converter");
  read_converter(reader, config, "value.converter");
  reader.one_of("config.action.reload", {"restart", "none"});  // references are resolved anew at each start in any case
  refuse_what_is_missing(reader);

  settings.batch_max_records = static_cast<uint32_t>(reader.integer("batch.max.records", 0, 1, 1'000'000));
  settings.batch_max_bytes = reader.size("batch.max.bytes", 1, int64_t{1} << 30);
  settings.linger = reader.duration("linger.ms", settings.linger, 0, 600'000);
  settings.put_timeout = reader.duration("put.timeout.ms", settings.put_timeout, 100, kDayMs);
  settings.revoke_grace = reader.duration("revoke.grace.ms", settings.revoke_grace, 0, 600'000);
  settings.memory_max = reader.size("memory.max", int64_t{1} << 20, int64_t{1} << 40);
  settings.restart_max = static_cast<int>(reader.integer("restart.max", -1, -1, std::numeric_limits<int32_t>::max()));
  settings.restart_backoff = reader.duration("restart.backoff.ms", settings.restart_backoff, 1, kDayMs);
  settings.restart_backoff_max = reader.duration("restart.backoff.max.ms", settings.restart_backoff_max, 1, kDayMs);
  settings.on_lost_range = reader.one_of("on.lost.range", {"fail", "skip"}) ? OnLoss::skip : OnLoss::fail;
  settings.isolation = reader.one_of("isolation", {"thread", "process"}) ? Isolation::process : Isolation::thread;
  for (const auto& [key, other] : {std::pair("on.topic.recreated", "restart"), std::pair("on.truncation", "continue")})
    if (reader.one_of(key, {"fail", other}) == 1)
      reader.invalid(key, "this version stops there and does not go on by itself; write fail");
  read_overrides(reader, config, settings);

  for (const auto& [key, value] : config)
    if (!is_host_setting(key)) settings.plugin_settings.emplace(key, value);
  return settings;
}

bool is_host_setting(const std::string& key) {
  return std::ranges::find(host_setting_names(), key) != host_setting_names().end() ||
         std::ranges::any_of(kHostPrefixes, [&](std::string_view prefix) { return key.starts_with(prefix); });
}

std::string nearest_name(std::string_view name, const std::vector<std::string>& known) {
  constexpr size_t kLongest = 100, kEdits = 4;
  if (name.size() > kLongest) return {};
  std::string nearest;
  size_t least = std::min<size_t>(name.size() / 3, kEdits - 1) + 1;  // beyond this it is a guess
  // Edits are inserting, dropping, changing a character, or swapping two neighbours: what fingers do. `least`, where it is no less.
  const auto distance = [&](std::string_view other) {
    size_t rows[3][kLongest + kEdits + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= other.size(); ++j) above[j] = j;
    for (size_t i = 1; i <= name.size(); ++i) {
      size_t lowest = row[0] = i;
      for (size_t j = 1; j <= other.size(); ++j) {
        row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (name[i - 1] == other[j - 1] ? 0u : 1u)});
        if (i > 1 && j > 1 && name[i - 1] == other[j - 2] && name[i - 2] == other[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
        lowest = std::min(lowest, row[j]);
      }
      if (lowest >= least) return least;  // and no later row gets below that
      before = std::exchange(above, std::exchange(row, before));
    }
    return above[other.size()];
  };
  for (const std::string& candidate : known) {
    // Each character more or less is an edit: of most names no more has to be known.
    if (candidate.size() + least <= name.size() || name.size() + least <= candidate.size()) continue;
    if (const size_t edits = distance(candidate); edits < least) {
      least = edits;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace sluice
