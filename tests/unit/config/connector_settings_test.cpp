#include <doctest/doctest.h>

#include "config/connector_settings.h"
#include "config/memory_shares.h"
#include "config/fixture.h"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

FlatConfig with(FlatConfig changes) {
  changes.merge(FlatConfig{{"name", "c"}, {"connector.class", "x"}, {"topics", "a"}});
  return changes;
}

std::string complaints(const FlatConfig& config) {
  Problems problems;
  parse_connector_settings(config, problems);
  return lines_of(problems);
}

}  // namespace

TEST_CASE("connector settings: what is not set has Connect's or sluice's default") {
  Problems problems;
  const auto settings = parse_connector_settings(with({}), problems);
  CHECK(lines_of(problems) == "");
  CHECK(settings.name == "c");
  CHECK(settings.tasks_max == 1);
  CHECK(settings.topics == std::vector<std::string>{"a"});
  CHECK(settings.put_timeout == 60s);
  CHECK(settings.linger == -1ms);
  CHECK(settings.batch_max_records == 0);
  CHECK(settings.restart_max == -1);
  CHECK(settings.on_lost_range == OnLoss::fail);
  CHECK(settings.plugin_settings.empty());
}

TEST_CASE("connector settings: the host's keys are typed, all others are the plugin's") {
  Problems problems;
  const auto settings = parse_connector_settings(
      with({{"name", " c d/\xC3\xBC "}, {"tasks.max", " 3 "}, {"topics", " a , b ,a"}, {"batch.max.records", "500"},
            {"batch.max.bytes", "1MiB"}, {"linger.ms", "5"}, {"put.timeout.ms", "90s"}, {"memory.max", "64MiB"},
            {"on.lost.range", "skip"}, {"on.topic.recreated", "fail"}, {"on.truncation", "fail"},
            {"consumer.override.fetch.min.bytes", "1000"}, {"consumer.override.group.id", "${env:X}"},
            {"key.converter", "org.apache.kafka.connect.json.JsonConverter"}, {"value.converter", "JsonConverter"},
            {"value.converter.schemas.enable", "false"}, {"errors.tolerance", "none"}, {"errors.log.enable", "true"},
            {"transforms", ""}, {"isolation", "thread"}, {"header.converter", "SimpleHeaderConverter"},
            {"table.name", "t"}, {"errors.deadletterqueue.table.name", "d"}, {"columns.a", "b"}}),
      problems);
  CHECK(lines_of(problems) == "");
  CHECK(settings.name == "c d/\xC3\xBC");
  CHECK(settings.tasks_max == 3);
  CHECK(settings.topics == std::vector<std::string>{"a", "b"});
  CHECK(settings.batch_max_records == 500);
  CHECK(settings.batch_max_bytes == 1 << 20);
  CHECK(settings.linger == 5ms);
  CHECK(settings.put_timeout == 90s);
  CHECK(settings.memory_max == 64 << 20);
  CHECK(settings.on_lost_range == OnLoss::skip);
  CHECK(settings.consumer_overrides == FlatConfig{{"fetch.min.bytes", "1000"}, {"group.id", "${env:X}"}});
  CHECK(settings.plugin_settings == FlatConfig{{"columns.a", "b"}, {"errors.deadletterqueue.table.name", "d"}, {"table.name", "t"}});
}

TEST_CASE("connector settings: max.poll.records of Connect is the batch, unless batch.max.records says otherwise") {
  Problems problems;
  FlatConfig config = with({{"consumer.override.max.poll.records", "700"}});
  CHECK(parse_connector_settings(config, problems).batch_max_records == 700);
  config["batch.max.records"] = "9";
  const auto settings = parse_connector_settings(config, problems);
  CHECK(settings.batch_max_records == 9);
  CHECK(settings.consumer_overrides.empty());
  CHECK(problems.empty());
}

