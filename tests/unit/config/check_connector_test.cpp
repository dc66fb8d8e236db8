#include <doctest/doctest.h>

#include <cstring>

#include "config/check_connector.h"
#include "config/fixture.h"
#include "config/plugin_issues.h"

using namespace sluice;

namespace {

int validations = 0;

sluice_result validate(sluice_issues* issues, const sluice_config* config, int32_t online, sluice_error* error) {
  ++validations;
  CHECK(online == SLUICE_OFFLINE);
  CHECK(std::string(config->connector.data) == "c");
  CHECK(config->task_count == 2);
  const std::string file = config->values[0].text.data;
  if (file == "bad") issues->problems.push_back({"file", "file is bad; write a good one", "", 0, false});
  if (file != "broken") return SLUICE_OK;
  std::strcpy(error->message, "cannot judge it");
  std::strcpy(error->field, "file");
  return SLUICE_FATAL;
}

struct Plugin {
  sluice_option options[2]{};
  sluice_option& option = options[0];
  sluice_plugin table{};
  Plugin() {
    option.name = "file";
    option.doc = "The file to write. More.";
    option.kind = SLUICE_STRING;
    option.flags = SLUICE_REQUIRED;
    table.struct_size = sizeof table;
    table.name = "sink";
    table.version = "1.2";
    options[1].name = "value.converter.schemas.enable";  // the host's, which this plugin wants to know too
    options[1].doc = "As the host has it.";
    options[1].initial = "true";
    options[1].kind = SLUICE_BOOL;
    table.options = options;
    table.option_count = 2;
    table.validate = validate;
  }
};
const Plugin kPlugin;

struct Checked {
  Problems problems;
  CheckedConnector connector;
};

Checked check(FlatConfig changes, UnknownKeys unknown = UnknownKeys::are_errors) {
  changes.merge(FlatConfig{{"name", "c"}, {"connector.class", "sink"}, {"tasks.max", "2"}, {"topics", "a"}, {"file", "good"}});
  const auto find = [](const std::string& name) { return name == "sink" ? &kPlugin.table : nullptr; };
  Checked result;
  result.connector = check_connector(changes, find, {"other", "sink"}, References("SLUICE_.*", {}), unknown, result.problems);
  return result;
}

}  // namespace

TEST_CASE("check: a sound configuration passes, asked of the plugin once and offline") {
  validations = 0;
  const Checked c = check({{"consumer.override.fetch.max.wait.ms", "50"}, {"consumer.override.auto.offset.reset", "none"}});
  CHECK(lines_of(c.problems) == "");
  CHECK(validations == 1);
  CHECK(c.connector.plugin == &kPlugin.table);
  REQUIRE(c.connector.options);
  CHECK(std::string(c.connector.options->values()[0].text.data) == "good");
  CHECK(c.connector.settings.consumer_overrides == FlatConfig{{"auto.offset.reset", "none"}, {"fetch.wait.max.ms", "50"}});
}

TEST_CASE("check: an unknown class is refused in Connect's words, beside the host's own complaints") {
  const Checked c = check({{"connector.class", " sink"}, {"tasks.max", "0"}, {"tabel.name", "x"}});
  CHECK(lines_of(c.problems) ==
        "Invalid value 0 for configuration tasks.max: Value must be at least 1\n"
        "Failed to find any class that implements Connector and which name matches  sink, available connectors are: other, sink");
  CHECK(!c.connector.options);
}

TEST_CASE("check: the plugin's own complaints count, and it is not asked about settings that are wrong already") {
  CHECK(lines_of(check({{"file", "bad"}}).problems) == "file is bad; write a good one");
  CHECK(lines_of(check({{"file", "broken"}}).problems) == "cannot judge it");
  validations = 0;
  CHECK(lines_of(check({{"file", ""}}).problems) == "Invalid value  for configuration file: String must be non-empty");
  CHECK(validations == 0);
}

TEST_CASE("check: an unknown setting is an error in a file and a warning over REST, errors first") {
  CHECK(lines_of(check({{"fiel", "x"}}).problems) == "unknown setting \"fiel\"; did you mean \"file\"?");
  CHECK(lines_of(check({{"fiel", "x"}, {"file", ""}}, UnknownKeys::are_warnings).problems) ==
        "Invalid value  for configuration file: String must be non-empty\nwarning: unknown setting \"fiel\"; did you mean \"file\"?");
}

