#include "config/transform_settings.h"

#include <doctest/doctest.h>

#include <cstring>

#include "config/fixture.h"

using namespace sluice;

namespace {

struct Read {
  Transforms transforms;
  FlatConfig left;
  Problems problems;
  std::string complaints() const { return lines_of(problems); }
};

Read read(const FlatConfig& config) {
  Read result;
  read_transforms(config, result.transforms, result.left, result.problems);
  return result;
}

// One transform under one predicate.
FlatConfig one(const std::string& type, FlatConfig options = {}, const std::string& predicate = "", FlatConfig of_predicate = {}) {
  FlatConfig config{{"transforms", "t"}, {"transforms.t.type", type}};
  for (auto& [name, value] : options) config.emplace("transforms.t." + name, value);
  if (predicate.empty()) return config;
  config.insert({{"transforms.t.predicate", "p"}, {"predicates", "p"}, {"predicates.p.type", predicate}});
  for (auto& [name, value] : of_predicate) config.emplace("predicates.p." + name, value);
  return config;
}

sluice_header header(const char* name, const char* value = "v") {
  return {name, value, static_cast<uint32_t>(std::strlen(name)), static_cast<uint32_t>(std::strlen(value))};
}

// The names of the headers after the transforms, or "filtered".
std::string run(const Read& read, const std::string& topic, bool tombstone, std::vector<sluice_header> headers) {
  if (!read.transforms.of_topic(topic).run(tombstone, headers)) return "filtered";
  std::string names;
  for (const sluice_header& h : headers) names += std::string(h.name, h.name_len) + "=" + std::string(static_cast<const char*>(h.value), h.value_len) + ";";
  return names;
}

}  // namespace

TEST_CASE("transforms: several RegexRouters are run in their order, each where its predicate holds for the topic so far") {
  FlatConfig config{{"transforms", "schema, s"}, {"transforms.schema.type", "org.apache.kafka.connect.transforms.RegexRouter"},
                    {"transforms.schema.regex", "dbserver1\\.public\\.(.*)"}, {"transforms.schema.replacement", "$1"},
                    {"transforms.s.type", "RegexRouter"}, {"transforms.s.regex", "(.*)s"}, {"transforms.s.replacement", "$1_table"}};
  const Read plain = read(config);
  CHECK(plain.complaints() == "");
  CHECK(plain.transforms.of_topic("dbserver1.public.orders").topic() == "order_table");
  CHECK(!plain.transforms.of_topic("dbserver1.public.orders").touch_records());

  config.insert({{"transforms.s.predicate", "p"}, {"predicates", "p"}, {"predicates.p.pattern", "orders"},
                 {"predicates.p.type", "org.apache.kafka.connect.transforms.predicates.TopicNameMatches"}});
  CHECK(read(config).transforms.of_topic("dbserver1.public.orders").topic() == "order_table");
  CHECK(read(config).transforms.of_topic("dbserver1.public.items").topic() == "items");
  config["transforms.s.negate"] = "true";
  CHECK(read(config).transforms.of_topic("dbserver1.public.orders").topic() == "orders");
  CHECK(read(config).transforms.of_topic("dbserver1.public.items").topic() == "item_table");
}

TEST_CASE("transforms: each predicate decides, and negate turns it round") {
  struct Case { const char* name; FlatConfig config; const char* topic; bool tombstone; std::vector<sluice_header> headers; bool kept; };
  const auto filter = [](const std::string& predicate, FlatConfig options = {}) { return one("Filter", {}, predicate, std::move(options)); };
  const auto negated = [](FlatConfig config) {
    config["transforms.t.negate"] = "TRUE";
    return config;
  };
  const FlatConfig topic = filter("TopicNameMatches", {{"pattern", "a|b.*"}}), has = filter("HasHeaderKey", {{"name", "x"}}), dead = filter("RecordIsTombstone");
  const Case cases[] = {
      {"topic matches", topic, "bcd", false, {}, false},
      {"topic matches in part only", topic, "xa", false, {}, true},
      {"topic does not match, negated", negated(topic), "xa", false, {}, false},
      {"topic matches, negated", negated(topic), "a", false, {}, true},
      {"header is there", has, "a", false, {header("y"), header("x")}, false},
      {"header with another name", has, "a", false, {header("xx"), header("X")}, true},
      {"no headers, negated", negated(has), "a", false, {}, false},
      {"tombstone", dead, "a", true, {}, false},
      {"no tombstone", dead, "a", false, {}, true},
      {"no tombstone, negated", negated(dead), "a", false, {}, false},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.name));
    const Read made = read(c.config);
    CHECK(made.complaints() == "");
    CHECK((run(made, c.topic, c.tombstone, c.headers) != "filtered") == c.kept);
  }
}

TEST_CASE("transforms: headers are inserted and dropped, in order, and a later predicate sees them") {
  Read made = read({{"transforms", "in,out,only"}, {"transforms.in.type", "org.apache.kafka.connect.transforms.InsertHeader"}, {"transforms.in.header", "n"},
                    {"transforms.in.value.literal", "1"}, {"transforms.out.type", "DropHeaders"}, {"transforms.out.headers", "a, b"},
                    {"transforms.only.type", "Filter"}, {"transforms.only.predicate", "p"}, {"transforms.only.negate", "true"}, {"predicates", "p"},
                    {"predicates.p.type", "HasHeaderKey"}, {"predicates.p.name", "n"}});
  CHECK(made.complaints() == "");
  CHECK(run(made, "t", false, {header("a"), header("c"), header("b")}) == "c=v;n=1;");
  CHECK(made.transforms.of_topic("t").need_headers());
}

