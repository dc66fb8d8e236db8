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

const char* const kAliases[] = {"org.example.OtherSink", nullptr};

int translations = 0;

// Of the other connector: `target` is `file` with a scheme in front, `fast` means nothing, `slow` cannot be honoured.
sluice_result translate(const sluice_pair* settings, size_t n, void (*set)(void*, const char*, const char*), void (*leave)(void*, const char*, const char*),
                        void* arg, sluice_error*) {
  ++translations;
  for (size_t i = 0; i < n; ++i) {
    const std::string name = settings[i].name, value = settings[i].value;
    if (name == "target") value.starts_with("file:") ? set(arg, "file", value.substr(5).c_str()) : leave(arg, "target", "write file:PATH");
    else if (name == "slow") leave(arg, "slow", "nothing is slow here; remove it");
    else if (name == "transforms.only.type") leave(arg, "transforms.only.type", "sink does not do it");
    else if (name != "fast" && name != "connector.class" && !name.starts_with("transforms")) set(arg, settings[i].name, settings[i].value);
  }
  return SLUICE_OK;
}
const void* extension(const char* id) {
  static constexpr sluice_translate_1 kTranslate{translate};
  return std::string(id) == SLUICE_TRANSLATE_1 ? &kTranslate : nullptr;
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
    table.aliases = kAliases;
    table.extension = extension;
  }
};
const Plugin kPlugin;

struct Checked {
  Problems problems;
  CheckedConnector connector;
};

Checked check(FlatConfig changes, UnknownKeys unknown = UnknownKeys::are_errors, bool complete = true) {
  if (complete) changes.merge(FlatConfig{{"name", "c"}, {"connector.class", "sink"}, {"tasks.max", "2"}, {"topics", "a"}, {"file", "good"}});
  const auto find = [](const std::string& name) -> FoundPlugin {
    if (name == "both") return {nullptr, {"one", "other"}};
    return {name == "sink" || name == "org.example.OtherSink" ? &kPlugin.table : nullptr, {}};
  };
  Checked result;
  result.connector = check_connector(changes, find, {"other", "sink"}, References("SLUICE_.*", {}), unknown, {}, result.problems);
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

TEST_CASE("check: a pasted configuration is translated, and complaints name what the user wrote") {
  struct Case { const char* name; FlatConfig settings; const char* problems; };
  const Case cases[] = {
      {"understood", {{"target", "file:good"}, {"fast", "yes"}}, ""},
      {"cannot be honoured, so that a required option is missing", {{"target", "good"}}, "target: write file:PATH"},
      {"each that cannot be honoured", {{"target", "good"}, {"slow", "1"}}, "slow: nothing is slow here; remove it\ntarget: write file:PATH"},
      {"refused as the plugin's own", {{"target", "file:"}}, "target, translated to file: Invalid value  for configuration file: String must be non-empty"},
      {"refused by the plugin", {{"target", "file:bad"}}, "target, translated to file: file is bad; write a good one"},
      {"a setting of neither", {{"target", "file:good"}, {"tarket", "x"}}, "unknown setting \"tarket\"; remove it; the plugin's settings are file, value.converter.schemas.enable"},
      {"the plugin's own", {{"file", "bad"}}, "file is bad; write a good one"},
      {"a transform", {{"file", "good"}, {"transforms", "only"}, {"transforms.only.type", "Cast$Value"}}, "transforms.only.type: sink does not do it"},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.name));
    FlatConfig config = c.settings;
    config.insert({{"name", "c"}, {"connector.class", "org.example.OtherSink"}, {"tasks.max", "2"}, {"topics", "a"}});
    CHECK(lines_of(check(config, UnknownKeys::are_errors, false).problems) == c.problems);
  }
}

TEST_CASE("check: what a complaint comes from takes a translation a setting, and is not looked for among a thousand") {
  FlatConfig config{{"target", "file:bad"}, {"name", "c"}, {"connector.class", "org.example.OtherSink"}, {"tasks.max", "2"}, {"topics", "a"}};
  translations = 0;
  CHECK(check(config, UnknownKeys::are_warnings, false).problems.at(0).key == "target");
  CHECK(translations <= 6);
  for (int i = 0; i < 1000; ++i) config["junk" + std::to_string(i)] = "1";
  translations = 0;
  const Problem first = check(config, UnknownKeys::are_warnings, false).problems.at(0);
  CHECK(first.message == "file is bad; write a good one");
  CHECK(first.key == "file");
  CHECK(translations == 1);
}

TEST_CASE("check: under its own name a plugin's settings are its own, but a transform is asked about") {
  CHECK(lines_of(check({{"target", "file:good"}}).problems) == "unknown setting \"target\"; remove it; the plugin's settings are file, value.converter.schemas.enable");
  CHECK(lines_of(check({{"transforms", "only"}, {"transforms.only.type", "Cast$Value"}}).problems) == "transforms.only.type: sink does not do it");
}

TEST_CASE("check: a class of two plugins is refused with both names") {
  CHECK(lines_of(check({{"connector.class", "both"}}).problems) == "both means more than one plugin: one and other; write the name of one of them");
}

