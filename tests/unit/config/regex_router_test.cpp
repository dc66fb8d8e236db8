#include <doctest/doctest.h>

#include "base/bounded_regex.h"
#include "base/regex_router.h"
#include "base/transforms.h"

using namespace sluice;

namespace {

// The topic as it is routed, or the fault.
std::string route(const std::string& regex, const std::string& replacement, const std::string& topic) {
  const auto made = RegexRouter::make(regex, replacement);
  if (const auto* fault = std::get_if<RegexRouter::Fault>(&made)) return (fault->in_replacement ? "replacement: " : "regex: ") + fault->reason;
  return std::get<RegexRouter>(made).route(topic);
}

}  // namespace

TEST_CASE("regex router: a topic that matches as a whole is renamed as Java's Matcher would") {
  struct Case { const char* name; const char* regex; const char* replacement; const char* topic; const char* routed; };
  const Case cases[] = {
      {"a group", R"(dbserver1\.public\.(.*))", "$1", "dbserver1.public.orders", "orders"},
      {"no match", R"(dbserver1\.public\.(.*))", "$1", "dbserver2.public.orders", "dbserver2.public.orders"},
      {"a match of a part", "public", "x", "dbserver1.public.orders", "dbserver1.public.orders"},
      {"the whole", ".*", "all-$0", "orders", "all-orders"},
      {"two groups", R"(([^.]+)\.([^.]+))", "$2_$1", "a.b", "b_a"},
      {"a digit after the group", "(.*)", "$12", "a", "a2"},
      {"ten groups", "(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)", "$10", "abcdefghij", "j"},
      {"escapes", "(.*)", R"(\$1\\)", "a", R"($1\)"},
      {"a group that took no part", "(a)|(b)", "[$1$2]", "b", "[b]"},
      {"the first match only", "a|ab", "X", "ab", "Xb"},
      {"lazy", "(.*?)", "x$1", "orders", "xorders"},
      {"digits", R"(v\d+-(\w+))", "$1", "v12-orders", "orders"},
      {"an empty replacement", "orders-.*", "", "orders-1", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.name));
    CHECK(route(c.regex, c.replacement, c.topic) == c.routed);
  }
}

TEST_CASE("regex router: what Java would read in another way, or refuse, is refused") {
  CHECK(route("(", "x", "a").starts_with("regex: Invalid regex: "));
  CHECK(route("a*+", "x", "a") == "regex: Invalid regex: *+ is not known here; write * alone");
  CHECK(route("(?<n>a)", "x", "a") == "regex: Invalid regex: of the groups that begin with (? only (?: (?= and (?! are known here");
  CHECK(route("(?i)a", "x", "a").starts_with("regex: "));
  CHECK(route(R"(\Qa\E)", "x", "a") == R"(regex: Invalid regex: \Q is not known here; write a class such as [a-z])");
  CHECK(route("[a-z&&[^b]]", "x", "a").starts_with("regex: "));
  CHECK(route(std::string(1001, 'a'), "x", "a").starts_with("regex: "));
  CHECK(route(R"((a)\1111111111)", "x", "a") == "regex: Invalid regex: a number in it has more than nine digits; write smaller ones");
  CHECK(route("a{99999999999999999999}", "x", "a").starts_with("regex: "));
  CHECK(route("a123456789", "x", "a123456789") == "x");
  CHECK(route("(a)", "$2", "a") == "replacement: the regex has no group 2");
  CHECK(route("(a)", "$", "a").starts_with("replacement: $ has to be followed"));
  CHECK(route("(a)", "${n}", "a").starts_with("replacement: $ has to be followed"));
  CHECK(route("(a)", "x\\", "a").starts_with("replacement: it ends in a \\"));
}

TEST_CASE("regex router: a pattern with more ways to match than anybody can wait for is given up, for routes and for predicates") {
  const std::string topic(200, 'a');
  for (const char* pattern : {"(a+)+b", "(a|aa)+b", "(a*)*(a*)*(a*)*b", "(?:(?:a+)+)+[^a]"}) {
    CAPTURE(std::string(pattern));
    CHECK_THROWS_AS(route(pattern, "x", topic), RegexTooSlow);
    Predicate predicate;
    predicate.asks = Predicate::Asks::topic;
    predicate.topic = std::get<std::regex>(RegexRouter::compile(pattern));
    CHECK_THROWS_AS(predicate.of_topic(topic), RegexTooSlow);
  }
  // What people write takes a small part of that, at any length of a topic.
  CHECK(route(R"((?:[^.]+\.)*([^.]+))", "$1", topic + "." + std::string(48, 'b')) == std::string(48, 'b'));
  CHECK(route("(.*)a(.*)", "$2", std::string(249, 'a')).empty());
}
