#include "config/setting_definitions.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "abi/sluice_plugin.h"
#include "config/builtin_classes.h"
#include "config/connector_settings.h"

using namespace sluice;

namespace {

template <class Check>
void each_definition(Check&& check) {
  for (const auto* settings : {&common_settings(), &own_settings()})
    for (const SettingDefinition& setting : *settings) check(setting);
  for (const BuiltinClass& known : builtin_classes())
    for (const SettingDefinition& setting : known.settings) check(setting);
}

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) { return std::ranges::find(words, word) != words.end(); }

}  // namespace

TEST_CASE("setting definitions: only words that clients know (W9)") {
  each_definition([](const SettingDefinition& setting) {
    CAPTURE(setting.name);
    CHECK(one_of(setting.type, {"BOOLEAN", "STRING", "INT", "SHORT", "LONG", "DOUBLE", "LIST", "CLASS", "PASSWORD"}));
    CHECK(one_of(setting.importance, {"HIGH", "MEDIUM", "LOW"}));
    CHECK(one_of(setting.width, {"NONE", "SHORT", "MEDIUM", "LONG"}));
    CHECK(setting.documentation.ends_with("."));
    CHECK((setting.order == -1) == setting.group.empty());
    CHECK(!(setting.required && setting.initial));
  });
}

TEST_CASE("setting definitions: a default that is written out is what the host has without it") {
  FlatConfig config{{"name", "c"}, {"connector.class", "x"}, {"topics", "a"}};
  for (const auto* settings : {&common_settings(), &own_settings()})
    for (const SettingDefinition& setting : *settings)
      if (setting.initial && !config.contains(setting.name)) config[setting.name] = *setting.initial;
  Problems problems;
  const ConnectorSettings written = parse_connector_settings(config, problems);
  CHECK(problems.empty());
  const ConnectorSettings bare = parse_connector_settings({{"name", "c"}, {"connector.class", "x"}, {"topics", "a"}}, problems);
  CHECK(written.errors.max_share == bare.errors.max_share);
  CHECK(written.put_timeout == bare.put_timeout);
  CHECK(written.revoke_grace == bare.revoke_grace);
  CHECK(written.restart_max == bare.restart_max);
  CHECK(written.restart_backoff == bare.restart_backoff);
  CHECK(written.restart_backoff_max == bare.restart_backoff_max);
  CHECK(written.tasks_max == bare.tasks_max);
}

TEST_CASE("setting definitions: no name twice") {
  const auto& names = host_setting_names();
  CHECK(std::set(names.begin(), names.end()).size() == names.size());
}

TEST_CASE("setting definitions: a plugin's options, without those that are the host's") {
  const char* const words[] = {"a", "b", nullptr};
  sluice_option options[4]{};
  options[0] = {.name = "url", .doc = "Where.", .initial = nullptr, .choices = nullptr, .group = nullptr, .min = 0, .max = 0, .kind = SLUICE_STRING,
                .flags = SLUICE_REQUIRED, .reserved = {}};
  options[1] = options[0];
  options[1].name = "password", options[1].flags = SLUICE_SECRET, options[1].group = "Access";
  options[2] = options[1];
  options[2].name = "mode", options[2].flags = SLUICE_ADVANCED, options[2].kind = SLUICE_ENUM, options[2].choices = words, options[2].initial = "a";
  options[3] = options[0];
  options[3].name = "errors.tolerance";
  sluice_plugin plugin{};
  plugin.options = options;
  plugin.option_count = 4;
  const auto settings = settings_of(plugin);
  REQUIRE(settings.size() == 3);
  CHECK(settings[0].required);
  CHECK(settings[0].order == -1);
  CHECK(is_secret(settings[1]));
  CHECK(settings[1].order == 1);
  CHECK(settings[2].order == 2);
  CHECK(settings[2].importance == std::string_view("LOW"));
  CHECK(settings[2].choices == std::vector<std::string>{"a", "b"});
  CHECK(settings[2].initial == "a");
}
