#include "debezium_postgres_sink/settings.h"

#include <libpq-fe.h>

#include <charconv>
#include <memory>
#include <optional>
#include <stdexcept>

#include "debezium_postgres_sink/map/columns.h"

namespace sluice::debezium {
namespace {

constexpr const char* kModes[] = {"history", nullptr};
constexpr const char* kDecimals[] = {"precise", "string", "double", nullptr};
constexpr const char* kTimes[] = {"adaptive", "adaptive_time_microseconds", "microseconds", "nanoseconds", "connect", "isostring", nullptr};
constexpr const char* kBinary[] = {"bytes", "base64", "base64-url-safe", "hex", nullptr};
constexpr const char* kTruncates[] = {"ignore", "fail", nullptr};
constexpr const char* kUnknown[] = {"fail", "ignore", nullptr};
constexpr const char* kChanged[] = {"fail", "accept", nullptr};
constexpr const char* kCommit[] = {"on", "off", "local", "remote_write", "remote_apply", nullptr};

// Postgres cuts a longer name silently, and would then speak of another table.
constexpr size_t kIdentifierMax = 63;

// One identifier at the beginning of `text`, which loses it. Plain ones are taken as they are written: what people see in
// their table is what they write here, so nothing is folded to lower case.
std::string take_identifier(std::string_view& text) {
  std::string name;
  if (!text.starts_with('"')) {
    const size_t end = text.find('.');
    name = text.substr(0, end);
    text.remove_prefix(name.size());
    if (name.find('"') != name.npos) throw std::invalid_argument("has a quotation mark in the middle of a name");
  } else {
    size_t i = 1;
    for (;; ++i) {
      if (i >= text.size()) throw std::invalid_argument("has a quotation mark that is not closed");
      if (text[i] != '"') name.push_back(text[i]);
      else if (i + 1 < text.size() && text[i + 1] == '"') name.push_back(text[i++]);
      else break;
    }
    text.remove_prefix(i + 1);
  }
  if (name.empty()) throw std::invalid_argument("has an empty name in it");
  if (name.size() > kIdentifierMax) throw std::invalid_argument("has a name of more than 63 bytes, which Postgres would cut");
  return name;
}

// Debezium allows the placeholder's bytes in hex, after `hex:`. Nothing where they are not.
std::optional<std::string> placeholder_of(std::string_view text) {
  if (!text.starts_with("hex:")) return std::string(text);
  text.remove_prefix(4);
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 2) {
    unsigned byte = 0;
    const auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (error != std::errc() || end != text.data() + i + 2) return std::nullopt;
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

void check_url(const Issues& issues, const std::string& url) {
  char* problem = nullptr;
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> parsed(PQconninfoParse(url.c_str(), &problem), PQconninfoFree);
  if (!parsed) {
    std::string why = problem ? problem : "it cannot be read";
    PQfreemem(problem);
    while (!why.empty() && why.back() == '\n') why.pop_back();
    issues.add("connection.url", "connection.url is no libpq URI such as postgresql://warehouse@db:5432/analytics: " + why);
    return;
  }
  for (const PQconninfoOption* at = parsed.get(); at->keyword; ++at)
    if (std::string_view(at->keyword) == "password" && at->val)
      issues.add("connection.url", "connection.url holds a password, where it could be shown; take it out and write "
                                   "connection.password: ${env:SLUICE_WAREHOUSE_PASSWORD}");
}

}  // namespace

const std::array<Option, 14> kOptions{
    option("connection.url", "The database to write to, as a libpq URI or conninfo, without the password.").with(SLUICE_REQUIRED),
    option("connection.password", "The role's password, by reference: ${env:SLUICE_WAREHOUSE_PASSWORD}. Resolved when a task starts.")
        .with(SLUICE_SECRET),
    option("table.name", "The table to write, `table` or `schema.table`; it has to exist. Names are taken exactly as written; one "
                         "that holds a dot stands in double quotes.").initial("orders_fact"),
    option("mode", "`history` appends one row per change event.").one_of(kModes).initial("history"),
    option("columns", "Target column -> source: a field of the row, or one of @op, @operation, @source.ts, @ts, @lsn, @txid, @topic, "
                      "@partition, @offset, @now. Only what is listed is written. Default: columns named as the fields, and "
                      "cdc_timestamp: @source.ts, processed_at: @now, operation_type: @operation where the target has them.")
        .as(SLUICE_MAP),
    option("decimal.handling.mode", "As set on the Debezium source; needed for events without schemas. Unset, a value is read "
                                    "where only one mode can have written it, and else the task is blocked.").one_of(kDecimals),
    option("time.precision.mode", "As set on the Debezium source; needed for events without schemas.").one_of(kTimes).initial("adaptive"),
    option("binary.handling.mode", "As set on the Debezium source, for bytea columns.").one_of(kBinary).initial("bytes"),
    option("unavailable.value.placeholder", "As set on the Debezium source: what it sends for a large value that an update did not "
                                            "touch. It is never written.").initial("__debezium_unavailable_value").with(SLUICE_ADVANCED),
    option("snapshot.operation", "What @operation calls a row that Debezium read from a snapshot.").initial("SNAPSHOT"),
    option("truncate.mode", "What a TRUNCATE at the source does: `ignore` counts it, `fail` stops the task.").one_of(kTruncates).initial("ignore"),
    option("unknown.columns", "What to do about a field of the row that the table has no column for, where `columns` is not set: "
                              "`fail` blocks the task until there is one, `ignore` leaves the field out.").one_of(kUnknown).initial("fail"),
    option("on.database.changed", "What to do when connection.url leads to another database cluster than before: `fail` stops the "
                                  "task, `accept` goes on with the positions found there.").one_of(kChanged).initial("fail").with(SLUICE_ADVANCED),
    option("synchronous_commit", "Postgres's setting of that name for the sink's sessions. `off` is safe too: rows and position are "
                                 "lost together and written again.").one_of(kCommit).initial("on").with(SLUICE_ADVANCED),
};

Settings read_settings(const Config& config) {
  Settings s;
  s.connection_url = config["connection.url"].text();
  s.password = config["connection.password"].text();
  s.table = config["table.name"].text();
  for (const auto& [column, source] : config["columns"].map()) s.columns.emplace_back(column, source);
  // The enumerations stand in the order of their choices; DecimalMode has `unset` before them.
  if (const Value mode = config["decimal.handling.mode"]; mode.is_set()) s.values.decimals = static_cast<DecimalMode>(mode.integer() + 1);
  s.values.times = static_cast<TimeMode>(config["time.precision.mode"].integer());
  s.values.binary = static_cast<BinaryMode>(config["binary.handling.mode"].integer());
  s.placeholder = placeholder_of(config["unavailable.value.placeholder"].text()).value_or("");
  s.snapshot_name = config["snapshot.operation"].text();
  s.truncates = static_cast<Truncates>(config["truncate.mode"].integer());
  s.unknown = static_cast<UnknownColumns>(config["unknown.columns"].integer());
  s.accept_changed_database = config["on.database.changed"].text() == "accept";
  s.synchronous_commit = config["synchronous_commit"].text();
  return s;
}

void check_settings(const Issues& issues, const Config& config) {
  check_url(issues, std::string(config["connection.url"].text()));
  const std::string table(config["table.name"].text());
  if (table.find("${") != table.npos) {
    issues.add("table.name", "table.name: this version writes one table a connector; write its name without ${...}");
  } else {
    try {
      parse_table_name(table);
    } catch (const std::invalid_argument& e) {
      issues.add("table.name", "table.name " + std::string(e.what()) + "; write it as table or schema.table");
    }
  }
  if (!placeholder_of(config["unavailable.value.placeholder"].text()))
    issues.add("unavailable.value.placeholder", "unavailable.value.placeholder: what follows hex: is not pairs of hex digits; write it as on the source");
  for (const auto& [column, source] : config["columns"].map()) {
    if (column.size() > kIdentifierMax)
      issues.add("columns", "columns." + std::string(column) + ": the name has more than 63 bytes, which Postgres would cut");
    if (source.empty())
      issues.add("columns", "columns." + std::string(column) + " names no source; write a field of the row or one of " + meta_names());
    else if (source.starts_with('@') && !meta_of(source))
      issues.add("columns", "columns." + std::string(column) + ": " + std::string(source) + " is not known; write one of " + meta_names());
  }
}

TableName parse_table_name(std::string_view text) {
  TableName name;
  name.table = take_identifier(text);
  if (text.empty()) return name;
  if (!text.starts_with('.')) throw std::invalid_argument("goes on after its closing quotation mark");
  text.remove_prefix(1);
  name.schema = std::exchange(name.table, take_identifier(text));
  if (!text.empty()) throw std::invalid_argument("has more than two parts");
  return name;
}

}  // namespace sluice::debezium
