// A connector's configuration as somebody may send it, through all that a configuration goes through before anything starts: the host's
// own settings, transforms and predicates, class names, overrides of the Kafka clients, the translation from Debezium's JDBC sink, the
// plugin's options and their check. It is judged the same twice, each complaint is a sentence at a key, and a secret is in none.
//
// An input is a Java properties file.
#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/check_connector.h"
#include "config/class_names.h"
#include "config/client_properties.h"
#include "config/plugin_issues.h"
#include "config/properties_file.h"
#include "config/scalars.h"
#include "config/translation.h"
#include "debezium_postgres_sink/settings.h"
#include "debezium_postgres_sink/translate/extension.h"
#include "debezium_postgres_sink/translate/translate.h"
#include "fuzz/claim.h"

namespace sluice {
namespace {

using fuzz::require;
using fuzz::require_sentence;

// ---- the plugin, as far as it judges settings ----------------------------------------------------------------------------

struct Sink {
  static constexpr About about{.name = "debezium-postgres-sink", .version = "0.1.0", .summary = "", .license = "", .aliases = debezium::kAliases};
  static constexpr const auto& options = debezium::kOptions;
  Sink(Context, const Config&) {}
  void put(const Batch&) {}
  static void validate(Issues issues, const Config& config, bool) { debezium::check_settings(issues, config); }
  static const void* extension(const char* id);
};

const void* Sink::extension(const char* id) {
  static constexpr sluice_translate_1 kTranslate{debezium::translate_settings};
  return std::string_view(id) == SLUICE_TRANSLATE_1 ? &kTranslate : nullptr;
}

const sluice_plugin& plugin() {
  static const sluice_host host = [] {
    sluice_host table{};
    table.struct_size = sizeof table;
    table.issue = [](sluice_issues* issues, const char* option, const char* line) { issues->problems.push_back({option ? option : "", line, "", 0, false}); };
    return table;
  }();
  detail::host = &host;
  return detail::Table<Sink>::get();
}

// ---- the claims ---------------------------------------------------------------------------------------------------------

constexpr std::string_view kSecret = "S3cr3t";

struct Judged {
  Problems problems;
  CheckedConnector connector;
};

Judged judge(const FlatConfig& config, UnknownKeys unknown) {
  static const References references("SLUICE_[A-Z0-9_]+", {});
  const auto find = [](const std::string& name) -> FoundPlugin {
    return {is_alias(plugin(), name) || is_form_of_name(plugin(), name) ? &plugin() : nullptr, {}};
  };
  Judged judged;
  judged.connector = check_connector(config, find, {"debezium-postgres-sink"}, references, unknown, {}, judged.problems);
  return judged;
}

// Values of settings that are secret by their name, or by the plugin's word.
bool is_secret(const std::string& key) {
  if (names_a_secret(key)) return true;
  return std::ranges::any_of(debezium::kOptions, [&](const Option& option) { return key == option.name && (option.flags & SLUICE_SECRET) != 0; });
}

// What a reference refers by is no secret.
bool shows_secrets(const FlatConfig& config) {
  return std::ranges::any_of(config, [](const auto& setting) {
    const bool is_told = !is_secret(setting.first) || setting.second.find("${") != std::string::npos;
    return setting.first.find(kSecret) != std::string::npos || (setting.second.find(kSecret) != std::string::npos && is_told);
  });
}

bool is_text(const FlatConfig& config) {
  return std::ranges::all_of(config, [](const auto& setting) {
    return is_utf8(setting.first) && is_utf8(setting.second) && (setting.first + setting.second).find('\0') == std::string::npos;
  });
}

// Of a configuration that is text, which all are that come by a file or over REST.
void check_complaints(const Judged& judged, const FlatConfig& config) {
  const bool told = shows_secrets(config);
  bool warnings = false;
  for (const Problem& problem : judged.problems) {
    require_sentence(describe(problem));
    require(debezium::is_utf8(problem.key), "a complaint's key is UTF-8");
    require(problem.warning || !warnings, "errors stand before warnings");
    warnings = problem.warning;
    require(told || problem.message.find(kSecret) == std::string::npos, "a complaint holds no secret", problem.message);
  }
}

void check_same(const Judged& a, const Judged& b) {
  require(std::ranges::equal(a.problems, b.problems, [](const Problem& x, const Problem& y) { return x.key == y.key && x.message == y.message && x.warning == y.warning; }),
          "the same configuration is judged the same twice");
}

// What is translated stays as it is when it is translated once more.
void check_translation(const FlatConfig& config) {
  const Translation once = translate(plugin(), config);
  for (const Problem& left : once.left) require(config.contains(left.key) || left.key.find('.') != left.key.npos, "what is left is a setting", left.key);
  if (!once.left.empty()) return;
  const Translation twice = translate(plugin(), once.settings);
  require(twice.left.empty() && twice.settings == once.settings, "a translation is the plugin's own words");
  size_t bytes = 0, written = 0;
  for (const auto& [key, value] : once.settings) bytes += key.size() + value.size();
  for (const auto& [key, value] : config) written += key.size() + value.size();
  require(bytes <= 32 * written + 1000, "a translation is not much longer than what was written");
}

void check_sound(const Judged& judged) {
  const ConnectorSettings& settings = judged.connector.settings;
  require(judged.connector.plugin && judged.connector.options, "a sound configuration has a plugin");
  require(!settings.name.empty() && settings.topics.empty() != settings.topics_regex.empty(), "a sound configuration has a name and topics");
  for (const std::string& topic : settings.topics) {
    require(consumes(settings, topic), "a topic that is listed is read");
    require(settings.transforms.of_topic(topic).topic() == settings.transforms.of_topic(topic).topic(), "a topic is routed the same way twice");
  }
}

void run(std::string_view text) {
  FlatConfig config = parse_properties(text);
  config.erase("");
  // One of both ways for each input, and a second time for some, since a judgement is most of what an execution takes.
  const UnknownKeys unknown = text.size() % 2 == 0 ? UnknownKeys::are_errors : UnknownKeys::are_warnings;
  const Judged judged = judge(config, unknown);
  if (is_text(config)) check_complaints(judged, config);
  if (text.size() % 8 < 2) check_same(judged, judge(config, unknown));
  if (!any_error(judged.problems)) check_sound(judged);
  if (is_text(config)) check_translation(config);
}

}  // namespace
}  // namespace sluice

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sluice::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
