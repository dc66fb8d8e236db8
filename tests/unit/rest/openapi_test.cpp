// The file that describes the interface, held against the interface.
#include <set>
#include "base/json.h"
#include "rest/openapi.h"
#include "unit/rest/fixture.h"

using namespace sluice;
using namespace sluice::test;

namespace {

// "/connectors/{c}/tasks/{t}/status" -> "/connectors/{}/tasks/{}/status"
std::string unnamed(std::string_view path) {
  std::string out;
  bool inside = false;
  for (const char c : path) {
    inside = inside && c != '}';
    if (!inside) out += c;
    inside = inside || c == '{';
  }
  return out;
}

JsonValue description() { return std::get<JsonValue>(parse_json(kOpenApi)); }

// Each "$ref", wherever it stands.
void gather_references(const JsonValue& value, std::set<std::string>& found) {
  for (const auto& [key, item] : value.items) {
    if (key == "$ref") found.insert(item.text);
    gather_references(item, found);
  }
}

}  // namespace

TEST_CASE_FIXTURE(RestFixture, "openapi: it has every path with its verbs, and no other") {
  std::set<std::string> served, described;
  for (const Resource& resource : all_resources(supervisor, backend, monitor))
    for (const Verb& verb : resource.verbs) served.insert(std::string(verb.method) + " " + unnamed(resource.path));
  const JsonValue file = description();
  for (const auto& [path, verbs] : file.find("paths")->items)
    for (const auto& [verb, operation] : verbs.items) {
      std::string method;
      for (const char c : verb) method += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      described.insert(method + " " + unnamed(path));
    }
  CHECK(served == described);
}

TEST_CASE_FIXTURE(RestFixture, "openapi: an operation describes a request body exactly where one is read") {
  std::set<std::string> with_body, described;
  for (const Resource& resource : all_resources(supervisor, backend, monitor))
    for (const Verb& verb : resource.verbs)
      if (verb.takes_body) with_body.insert(std::string(verb.method) + " " + unnamed(resource.path));
  const JsonValue file = description();
  for (const auto& [path, verbs] : file.find("paths")->items)
    for (const auto& [verb, operation] : verbs.items) {
      std::string method;
      for (const char c : verb) method += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      if (operation.find("requestBody")) described.insert(method + " " + unnamed(path));
    }
  CHECK(with_body == described);
}

TEST_CASE("openapi: what it refers to is in it") {
  const JsonValue file = description();
  std::set<std::string> references;
  gather_references(file, references);
  CHECK(references.size() > 30);
  for (const std::string& reference : references) {
    CAPTURE(reference);
    REQUIRE(reference.starts_with("#/components/"));
    const size_t slash = reference.find('/', 13);
    const JsonValue* kind = file.find("components")->find(reference.substr(13, slash - 13));
    REQUIRE(kind);
    CHECK(kind->find(reference.substr(slash + 1)));
  }
}

TEST_CASE_FIXTURE(RestFixture, "openapi: it is served") { CHECK(get("/openapi.json").body == kOpenApi); }
