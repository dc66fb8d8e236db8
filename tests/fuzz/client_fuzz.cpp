// What decides where sluice connects and how: properties of the Kafka client against the allow-list, in librdkafka's words and in Java's,
// and the warehouse's address, as a JDBC URL and as libpq reads what that became. Nothing gets through that is not on the list, and no
// value becomes another setting.
//
// An input is a byte that chooses where a property came from, its name, \x1e and its value; an address follows \x1d.
#include <libpq-fe.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/log.h"
#include "config/client_properties.h"
#include "config/java_client.h"
#include "debezium_postgres_sink/translate/answers.h"
#include "debezium_postgres_sink/translate/jdbc_url.h"
#include "fuzz/claim.h"

namespace sluice {
namespace {

using fuzz::require;
using fuzz::require_sentence;

void check_refusal(const PropertyRefused& refused) { require_sentence(printable(refused.reason, 4000)); }  // as it is shown

void check_property(std::string_view name, std::string_view value, PropertyScope scope, bool tls_may_be_off) {
  const auto checked = check_client_property(name, value, scope, tls_may_be_off);
  if (const auto* refused = std::get_if<PropertyRefused>(&checked)) {
    require(value.find("S3cr3t") == value.npos || refused->reason.find("S3cr3t") == std::string::npos, "a refusal does not show the value", refused->reason);
    return check_refusal(*refused);
  }
  const auto& property = std::get<ClientProperty>(checked);
  const auto names = client_property_names(scope);
  require(std::ranges::binary_search(names, property.name), "what is allowed is on the list", property.name);
  require(is_classified(name), "what is allowed is classified", name);
  for (const std::string_view code : {"plugin.", "ssl.engine", "ssl.providers", "sasl.kerberos.kinit", "sasl.oauthbearer", "test.mock", "debug", "interceptor"})
    require(!property.name.starts_with(code), "what loads code or reaches out is never allowed", property.name);
  if (scope != PropertyScope::host_file)
    require(property.name.find("location") == std::string::npos, "what comes over REST reads no file", property.name);
  if (!tls_may_be_off)
    require(property.name != "enable.ssl.certificate.verification" || property.value == "true", "a certificate is looked at");
  const auto again = check_client_property(property.name, property.value, scope, tls_may_be_off);
  const auto* same = std::get_if<ClientProperty>(&again);
  require(same && same->name == property.name && same->value == property.value, "what was allowed is allowed as it stands", property.name);
}

void check_java(std::string_view name, std::string_view value) {
  const auto translated = translate_java_setting(name, value);
  if (const auto* refused = std::get_if<PropertyRefused>(&translated)) return check_refusal(*refused);
  if (const auto* several = std::get_if<std::vector<ClientProperty>>(&translated))
    for (const ClientProperty& property : *several) require(property.value.size() <= 2 * value.size() + 100, "Java's setting does not grow");
}

std::map<std::string, std::string> conninfo(const std::string& text) {
  char* problem = nullptr;
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> parsed(PQconninfoParse(text.c_str(), &problem), PQconninfoFree);
  const std::string why = problem ? problem : "";
  PQfreemem(problem);
  require(parsed != nullptr, "what a JDBC URL became is what libpq reads", text + "\n" + why);
  std::map<std::string, std::string> options;
  for (const PQconninfoOption* at = parsed.get(); at->keyword; ++at)
    if (at->val) options[at->keyword] = at->val;
  return options;
}

void check_url(std::string_view address) {
  const debezium::JdbcUrl url = debezium::read_jdbc_url("jdbc:" + std::string(address));
  for (const std::string& problem : url.problems) require(debezium::is_utf8(problem), "a complaint is UTF-8", problem);
  if (!url.problems.empty()) return;
  const auto options = conninfo(url.conninfo);
  require(options.contains("host"), "an address names a host", url.conninfo);
  require(options.contains("user") == url.names_user, "a user is there where the URL names one", url.conninfo);
  static const char* const kKnown[] = {"host", "port", "dbname", "user", "sslmode", "sslrootcert", "sslcert", "sslkey", "application_name", "gssencmode", "channel_binding", "options",
                                       "connect_timeout", "krbsrvname", "keepalives", "target_session_attrs"};
  for (const auto& [name, value] : options)
    require(std::ranges::find(kKnown, name) != std::end(kKnown), "no part of a URL becomes another setting", name);
  // A comma alone is another localhost and another 5432.
  require(url.conninfo.size() <= 16 * address.size() + 200, "an address hardly grows");
}

void check_pair(std::string_view value) {
  const auto options = conninfo(debezium::conninfo_pair("user", value));
  const auto user = options.find("user");
  require(options.size() <= 1, "a value stays one value");
  require(value.empty() || (user != options.end() && user->second == value), "a quoted value is the value again");
}

void run(std::string_view input) {
  if (input.empty() || !debezium::is_utf8(input.substr(1)) || input.find('\0', 1) != input.npos) return;  // no setting gets so far
  const auto choice = static_cast<unsigned char>(input[0]);
  input.remove_prefix(1);
  const size_t address = std::min(input.find('\x1d'), input.size()), value = std::min(input.find('\x1e'), address);
  const std::string_view name = input.substr(0, value), text = input.substr(std::min(value + 1, address), address - std::min(value + 1, address));
  check_property(name, text, static_cast<PropertyScope>(choice % 4), choice % 8 >= 4);
  check_java(name, text);
  (void)names_a_secret(name);
  check_pair(text);
  if (address < input.size()) check_url(input.substr(address + 1));
}

}  // namespace
}  // namespace sluice

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sluice::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
