#include "debezium_postgres_sink/translate/jdbc_url.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "debezium_postgres_sink/translate/answers.h"

namespace sluice::debezium {
namespace {

constexpr std::string_view kScheme = "jdbc:postgresql:";

// Percent escapes, and + as Java's decoder has it; nothing where they are broken.
std::optional<std::string> decoded(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') plain.push_back(' ');
    else if (text[i] != '%') plain.push_back(text[i]);
    else {
      unsigned byte = 0;
      if (i + 2 >= text.size()) return std::nullopt;
      const auto [end, error] = std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16);
      if (error != std::errc() || end != text.data() + i + 3 || byte == 0) return std::nullopt;
      plain.push_back(static_cast<char>(byte));
      i += 2;
    }
  }
  return plain;
}

// They tune the driver and change nothing of what is written.
constexpr std::string_view kOfTheDriver[] = {
    "rewritebatchedinserts", "preparethreshold", "preparedstatementcachequeries", "preparedstatementcachesizemib", "defaultrowfetchsize",
    "adaptivefetch", "adaptivefetchminimum", "adaptivefetchmaximum", "binarytransfer", "binarytransferenable", "binarytransferdisable",
    "databasemetadatacachefields", "databasemetadatacachefieldsmib", "tcpnodelay", "sendbuffersize", "receivebuffersize", "maxsendbuffersize",
    "logunclosedconnections", "loggerlevel", "loggerfile", "assumeminserverversion", "disablecolumnsanitiser", "autosave", "cleanupsavepoints",
    "preferquerymode", "stringtype", "unknownlength", "sockettimeout", "canceltimeout", "cancelsignaltimeout",
    "logservererrordetail", "reportwarnings", "escapesyntaxcallmode", "allowencodingchanges"};

// JDBC's name -> libpq's, where values mean the same.
constexpr std::pair<std::string_view, std::string_view> kSame[] = {
    {"user", "user"},          {"sslmode", "sslmode"},           {"sslrootcert", "sslrootcert"}, {"applicationname", "application_name"},
    {"gssencmode", "gssencmode"}, {"channelbinding", "channel_binding"}, {"options", "options"},  {"connecttimeout", "connect_timeout"},
    {"logintimeout", "connect_timeout"}, {"kerberosservername", "krbsrvname"}};

class UrlReader {
 public:
  explicit UrlReader(JdbcUrl& url) : url_(url) {}

  void read(std::string_view text) {
    if (!text.starts_with(kScheme)) return problem("it is not of the form jdbc:postgresql://host:port/database, and sluice writes to Postgres only");
    text.remove_prefix(kScheme.size());
    const size_t query = std::min(text.find('?'), text.size());
    std::string_view place = text.substr(0, query);
    if (place.starts_with("//")) {
      place.remove_prefix(2);
      const size_t slash = std::min(place.find('/'), place.size());
      read_hosts(place.substr(0, slash));
      place.remove_prefix(std::min(place.size(), slash + 1));
    } else {
      read_hosts("localhost");
      if (place.starts_with('/')) place.remove_prefix(1);
    }
    if (!place.empty()) add("dbname", place);
    for (std::string_view rest = text.substr(std::min(text.size(), query + 1)); !rest.empty();) {
      const size_t end = std::min(rest.find('&'), rest.size());
      read_parameter(rest.substr(0, end));
      rest.remove_prefix(std::min(rest.size(), end + 1));
    }
    if (!schemas_.empty()) {
      std::string path;  // a blank ends an option, unless a backslash stands before it
      for (const char c : schemas_) path.append(c == ' ' || c == '\\' ? "\\" : "").push_back(c);
      options_ += (options_.empty() ? "" : " ") + ("-c search_path=" + path);
    }
    if (!options_.empty()) append("options", options_);
  }

 private:
  void problem(std::string text) { url_.problems.push_back(std::move(text)); }
  void append(std::string_view name, std::string_view value) {
    url_.conninfo.append(url_.conninfo.empty() ? "" : " ").append(conninfo_pair(name, value));
  }
  void add(std::string_view name, std::string_view written) {
    if (const auto value = decoded(written)) append(name, *value);
    else problem("its %-escapes are broken; write %25 for the character itself");
  }