TEST_CASE("transforms: what the host does not run is left for the plugin, in order and as it is written") {
  const Read made = read({{"transforms", "flat,route,only"}, {"transforms.flat.type", "io.debezium.transforms.ExtractNewRecordState"},
                          {"transforms.flat.add.fields", "op"}, {"transforms.route.type", "RegexRouter"}, {"transforms.route.regex", "a"},
                          {"transforms.route.replacement", "b"}, {"transforms.only.type", "org.apache.kafka.connect.transforms.ReplaceField$Value"},
                          {"transforms.only.include", "id"}});
  CHECK(made.complaints() == "");
  CHECK(made.left == FlatConfig{{"transforms", "flat,only"}, {"transforms.flat.type", "io.debezium.transforms.ExtractNewRecordState"},
                                {"transforms.flat.add.fields", "op"}, {"transforms.only.type", "org.apache.kafka.connect.transforms.ReplaceField$Value"},
                                {"transforms.only.include", "id"}});
  CHECK(made.transforms.of_topic("a").topic() == "b");
}

TEST_CASE("transforms: complaints are in Connect's words and name the full key") {
  const auto router = [](FlatConfig changes) {
    changes.merge(FlatConfig{{"transforms", "r"}, {"transforms.r.type", "RegexRouter"}, {"transforms.r.regex", "a"}, {"transforms.r.replacement", "b"}});
    return changes;
  };
  struct Case { const char* name; FlatConfig config; const char* problem; };
  const Case cases[] = {
      {"no type", {{"transforms", "r"}}, "Missing required configuration \"transforms.r.type\" which has no default value."},
      {"twice", router({{"transforms", "r,r"}}), "Invalid value r,r for configuration transforms: Duplicate alias provided."},
      {"unknown", one("no.such.Thing"), "Invalid value no.such.Thing for configuration transforms.t.type: Class no.such.Thing could not be found."},
      {"no regex", {{"transforms", "r"}, {"transforms.r.type", "RegexRouter"}, {"transforms.r.replacement", "b"}}, "Missing required configuration \"transforms.r.regex\" which has no default value."},
      {"replacement", router({{"transforms.r.replacement", "$1"}}), "Invalid value $1 for configuration transforms.r.replacement: the regex has no group 1"},
      {"regex", router({{"transforms.r.regex", "(?<n>a)"}}), "Invalid value (?<n>a) for configuration transforms.r.regex: Invalid regex: of the groups that begin with (? only (?: (?= and (?! are known here"},
      {"option", router({{"transforms.r.topic", "x"}}), "unknown setting \"transforms.r.topic\"; RegexRouter has regex and replacement"},
      {"not listed", {{"transforms.r.type", "RegexRouter"}}, "warning: transforms.r.type is of no use: transforms does not list it"},
      {"undefined predicate", router({{"transforms.r.predicate", "p"}}), "Invalid value p for configuration transforms.r.predicate: predicates does not list p"},
      {"negate alone", router({{"transforms.r.negate", "true"}}), "Invalid value true for configuration transforms.r.negate: there is no config 'transforms.r.predicate' defining a predicate to be negated."},
      {"filter of everything", one("Filter"), "transforms.t.predicate is missing: without one the filter would drop every record"},
      {"filter's option", one("Filter", {{"x", "1"}}, "RecordIsTombstone"), "unknown setting \"transforms.t.x\"; Filter has none of its own"},
      {"router by record", router({{"transforms.r.predicate", "p"}, {"predicates", "p"}, {"predicates.p.type", "RecordIsTombstone"}}),
       "transforms.r.predicate: here a topic is routed as a whole, so that a RegexRouter's predicate can only be a TopicNameMatches"},
      {"predicate unknown", one("Filter", {}, "no.such.Thing"), "Invalid value no.such.Thing for configuration predicates.p.type: Class no.such.Thing could not be found."},
      {"predicate without type", {{"predicates", "p"}}, "Missing required configuration \"predicates.p.type\" which has no default value."},
      {"predicate twice", {{"predicates", "p,p"}, {"predicates.p.type", "RecordIsTombstone"}}, "Invalid value p,p for configuration predicates: Duplicate alias provided."},
      {"pattern missing", one("Filter", {}, "TopicNameMatches"), "Missing required configuration \"predicates.p.pattern\" which has no default value."},
      {"pattern bad", one("Filter", {}, "TopicNameMatches", {{"pattern", "("}}), "Invalid value ( for configuration predicates.p.pattern: Invalid regex: Mismatched '(' and ')' in regular expression"},
      {"header's name", one("Filter", {}, "HasHeaderKey", {{"name", " "}}), "Invalid value   for configuration predicates.p.name: String must be non-empty"},
      {"tombstones after the plugin's", {{"transforms", "r,t"}, {"transforms.r.type", "ReplaceField$Value"}, {"transforms.r.include", "a"}, {"transforms.t.type", "Filter"},
                                         {"transforms.t.predicate", "p"}, {"predicates", "p"}, {"predicates.p.type", "RecordIsTombstone"}},
       "transforms.t.predicate asks for tombstones after a transform that the plugin does, which may make them; put t before it"},
      {"routed topic inserted", {{"transforms", "r,t"}, {"transforms.r.type", "RegexRouter"}, {"transforms.r.regex", "a"}, {"transforms.r.replacement", "b"},
                                 {"transforms.t.type", "InsertField$Value"}, {"transforms.t.topic.field", "x"}},
       "transforms.t.topic.field after a RegexRouter would be the routed topic, while the plugin inserts the one that the record was read from; put t before the RegexRouter"},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.name));
    CHECK(read(c.config).complaints() == c.problem);
  }
}