TEST_CASE("check: consumer overrides pass the allow-list, with their references resolved") {
  const Variable password("SLUICE_P", "s3cret");
  const Checked good = check({{"consumer.override.sasl.password", "${env:SLUICE_P}"}});
  CHECK(lines_of(good.problems) == "");
  CHECK(good.connector.settings.consumer_overrides.at("sasl.password") == "s3cret");

  struct Case { std::string key; std::string value; std::string problem; };
  const Case cases[] = {
      {"plugin.library.paths", "/tmp/x.so", "The 'Allowlist' policy does not allow 'plugin.library.paths' to be overridden in the connector configuration: it loads code into the process."},
      {"enable.auto.commit", "true", "The 'Allowlist' policy does not allow 'enable.auto.commit' to be overridden in the connector configuration: sluice sets it, and exactly-once delivery depends on it."},
      {"ssl.ca.location", "/etc/shadow", "The 'Allowlist' policy does not allow 'ssl.ca.location' to be overridden in the connector configuration: it may be set in the host file only, as kafka.ssl.ca.location."},
      {"fetch.min.byts", "1", "unknown setting \"consumer.override.fetch.min.byts\"; did you mean \"consumer.override.fetch.min.bytes\"?"},
      {"fetch.min.bytes", "few", "Invalid value few for configuration consumer.override.fetch.min.bytes: Value must be a whole number from 1 to 100000000"},
      {"fetch.min.bytes", "${env:SLUICE_P}", "Invalid value ${env:SLUICE_P} for configuration consumer.override.fetch.min.bytes: Value must be a whole number from 1 to 100000000"},
      {"group.id", "${vault:x}", "consumer.override.group.id: ${vault:x}: there is no provider \"vault\"; use env, file or dir"},
      {"sasl.password", "plain", "warning: consumer.override.sasl.password holds its secret in clear; write a reference such as ${env:SLUICE_PASSWORD} instead"},
      {"max.poll.records", "x", "Invalid value x for configuration consumer.override.max.poll.records: Not a number of type INT"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.key);
    CHECK(lines_of(check({{std::string("consumer.override.") + c.key, c.value}}).problems) == c.problem);
  }
}

TEST_CASE("check: a setting of the host that the plugin lists is given to both") {
  const Checked written = check({{"value.converter.schemas.enable", "false"}, {"errors.log.enable", "true"}});
  CHECK(lines_of(written.problems) == "");
  REQUIRE(written.connector.options->values().size() == 2);
  CHECK(written.connector.options->values()[1].i == 0);
  CHECK(written.connector.settings.plugin_settings.count("errors.log.enable") == 0);

  CHECK(check({}).connector.options->values()[1].i == 1);
}

TEST_CASE("check: what the host refuses is complained about once, also where the plugin lists it") {
  CHECK(lines_of(check({{"value.converter.schemas.enable", "maybe"}}).problems) ==
        "Invalid value maybe for configuration value.converter.schemas.enable: Expected value to be either true or false");
}

TEST_CASE("check connector: a plugin that asks how JsonConverter is set takes no other converter") {
  CHECK(lines_of(check({{"value.converter", "JsonConverter"}}).problems) == "");
  CHECK(lines_of(check({{"value.converter", "org.apache.kafka.connect.storage.StringConverter"}}).problems) ==
        "Invalid value org.apache.kafka.connect.storage.StringConverter for configuration value.converter: sink reads JSON only; write "
        "org.apache.kafka.connect.json.JsonConverter");
}

TEST_CASE("check connector: a version that is asked for has to be the one that is there") {
  CHECK(lines_of(check({{"connector.plugin.version", "[1.0,2.0)"}, {"value.converter.plugin.version", "4.1.1"}}).problems) == "");
  CHECK(lines_of(check({{"connector.plugin.version", "2.0"}}).problems) ==
        "Invalid value 2.0 for configuration connector.plugin.version: no plugin has such a version; the version that is there is 1.2");
  CHECK(lines_of(check({{"key.converter.plugin.version", "[x"}}).problems) ==
        "Invalid value [x for configuration key.converter.plugin.version: it is no version and no range of versions; the version that is "
        "there is 4.1.1");
}
