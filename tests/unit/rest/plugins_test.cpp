// /connector-plugins: what there is, how it is set, and whether settings are right.
#include "base/json.h"
#include "config/setting_definitions.h"
#include "unit/rest/fixture.h"

using namespace sluice;
using namespace sluice::test;

namespace {

struct PluginsFixture : RestFixture {
  JsonValue json(const RestResponse& response) { return std::get<JsonValue>(parse_json(response.body)); }

  std::vector<std::string> names(const std::string& path, const char* member) {
    std::vector<std::string> found;
    for (const auto& [_, item] : json(get(path)).items) found.push_back(item.find(member)->text);
    return found;
  }

  RestResponse validate(const std::string& plugin, const std::string& config) {
    return send("PUT", "/connector-plugins/" + plugin + "/config/validate", config);
  }

  // The errors at `key`, and "?" in front where there is no definition.
  std::string errors(const RestResponse& response, const std::string& key) {
    const JsonValue answer = json(response);
    for (const auto& [_, entry] : answer.find("configs")->items) {
      if (entry.find("value")->find("name")->text != key) continue;
      std::string text = entry.find("definition")->kind == JsonValue::Kind::null ? "?" : "";
      for (const auto& [__, error] : entry.find("value")->find("errors")->items) text += error.text;
      return text;
    }
    return "no entry";
  }

  std::string value(const RestResponse& response, const std::string& key) {
    const JsonValue answer = json(response);
    for (const auto& [_, entry] : answer.find("configs")->items)
      if (entry.find("value")->find("name")->text == key) return entry.find("value")->find("value")->text;
    return "no entry";
  }
};

const std::string kGood = R"("name":"v","connector.class":"FileStreamSink","topics":"a","file":"/dev/null")";

}  // namespace

TEST_CASE_FIXTURE(PluginsFixture, "plugins: connectors alone, or with all that can be named in a configuration, by type") {
  CHECK(names("/connector-plugins", "class") == std::vector<std::string>{"example-file-sink"});
  CHECK(names("/connector-plugins?connectorsOnly=TRUE", "class").size() == 1);
  for (const char* query : {"connectorsOnly=false", "connectorsOnly=0", "connectorsOnly=", "connectorsOnly"}) {
    CAPTURE(query);
    const auto types = names("/connector-plugins?" + std::string(query), "type");
    std::vector<std::string> order;
    for (const std::string& type : types)
      if (order.empty() || order.back() != type) order.push_back(type);
    CHECK(order == std::vector<std::string>{"sink", "transformation", "predicate", "converter", "header_converter"});
  }
}

TEST_CASE_FIXTURE(PluginsFixture, "plugins: a connector's own settings come first, then Connect's, then sluice's") {
  const auto names = this->names("/connector-plugins/FileStreamSink/config", "name");
  REQUIRE(names.size() > 30);
  CHECK(names[0] == "file");
  CHECK(names[2] == "name");
  CHECK(names[25] == "errors.deadletterqueue.context.headers.enable");
  CHECK(names[26] == "errors.max.share");
  CHECK(get("/connector-plugins/SimpleHeaderConverter/config").body == "[]");
  CHECK(this->names("/connector-plugins/RegexRouter/config", "name") == std::vector<std::string>{"regex", "replacement"});
  CHECK(get("/connector-plugins/NoSuch/config").body == R"({"error_code":404,"message":"Unknown plugin NoSuch."})");
}

TEST_CASE_FIXTURE(PluginsFixture, "plugins: another version than the one that is there is 400") {
  const std::string path = "/connector-plugins/FileStreamSink/config?version=";
  for (const char* version : {"latest", "0.1.0", "[0.1,1.0)", "(,0.1.0]", "[0.1.0]", "[3,4],[0,1]"}) {
    CAPTURE(version);
    CHECK(get(path + version).status == 200);
  }
  CHECK(get(path + "9.9.9").body ==
        R"({"error_code":400,"message":"Plugin example-file-sink not found that matches the version range [9.9.9,9.9.9], available versions: [0.1.0]"})");
  CHECK(get(path + "[x").body == R"({"error_code":400,"message":"Invalid version specification: [x"})");
  CHECK(get(path).status == 400);
}

TEST_CASE_FIXTURE(PluginsFixture, "validate: all settings with their values, defaults where nothing was sent") {
  const RestResponse response = validate("FileStreamSink", "{" + kGood + R"(,"password":"canary","tasks.max":2})");
  CHECK(response.status == 200);
  CHECK(response.body.starts_with(R"({"name":"FileStreamSink","error_count":0,"groups":["Common","Transforms","Predicates","Error Handling")"));
  CHECK(value(response, "tasks.max") == "2");
  CHECK(value(response, "errors.tolerance") == "none");
  CHECK(value(response, "key.converter.converter.type") == "key");
  CHECK(value(response, "connector.plugin.version") == "0.1.0");
  CHECK(value(response, "password") == "[hidden]");
  CHECK(response.body.find("canary") == std::string::npos);
}

TEST_CASE_FIXTURE(PluginsFixture, "validate: errors stand at their settings, those about two at both, unknown settings nowhere") {
  const RestResponse none = validate("FileStreamSink", R"({"name":"v","connector.class":"FileStreamSink","tasks.max":"0","x":"y"})");
  CHECK(none.body.find("\"error_count\":2") != std::string::npos);
  CHECK(errors(none, "tasks.max") == "Invalid value 0 for configuration tasks.max: Value must be at least 1");
  CHECK(errors(none, "x") == "no entry");
  const RestResponse both = validate("FileStreamSink", "{" + kGood + R"(,"topics.regex":"b","x":null})");
  CHECK(both.body.find("\"error_count\":3") != std::string::npos);
  for (const char* key : {"topics", "topics.regex"})
    CHECK(errors(both, key) == "topics and topics.regex are mutually exclusive options, but both are set.");
  CHECK(errors(both, "x") == "?Null value can not be supplied as the configuration value.");
}

TEST_CASE_FIXTURE(PluginsFixture, "validate: transforms and overrides are shown as they are configured") {
  const RestResponse response = validate("FileStreamSink", "{" + kGood + R"(,"transforms":"a","transforms.a.type":"RegexRouter",)"
                                         R"x("transforms.a.regex":"(.*)","consumer.override.sasl.jaas.config":"canary"})x");
  CHECK(response.body.find("\"Transforms: a\"") != std::string::npos);
  CHECK(value(response, "transforms.a.regex") == "(.*)");
  CHECK(errors(response, "transforms.a.replacement") == "");
  CHECK(value(response, "consumer.override.sasl.jaas.config") == "[hidden]");
}

TEST_CASE_FIXTURE(PluginsFixture, "validate: the class in the path has to be the one in the configuration") {
  const std::string config = "{" + kGood + "}";
  for (const char* plugin : {"FileStreamSink", "FileStreamSinkConnector", "Sink", "example-file-sink"}) {
    CAPTURE(plugin);
    CHECK(validate(plugin, config).status == 200);
  }
  CHECK(validate("FileStreamSource", config).body ==
        R"({"error_code":400,"message":"Included connector type FileStreamSink does not match request type FileStreamSource"})");
  CHECK(validate("FileStreamSink", "{}").body == R"({"error_code":400,"message":"Connector config contains no connector type"})");
  CHECK(validate("FileStreamSink", R"({"connector.class":null})").status == 400);
  CHECK(validate("Nothing", R"({"connector.class":"Nothing"})").body.find("Failed to find any class that implements Connector") !=
        std::string::npos);
}
