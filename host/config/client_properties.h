// Which properties of the Kafka client a user may set, and what values they take: an allow-list, since some of the others
// load code, run commands, read files or undo what exactly-once delivery stands on (security.md row 1). Pure.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice {

enum class PropertyScope {
  host_file,  // kafka.*: written by whoever owns the machine
  // May arrive over REST.
  consumer,   // consumer.override.*
  producer,   // producer.override.*: of the client that writes dead letters
  admin,      // admin.override.*: of the client that creates their topic
};

struct ClientProperty {
  std::string name;   // in librdkafka's words
  std::string value;
};
struct PropertyRefused {
  std::string reason;  // completes "NAME is refused: ..."; never holds the value
  bool bad_value = false;
};

// `value` with its references resolved. Takes Java's spelling of a property where librdkafka has another.
std::variant<ClientProperty, PropertyRefused> check_client_property(std::string_view name, std::string_view value,
                                                                    PropertyScope scope, bool kafka_tls_may_be_off);

// Every name that is allowed in the scope, for "did you mean" and the documentation; sorted.
std::vector<std::string> client_property_names(PropertyScope scope);

// Of the host file's properties, which have been checked, those that mean something to such a client.
std::map<std::string, std::string> properties_for(PropertyScope scope, const std::map<std::string, std::string>& host_file);

// Whether the table says anything about the name; a test runs all of librdkafka's properties through it.
bool is_classified(std::string_view name);

// Keys that hold a secret by their name, whatever they belong to.
bool names_a_secret(std::string_view key);

}  // namespace sluice