  void read_hosts(std::string_view list) {
    std::string hosts, ports;
    for (;;) {
      const size_t end = std::min(list.find(','), list.size());
      std::string_view one = list.substr(0, end);
      std::string_view port;
      // A reference and an IPv6 address in brackets hold colons of their own.
      const size_t closing = one.find_last_of("]}");
      if (const size_t colon = one.rfind(':'); colon != one.npos && (closing == one.npos || colon > closing)) {
        port = one.substr(colon + 1);
        one = one.substr(0, colon);
      }
      if (one.starts_with('[') && one.ends_with(']')) one = one.substr(1, one.size() - 2);
      hosts.append(hosts.empty() ? "" : ",").append(one.empty() ? "localhost" : one);
      ports.append(ports.empty() ? "" : ",").append(port.empty() ? "5432" : port);
      if (end == list.size()) break;
      list.remove_prefix(end + 1);
    }
    append("host", hosts);
    append("port", ports);
  }

  void read_parameter(std::string_view parameter) {
    if (parameter.empty()) return;
    const size_t equals = std::min(parameter.find('='), parameter.size());
    const std::string written(parameter.substr(0, equals)), name = in_lower_case(written);
    const auto value = decoded(parameter.substr(std::min(parameter.size(), equals + 1)));
    if (!value) return problem("the %-escapes of its parameter " + written + " are broken");
    if (name == "password" || name == "sslpassword")
      return problem("it holds a secret, " + written + ", where it could be shown; take it out" +
                     (name == "password" ? " and write connection.password: ${env:SLUICE_WAREHOUSE_PASSWORD}" : ", and use a key without a password"));
    if (name == "currentschema") {
      schemas_ = *value;
    } else if (name == "options") {
      options_ = *value;
    } else if (name == "ssl") {
      const auto flag = value->empty() ? std::optional(true) : flag_in(*value);
      if (!flag) problem("its parameter ssl is neither true nor false");
      else if (*flag) append("sslmode", "verify-full");  // what the driver does then
    } else if (name == "tcpkeepalive") {
      append("keepalives", flag_in(*value).value_or(false) ? "1" : "0");
    } else if (name == "targetservertype") {
      read_target(*value, parameter.substr(std::min(parameter.size(), equals + 1)));
    } else if (name == "sslcert" || name == "sslkey") {
      if (value->ends_with(".pk8") || value->ends_with(".p12") || value->ends_with(".der"))
        problem("its parameter " + written + " names a file of Java's forms; libpq reads PEM: convert it with openssl");
      else append(name, *value);
    } else if (const auto* same = std::ranges::find(kSame, name, &std::pair<std::string_view, std::string_view>::first); same != std::end(kSame)) {
      url_.names_user = url_.names_user || name == "user";
      append(same->second, *value);
    } else if (std::ranges::find(kOfTheDriver, name) == std::end(kOfTheDriver)) {
      problem("its parameter " + written + " has no counterpart in libpq; take it out");
    }
  }

  // `written`: as it stands in the URL. Decoded it may be anything.
  void read_target(std::string_view value, std::string_view written) {
    const std::string word = in_lower_case(value);
    if (word == "any") append("target_session_attrs", "any");
    else if (word == "primary" || word == "master") append("target_session_attrs", "read-write");
    else problem("its parameter targetServerType is " + std::string(written) + ", and a sink writes: write primary or any");
  }

  JdbcUrl& url_;
  std::string options_, schemas_;
};

}  // namespace

std::string conninfo_pair(std::string_view name, std::string_view value) {
  std::string pair = std::string(name) + "='";
  for (const char c : value) {
    if (c == '\'' || c == '\\') pair.push_back('\\');
    pair.push_back(c);
  }
  return pair + "'";
}

JdbcUrl read_jdbc_url(std::string_view text) {
  JdbcUrl url;
  UrlReader(url).read(text);
  return url;
}

}  // namespace sluice::debezium
