// What the user may set: the option table that the host checks, documents and types, and the plain struct made from it.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sdk/sluice.hpp"

namespace sluice::debezium {

enum class DecimalMode : uint8_t { unset, precise, string, number };  // `double` is a keyword
enum class TimeMode : uint8_t { adaptive, adaptive_time_microseconds, microseconds, nanoseconds, connect, isostring };
enum class BinaryMode : uint8_t { bytes, base64, base64_url_safe, hex };
enum class Truncates : uint8_t { ignore, fail };
enum class UnknownColumns : uint8_t { fail, ignore };

// How values are read that bring no schema.
struct ValueSettings {
  DecimalMode decimals = DecimalMode::unset;
  TimeMode times = TimeMode::adaptive;
  BinaryMode binary = BinaryMode::bytes;
};

struct Settings {
  std::string connection_url;  // libpq URI or conninfo
  std::string password;        // empty: none of ours; libpq's own ways apply
  std::string table;           // as written: `orders_fact` or `sales.orders_fact`
  std::vector<std::pair<std::string, std::string>> columns;  // target -> source; empty: same names
  ValueSettings values;
  std::string placeholder;     // of unchanged TOAST values
  std::string snapshot_name;   // what `r` is called
  Truncates truncates = Truncates::ignore;
  UnknownColumns unknown = UnknownColumns::fail;
  bool accept_changed_database = false;
  std::string synchronous_commit;
};

extern const std::array<Option, 14> kOptions;

Settings read_settings(const Config& config);
// What the table cannot say: a password in the URL, a table name that is none, a source that does not exist.
void check_settings(const Issues& issues, const Config& config);

// "sales.orders_fact" or "\"Odd Name\"" -> schema (may be empty) and table. Throws std::invalid_argument with the reason.
struct TableName {
  std::string schema, table;
};
TableName parse_table_name(std::string_view text);

}  // namespace sluice::debezium
