// A JDBC URL of Postgres -> libpq's conninfo. References (`${env:...}`) stay as they are. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace sluice::debezium {

struct JdbcUrl {
  std::string conninfo;               // without the user where the URL names none
  bool names_user = false;
  std::vector<std::string> problems;  // each completes "connection.url: ..."
};

// `text` begins with "jdbc:".
JdbcUrl read_jdbc_url(std::string_view text);

// "user='shop'", quoted for conninfo.
std::string conninfo_pair(std::string_view name, std::string_view value);

}  // namespace sluice::debezium