TEST_CASE("check: Java's client settings become librdkafka's, or are refused by name and never shown") {
  const Variable password("SLUICE_P", "s3cret");
  const auto jaas = [](const std::string& module, const std::string& options) { return "org.apache.kafka.common.security." + module + " required " + options + ";"; };
  const Checked good = check({{"consumer.override.sasl.jaas.config", jaas("scram.ScramLoginModule", "username=\"u \\\"x\" password=\"${env:SLUICE_P}\" ")},
                              {"consumer.override.sasl.mechanism", "SCRAM-SHA-512"},
                              {"consumer.override.ssl.truststore.type", "PEM"}, {"consumer.override.ssl.truststore.certificates", "ca"},
                              {"consumer.override.ssl.keystore.type", "pem"}, {"consumer.override.ssl.keystore.certificate.chain", "chain"},
                              {"consumer.override.ssl.keystore.key", "${env:SLUICE_P}"},
                              {"consumer.override.ssl.endpoint.identification.algorithm", "https"}, {"consumer.override.ssl.protocol", "TLSv1.3"},
                              {"consumer.override.ssl.enabled.protocols", "TLSv1.3, TLSv1.2"}, {"consumer.override.max.poll.records", "10"},
                              {"consumer.override.partition.assignment.strategy",
                               "org.apache.kafka.clients.consumer.RangeAssignor, org.apache.kafka.clients.consumer.CooperativeStickyAssignor"}});
  CHECK(lines_of(good.problems) == "");
  CHECK(good.connector.settings.consumer_overrides ==
        FlatConfig{{"sasl.username", "u \"x"}, {"sasl.password", "s3cret"}, {"sasl.mechanism", "SCRAM-SHA-512"}, {"ssl.ca.pem", "ca"}, {"ssl.certificate.pem", "chain"},
                   {"ssl.key.pem", "s3cret"}, {"partition.assignment.strategy", "cooperative-sticky"}});
  CHECK(good.connector.settings.batch_max_records == 10);

  const std::string secret = "username=u password=\"hunter2\"";
  struct Case { std::string key; std::string value; std::string reason; };
  const Case cases[] = {
      {"sasl.jaas.config", jaas("oauthbearer.OAuthBearerLoginModule", secret), "it names another login module"},
      {"sasl.jaas.config", "com.sun.security.auth.module.JndiLoginModule required " + secret + ";", "it names another login module"},
      {"sasl.jaas.config", jaas("plain.PlainLoginModule", secret + " debug=true"), "beside username and password its options mean nothing"},
      {"sasl.jaas.config", jaas("plain.PlainLoginModule", "password=\"hunter2\""), "username or password is missing"},
      {"sasl.jaas.config", "org.apache.kafka.common.security.plain.PlainLoginModule required " + secret, "it is not of the form"},
      {"sasl.jaas.config", jaas("plain.PlainLoginModule", secret) + jaas("plain.PlainLoginModule", secret), "it is not of the form"},
      {"sasl.jaas.config", jaas("plain.PlainLoginModule", "username=u password=\"hunter2"), "it is not of the form"},
      {"sasl.jaas.config", "hunter2", "it names another login module"},
      {"sasl.jaas.config", "", "it is not of the form"},
      {"ssl.truststore.type", "JKS", "Java's key stores cannot be read"},
      {"ssl.keystore.type", "PKCS12", "Java's key stores cannot be read"},
      {"ssl.truststore.location", "/etc/ca.pem", "a connector may not name files"},
      {"ssl.keystore.location", "/etc/key.pem", "a connector may not name files"},
      {"ssl.endpoint.identification.algorithm", "", "it may be set in the host file only"},
      {"ssl.enabled.protocols", "TLSv1", "the client speaks TLS 1.2 and 1.3"},
      {"ssl.truststore.password", "hunter2", "it names a Java key store"},
      {"interceptor.classes", "a.B", "it loads code into the process"},
      {"default.api.timeout.ms", "1", "the Kafka client of sluice has no such timeout"},
      {"metrics.num.samples", "1", "it is not on the list"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.key);
    CAPTURE(c.value);
    Problems errors;
    for (const Problem& problem : check({{"consumer.override." + c.key, c.value}}).problems)
      if (!problem.warning) errors.push_back(problem);
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].key == "consumer.override." + c.key);
    CHECK(errors[0].message.starts_with("The 'Allowlist' policy does not allow '" + c.key + "' to be overridden in the connector configuration: " + c.reason));
    CHECK(errors[0].message.find("hunter2") == std::string::npos);
  }
}

TEST_CASE("check: a name that its file could not be read with again is refused, over REST too") {
  const std::string long_name(251, '\x7f');
  const Checked c = check({{long_name, "x"}}, UnknownKeys::are_warnings);
  REQUIRE(!c.problems.empty());
  CHECK(describe(c.problems.front()).starts_with("a setting's name has at most 250 bytes: \\x7f\\x7f"));
  CHECK_FALSE(c.problems.front().warning);
  CHECK(lines_of(check({{std::string(250, 'n'), "x"}}, UnknownKeys::are_warnings).problems).starts_with("warning: unknown setting"));
}