TEST_CASE("connector settings: complaints are Connect's where it has some") {
  struct Case { std::string name; FlatConfig config; std::string problem; };
  const Case cases[] = {
      {"no name", {{"connector.class", "x"}, {"topics", "a"}}, "Missing required configuration \"name\" which has no default value."},
      {"blank name", with({{"name", "  "}}), "Invalid value  for configuration name: String may not be empty"},
      {"control", with({{"name", "a\001b\x7F"}}), "Invalid value a\001b\x7F for configuration name: String may not contain control sequences but had the following ASCII chars: 1, 127"},
      {"C1 control", with({{"name", "a\xC2\x85"}}), "Invalid value a\xC2\x85 for configuration name: String may not contain control sequences but had the following ASCII chars: 133"},
      {"dots", with({{"name", ".."}}), "Invalid value .. for configuration name: write at most 200 bytes, and neither . nor .."},
      {"no class", {{"name", "c"}, {"topics", "a"}}, "Connector config contains no connector type"},
      {"no topics", {{"name", "c"}, {"connector.class", "x"}}, "Must configure one of topics or topics.regex"},
      {"empty topics", with({{"topics", " "}}), "Must configure one of topics or topics.regex"},
      {"both", with({{"topics.regex", "a.*"}}), "topics and topics.regex are mutually exclusive options, but both are set."},
      {"a pattern as topic", with({{"topics", "a,^b.*"}}), "Invalid value a,^b.* for configuration topics: \"^b.*\" is no name of a topic, which has 1 to 249 of the characters A-Z, a-z, 0-9, ., _ and -; for a pattern write topics.regex"},
      {"empty topic", with({{"topics", "a,,b"}}), "Invalid value a,,b for configuration topics: \"\" is no name of a topic, which has 1 to 249 of the characters A-Z, a-z, 0-9, ., _ and -; for a pattern write topics.regex"},
      {"tasks 0", with({{"tasks.max", "0"}}), "Invalid value 0 for configuration tasks.max: Value must be at least 1"},
      {"tasks -1", with({{"tasks.max", "-1"}}), "Invalid value -1 for configuration tasks.max: Value must be at least 1"},
      {"tasks abc", with({{"tasks.max", "abc"}}), "Invalid value abc for configuration tasks.max: Not a number of type INT"},
      {"tasks without end", with({{"tasks.max", "100000"}}), "Invalid value 100000 for configuration tasks.max: Value must be no more than 1000"},
      {"tolerance unknown", with({{"errors.tolerance", "some"}}), "Invalid value some for configuration errors.tolerance: String must be one of: none, all"},
      {"dead letters among the topics", with({{"topics", "a,b"}, {"errors.deadletterqueue.topic.name", "b"}}), "The DLQ topic 'b' may not be included in the list of topics ('topics=[a, b]') consumed by the connector"},
      {"dead letters matched", {{"name", "c"}, {"connector.class", "x"}, {"topics.regex", "db[.].*"}, {"errors.deadletterqueue.topic.name", "db.dead"}}, "The DLQ topic 'db.dead' may not be matched by the regex for the topics ('topics.regex=db[.].*') consumed by the connector"},
      {"no name of a topic", with({{"errors.deadletterqueue.topic.name", "a b"}}), "Invalid value a b for configuration errors.deadletterqueue.topic.name: it is no name of a topic, which has 1 to 249 of the characters A-Z, a-z, 0-9, ., _ and -"},
      {"retry timeout", with({{"errors.retry.timeout", "-2"}}), "Invalid value -2 for configuration errors.retry.timeout: Value must be at least -1"},
      {"share", with({{"errors.max.share", "20%"}}), "Invalid value 20% for configuration errors.max.share: Value must be a number from 0 to 1, such as 0.2"},
      {"recreated", with({{"on.topic.recreated", "restart"}}), "Invalid value restart for configuration on.topic.recreated: this version stops there and does not go on by itself; write fail"},
      {"truncated", with({{"on.truncation", "continue"}}), "Invalid value continue for configuration on.truncation: this version stops there and does not go on by itself; write fail"},
      {"converter of numbers", with({{"value.converter", "org.apache.kafka.connect.converters.LongConverter"}}), "Invalid value org.apache.kafka.connect.converters.LongConverter for configuration value.converter: this version knows JsonConverter, StringConverter and ByteArrayConverter; let the source write with org.apache.kafka.connect.json.JsonConverter and name that here"},
      {"converter of others", with({{"key.converter", "io.confluent.connect.avro.AvroConverter"}}), "Invalid value io.confluent.connect.avro.AvroConverter for configuration key.converter: this version knows JsonConverter, StringConverter and ByteArrayConverter; let the source write with org.apache.kafka.connect.json.JsonConverter and name that here"},
      {"converters of bytes", with({{"key.converter", "StringConverter"}, {"value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter"}, {"key.converter.converter.encoding", "UTF-8"}}), ""},
      {"converter's encoding", with({{"value.converter", "StringConverter"}, {"value.converter.converter.encoding", "UTF-16"}}), "Invalid value UTF-16 for configuration value.converter.converter.encoding: the host hands on bytes as they are; write UTF-8"},
      {"converter's defaults", with({{"value.converter.replace.null.with.default", "true"}}), "Invalid value true for configuration value.converter.replace.null.with.default: here NULL stays NULL, whatever default the schema names; write false"},
      {"converter unknown", with({{"value.converter", "no.such.Converter"}}), "Invalid value no.such.Converter for configuration value.converter: Class no.such.Converter could not be found."},
      {"schemas.enable", with({{"value.converter", "JsonConverter"}, {"value.converter.schemas.enable", "maybe"}}), "Invalid value maybe for configuration value.converter.schemas.enable: Expected value to be either true or false"},
      {"converter option", with({{"value.converter.x", "1"}}), "value.converter.x: JsonConverter has no such setting here; it has converter.type, schemas.enable, schemas.cache.size, decimal.format, replace.null.with.default"},
      {"duration", with({{"put.timeout.ms", "soon"}}), "Invalid value soon for configuration put.timeout.ms: Not a duration: write milliseconds, or a number with ms, s, m, h or d, such as 500ms or 30s"},
      {"size", with({{"memory.max", "lots"}}), "Invalid value lots for configuration memory.max: Not a size: write bytes, or a number with KiB, MiB, GiB, KB, MB or GB, such as 64MiB"},
      {"choice", with({{"on.truncation", "proceed"}}), "Invalid value proceed for configuration on.truncation: String must be one of: fail, continue"},
      {"NUL", with({{"file", std::string("a\0b", 3)}}), "file: the name or the value is not UTF-8 text without NUL characters"},
      {"not UTF-8", with({{"file", "\xFF"}}), "file: the name or the value is not UTF-8 text without NUL characters"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(complaints(c.config) == c.problem);
  }
}

TEST_CASE("connector settings: a topic pattern that the Kafka client would read otherwise is refused") {
  struct Case { std::string regex; const char* fault; };
  constexpr const char* kTooMuch = "its repetitions multiply to more than the longest topic has characters, 249; write smaller numbers in {}";
  const Case cases[] = {
      {"dbserver1\\.public\\.(orders|items)", nullptr},
      {"a.*", nullptr},
      {"shop_[0-9]{2}", nullptr},
      {"restprobe(", "Unmatched ( or \\("},
      {"a\\d+", "\\d is not known here; write a class such as [0-9] or [a-z]"},
      {"(?i)orders", "(? is not known here; write a plain group"},
      {"a.*?b", "*? is not known here; write * alone"},
      {"a++", "++ is not known here; write + alone"},
      // the C library writes repetitions out: the first of these would take all memory
      {"((a{0,99}){0,99}){0,99}", kTooMuch}, {"(((a{50}){50}){1,})x{50}[b-d]{99999}", kTooMuch}, {"([]{]{999}){6}", kTooMuch}, {"(a|(b|c){9}){999}", kTooMuch},
      {"[a-z]{1,249}", nullptr}, {"([a-z]{1,20}_){1,12}[0-9]{1,9}", nullptr}, {"[{]{3}\\{9999", nullptr},
  };
  for (const Case& c : cases) {
    CAPTURE(c.regex);
    FlatConfig config = with({{"topics.regex", c.regex}});
    config.erase("topics");
    const std::string expected =
        c.fault ? "Invalid value " + std::string(c.regex) + " for configuration topics.regex: Invalid regex: " + c.fault : "";
    CHECK(complaints(config) == expected);
  }
}

TEST_CASE("connector settings: what comes of bad records is Connect's errors.*, with a share of our own") {
  Problems problems;
  const auto initial = parse_connector_settings(with({}), problems).errors;
  CHECK(!initial.tolerate);
  CHECK(initial.max_share == 0.2);
  CHECK(initial.dead_letter_topic.empty());
  CHECK(initial.dead_letter_replication == 3);
  const auto errors = parse_connector_settings(
      with({{"errors.tolerance", "all"}, {"errors.max.share", "0.5"}, {"errors.log.enable", "true"}, {"errors.log.include.messages", "true"},
            {"errors.deadletterqueue.topic.name", " dead "}, {"errors.deadletterqueue.topic.replication.factor", "1"},
            {"errors.deadletterqueue.context.headers.enable", "true"}, {"errors.retry.timeout", "60000"}}), problems).errors;
  CHECK(lines_of(problems) == "");
  CHECK(errors.tolerate);
  CHECK(errors.max_share == 0.5);
  CHECK(errors.log);
  CHECK(errors.log_coordinates);
  CHECK(errors.dead_letter_topic == "dead");
  CHECK(errors.dead_letter_replication == 1);
  CHECK(errors.context_headers);
}

TEST_CASE("memory.max is shared by the tasks, and in a task by what waits, what comes in and what is in hand") {
  ConnectorSettings settings;
  settings.tasks_max = 2;
  CHECK(memory_shares(settings).queue == 16 << 20);  // unset: of each task's own 96 MiB
  settings.memory_max = 384 << 20;
  CHECK(memory_shares(settings).queue == 32 << 20);
  CHECK(memory_shares(settings).fetch == 16 << 20);
  CHECK(memory_shares(settings).batch == 32 << 20);
  settings.memory_max = 1 << 20;  // less than anything can be done with
  CHECK(memory_shares(settings).queue == 1 << 20);
  CHECK(memory_shares(settings).fetch == 1 << 20);
}
