#include "config/java_client.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>

#include "config/scalars.h"

namespace sluice {
namespace {

using Translated = std::variant<std::vector<ClientProperty>, PropertyRefused, NotJavas>;

std::string in_capitals(std::string_view text) {
  std::string upper(trim(text));
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return upper;
}

// `module flag name="value" ...;` read token by token. Nothing where it is not of that form.
class Jaas {
 public:
  explicit Jaas(std::string_view text) : text_(text) {}

  bool read() {
    module = word();
    const std::string flag = word();
    if (module.empty() || (flag != "required" && flag != "requisite" && flag != "sufficient" && flag != "optional")) return false;
    for (;;) {
      skip_blanks();
      if (take(';')) break;
      std::string name = word();
      skip_blanks();
      if (name.empty() || !take('=')) return false;
      skip_blanks();
      const auto value = text_.starts_with('"') ? quoted() : std::optional(word());
      if (!value || (value->empty() && !name.empty() && name != "password")) return false;
      options[std::move(name)] = *value;
    }
    skip_blanks();
    return text_.empty();  // a second module would be another way in
  }

  std::string module;
  std::map<std::string, std::string> options;

 private:
  void skip_blanks() {
    while (!text_.empty() && std::isspace(static_cast<unsigned char>(text_.front()))) text_.remove_prefix(1);
  }
  bool take(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  std::string word() {
    skip_blanks();
    size_t end = 0;
    while (end < text_.size() && !std::isspace(static_cast<unsigned char>(text_[end])) && text_[end] != '=' && text_[end] != ';' && text_[end] != '"') ++end;
    std::string word(text_.substr(0, end));
    text_.remove_prefix(end);
    return word;
  }
  std::optional<std::string> quoted() {
    take('"');
    std::string value;
    while (!text_.empty()) {
      const char c = text_.front();
      text_.remove_prefix(1);
      if (c == '"') return value;
      if (c == '\\' && !text_.empty()) {
        value.push_back(text_.front());
        text_.remove_prefix(1);
      } else {
        value.push_back(c);
      }
    }
    return std::nullopt;
  }

  std::string_view text_;
};

Translated translate_jaas(std::string_view value) {
  Jaas jaas(value);
  const bool read = jaas.read();
  const std::string_view simple = std::string_view(jaas.module).substr(jaas.module.rfind('.') + 1);
  if (!jaas.module.empty() && simple != "PlainLoginModule" && simple != "ScramLoginModule")
    return PropertyRefused{"it names another login module than PlainLoginModule and ScramLoginModule, and code cannot be loaded; use PLAIN, SCRAM or certificates"};
  if (!read) return PropertyRefused{"it is not of the form `org.apache.kafka.common.security.scram.ScramLoginModule required username=\"...\" password=\"...\";`"};
  for (const auto& [name, option] : jaas.options)
    if (name != "username" && name != "password")
      return PropertyRefused{"beside username and password its options mean nothing to this client; take the others out"};  // one may be a secret in the wrong place
  if (!jaas.options.contains("username") || !jaas.options.contains("password")) return PropertyRefused{"username or password is missing in it"};
  // The mechanism is sasl.mechanism's to say, as in Java.
  return std::vector<ClientProperty>{{"sasl.username", jaas.options["username"]}, {"sasl.password", jaas.options["password"]}};
}

}  // namespace

Translated translate_java_setting(std::string_view name, std::string_view value) {
  constexpr std::pair<std::string_view, const char*> kPem[] = {
      {"ssl.truststore.certificates", "ssl.ca.pem"}, {"ssl.keystore.certificate.chain", "ssl.certificate.pem"}, {"ssl.keystore.key", "ssl.key.pem"}};
  if (name == "sasl.jaas.config") return translate_jaas(value);
  for (const auto& [java, ours] : kPem)
    if (name == java) return std::vector<ClientProperty>{{ours, std::string(value)}};
  if (name == "ssl.truststore.type" || name == "ssl.keystore.type") {
    if (in_capitals(value) == "PEM") return std::vector<ClientProperty>{};
    return PropertyRefused{"Java's key stores cannot be read; convert the store to PEM, write PEM here, and the PEM itself, by reference, in " +
                           std::string(name == "ssl.truststore.type" ? "ssl.truststore.certificates" : "ssl.keystore.certificate.chain and ssl.keystore.key")};
  }
  if (name == "ssl.truststore.location")
    return PropertyRefused{"a connector may not name files; write ssl.truststore.type=PEM and ssl.truststore.certificates=${dir:FOLDER:FILE}, or in the host file kafka.ssl.ca.location"};
  if (name == "ssl.keystore.location")
    return PropertyRefused{"a connector may not name files; write ssl.keystore.type=PEM, and ssl.keystore.certificate.chain and ssl.keystore.key as ${dir:FOLDER:FILE}, "
                           "or in the host file kafka.ssl.certificate.location and kafka.ssl.key.location"};
  // What happens anyhow.
  if (name == "ssl.endpoint.identification.algorithm" && in_capitals(value) == "HTTPS") return std::vector<ClientProperty>{};
  if (name == "ssl.protocol" && (in_capitals(value) == "TLSV1.3" || in_capitals(value) == "TLS")) return std::vector<ClientProperty>{};
  if (name == "ssl.enabled.protocols") {
    std::vector<std::string> protocols;
    for (const std::string& protocol : split_list(value)) protocols.push_back(in_capitals(protocol));
    std::ranges::sort(protocols);
    if (protocols == std::vector<std::string>{"TLSV1.2", "TLSV1.3"}) return std::vector<ClientProperty>{};
    return PropertyRefused{"the client speaks TLS 1.2 and 1.3; write TLSv1.2,TLSv1.3 or remove it"};
  }
  return NotJavas{};
}

}  // namespace sluice
