// What the user may set: the option table that the host checks, documents and types, and the plain struct made from it.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "debezium_postgres_sink/conninfo.h"
#include "debezium_postgres_sink/map/table_name.h"
#include "sdk/sluice.hpp"

namespace sluice::debezium {

enum class DecimalMode : uint8_t { unset, precise, string, number };  // `double` is a keyword
enum class TimeMode : uint8_t { adaptive, adaptive_time_microseconds, microseconds, nanoseconds, connect, isostring };
enum class BinaryMode : uint8_t { bytes, base64, base64_url_safe, hex };
enum class Mode : uint8_t { history, current, both };
enum class Deletes : uint8_t { remove, soft, ignore };
enum class Truncates : uint8_t { ignore, apply, fail };
enum class UnknownColumns : uint8_t { fail, ignore, add };

// How values are read that bring no schema.
struct ValueSettings {
  DecimalMode decimals = DecimalMode::unset;
  TimeMode times = TimeMode::adaptive;
  BinaryMode binary = BinaryMode::bytes;
};

struct Settings {
  std::string connection_url;  // libpq URI or conninfo
  std::string password;        // empty: none of ours; libpq's own ways apply
  Mode mode = Mode::history;
  std::string table;           // as written: `orders_fact`, `sales.orders_fact` or `${source.table}`
  std::string current_table;   // the same, of mode `both`
  std::vector<std::pair<std::string, std::string>> columns;  // target -> source; empty: same names
  std::vector<std::string> key_columns;  // empty: those of the record's key
  Deletes deletes = Deletes::remove;
  std::string soft_delete_column, lsn_column;  // empty: none
  bool dedupe_source = false;
  bool auto_create = false;
  ValueSettings values;
  std::string placeholder;     // of unchanged TOAST values
  std::string snapshot_name;   // what `r` is called
  Truncates truncates = Truncates::ignore;
  UnknownColumns unknown = UnknownColumns::fail;
  bool accept_changed_database = false;
  std::string synchronous_commit;
  std::string dead_letter_table;  // empty: none
  // The host's: what becomes of bad records, and whether the converter was said to send schemas.
  bool tolerates_errors = false;
  double errors_max_share = 0.2;
  bool schemas_disabled = false;

  bool folds_names = false;       // as SQL folds names without quotes

  // Only what `columns` lists is written, not every field.
  bool lists_columns() const { return !columns.empty() && !writes_every_field; }
  bool writes_every_field = false;  // `columns` holds "*"
  ServerRules servers;  // that may be connected to
  // What a field, or a topic in a table's name, is called in the database.
  std::string column_named(std::string_view name) const { return folds_names ? folded(name) : std::string(name); }
  bool keeps_history() const { return mode != Mode::current; }
  bool keeps_current() const { return mode != Mode::history; }
  // A history without deletes.
  bool leaves_out(bool is_delete) const { return is_delete && mode == Mode::history && deletes == Deletes::ignore; }
  const std::string& history_table() const { return table; }
  const std::string& table_of_current() const { return mode == Mode::both ? current_table : table; }
};

extern const std::array<Option, 26> kOptions;

Settings read_settings(const Config& config);
// What the table cannot say: a password in the URL, a table name that is none, a source that does not exist.
void check_settings(const Issues& issues, const Config& config);

}  // namespace sluice::debezium
