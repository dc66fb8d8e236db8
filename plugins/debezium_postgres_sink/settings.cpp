#include "debezium_postgres_sink/settings.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>

#include "debezium_postgres_sink/map/columns.h"
#include "debezium_postgres_sink/map/table_name.h"

namespace sluice::debezium {
namespace {

constexpr const char* kModes[] = {"history", "current", "both", nullptr};
constexpr const char* kDeletes[] = {"delete", "soft", "ignore", nullptr};
constexpr const char* kDecimals[] = {"precise", "string", "double", nullptr};
constexpr const char* kTimes[] = {"adaptive", "adaptive_time_microseconds", "microseconds", "nanoseconds", "connect", "isostring", nullptr};
constexpr const char* kBinary[] = {"bytes", "base64", "base64-url-safe", "hex", nullptr};
constexpr const char* kTruncates[] = {"ignore", "apply", "fail", nullptr};
constexpr const char* kUnknown[] = {"fail", "ignore", "add", nullptr};
constexpr const char* kChanged[] = {"fail", "accept", nullptr};
constexpr const char* kIdentifiers[] = {"exact", "folded", nullptr};
constexpr const char* kTolerance[] = {"none", "all", nullptr};
constexpr const char* kCommit[] = {"on", "off", "local", "remote_write", "remote_apply", nullptr};

constexpr size_t kIdentifierMax = 63;  // Postgres cuts a longer name silently

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

ServerRules rules_of(const Config& config) { return {config.lifts("postgres-tls"), config.allowed_hosts()}; }

void check_url(const Issues& issues, const Config& config) {
  Parameters of_url;
  try {
    of_url = read_conninfo(std::string(config["connection.url"].text()));
  } catch (const std::invalid_argument& why) {
    issues.add("connection.url", std::string("connection.url is no libpq URI such as postgresql://warehouse@db:5432/analytics: ") + why.what());
    return;
  }
  const auto refused = refused_parameters(of_url);
  for (const std::string& why : refused) issues.add("connection.url", why);
  if (!refused.empty()) return;
  const Parameters used = with_defaults(std::move(of_url));
  for (const std::string& why : {refused_servers(used, rules_of(config)), bad_authority(used)})
    if (!why.empty()) issues.add("connection.url", why);
}

void check_table_name(const Issues& issues, const Config& config, const char* name) {
  try {
    TableNameTemplate{config[name].text()};
  } catch (const std::invalid_argument& e) {
    issues.add(name, std::string(name) + " " + e.what() + "; write it as table or schema.table");
  }
}

// Settings that only fit together.
void check_mode(const Issues& issues, const Config& config) {
  const auto mode = static_cast<Mode>(config["mode"].integer());
  const auto is_set = [&](const char* name) { return !config[name].text().empty(); };
  const auto only_of = [&](const char* name, bool fits, const char* when) {
    if (is_set(name) && !fits) issues.add(name, std::string(name) + " means something only with " + when + "; remove it, or correct mode");
  };
  const bool current = mode != Mode::history, soft = static_cast<Deletes>(config["delete.mode"].integer()) == Deletes::soft;
  only_of("current.table.name", mode == Mode::both, "mode: both");
  only_of("key.columns", current, "mode: current or both");
  only_of("lsn.column", current, "mode: current or both");
  only_of("soft.delete.column", current && soft, "mode: current or both and delete.mode: soft");
  if (mode == Mode::both && !is_set("current.table.name"))
    issues.add("current.table.name", "current.table.name is missing: mode: both writes two tables, the history (table.name) and this one");
  else if (mode == Mode::both)
    check_table_name(issues, config, "current.table.name");
  if (mode == Mode::both && config["current.table.name"].text() == config["table.name"].text())
    issues.add("current.table.name", "current.table.name is the same table as table.name; the history and the current rows need one each");
  if (current && soft && !is_set("soft.delete.column"))
    issues.add("soft.delete.column", "soft.delete.column is missing: delete.mode: soft marks deleted rows in it");
  if (config["dedupe.source"].boolean() && mode == Mode::current)
    issues.add("dedupe.source", "dedupe.source is about a history; in mode current, lsn.column keeps older changes from newer rows");
  for (const auto& column : config["key.columns"].list())
    if (column.size() > kIdentifierMax) issues.add("key.columns", "key.columns: " + std::string(column) + " has more than 63 bytes, which Postgres would cut");
}

}  // namespace

const std::array<Option, 26> kOptions{
    option("connection.url", "The database to write to, as a libpq URI or conninfo, without the password.").with(SLUICE_REQUIRED),
    option("connection.password", "The role's password, by reference: ${env:SLUICE_WAREHOUSE_PASSWORD}. Resolved when a task starts.")
        .with(SLUICE_SECRET),
    option("table.name", "The table to write, `table` or `schema.table`. ${topic}, ${topic.underscored} (dots as underscores), ${source.schema} and "
                         "${source.table} stand for what each record says. Names are taken exactly as written; one that holds a dot stands in double quotes.").initial("orders_fact"),
    option("mode", "`history` appends one row per change event; `current` keeps one row per key as the source has it; `both` does both in "
                   "the same transaction.").one_of(kModes).initial("history"),
    option("current.table.name", "With mode `both`: the table of the current rows, written as table.name, which is then the history."),
    option("columns", "Target column -> source: a field of the row, or one of @op, @operation, @source.ts, @ts, @lsn, @txid, @topic, "
                      "@partition, @offset, @kafka.ts (the record's timestamp), @now or a constant, @value:TEXT. Only what is listed is "
                      "written; with an entry \"*\": \"*\" every other field goes to the column of its name as well, but for those whose column "
                      "is @none. Default: columns named as the fields, and "
                      "cdc_timestamp: @source.ts, processed_at: @now, operation_type: @operation where the target has them.")
        .as(SLUICE_MAP),
    option("key.columns", "With mode `current` or `both`: the target's columns that tell rows apart; they need a unique index. Default: the "
                          "fields of the record's key.").as(SLUICE_LIST),
    option("delete.mode", "What a deleted row does to the current table: `delete` removes it, `soft` marks it in soft.delete.column, `ignore` "
                          "leaves it. With mode `history`, `ignore` leaves deletes out.").one_of(kDeletes).initial("delete"),
    option("soft.delete.column", "With delete.mode `soft`: the column of the mark; a boolean, or a timestamp that gets the time of the deletion."),
    option("lsn.column", "A column of the current table (bigint, numeric or pg_lsn) for the LSN of the change that wrote a row. With it, an "
                         "older change never overwrites a newer row."),
    option("dedupe.source", "History: a change that Debezium sent twice is written once. It needs columns filled from @lsn and from @op or "
                            "@operation, and a unique index over them and the key.").as(SLUICE_BOOL).initial("false"),
    option("decimal.handling.mode", "As set on the Debezium source; needed for events without schemas. Unset, a value is read "
                                    "where only one mode can have written it, and else the task is blocked.").one_of(kDecimals),
    option("time.precision.mode", "As set on the Debezium source; needed for events without schemas.").one_of(kTimes).initial("adaptive"),
    option("binary.handling.mode", "As set on the Debezium source, for bytea columns.").one_of(kBinary).initial("bytes"),
    option("unavailable.value.placeholder", "As set on the Debezium source: what it sends for a large value that an update did not "
                                            "touch. It is never written.").initial("__debezium_unavailable_value").with(SLUICE_ADVANCED),
    option("snapshot.operation", "What @operation calls a row that Debezium read from a snapshot.").initial("SNAPSHOT"),
    option("truncate.mode", "What a TRUNCATE at the source does: `ignore` counts it, `apply` empties the current table and is a row of the "
                            "history, `fail` stops the task. `apply` needs a topic of one partition.").one_of(kTruncates).initial("ignore"),
    option("unknown.columns", "What to do about a field of the row that the table has no column for, where `columns` is not set: "
                              "`fail` blocks the task until there is one, `ignore` leaves the field out, `add` adds a column.").one_of(kUnknown).initial("fail"),
    option("auto.create", "Create a target table that is missing, by the schema of the first event for it.").as(SLUICE_BOOL).initial("false"),
    option("errors.deadletterqueue.table.name", "A table for bad records, beside or instead of the dead-letter topic; each is in it exactly once. "
                                                "It is created if it is missing."),
    option("on.database.changed", "What to do when connection.url leads to another database cluster than before: `fail` stops the "
                                  "task, `accept` goes on with the positions found there.").one_of(kChanged).initial("fail").with(SLUICE_ADVANCED),
    option("synchronous_commit", "Postgres's setting of that name for the sink's sessions. `off` is safe too: rows and position are "
                                 "lost together and written again.").one_of(kCommit).initial("on").with(SLUICE_ADVANCED),
    option("identifiers", "`exact` takes names of tables and columns as topics and fields have them; `folded` in lower case, as SQL takes names "
                          "without quotes, unless they begin with an underscore.").one_of(kIdentifiers).initial("exact").with(SLUICE_ADVANCED),
    // The host's own, which decide what becomes of bad records here as well, and what can be checked before there are any.
    option("errors.tolerance", "`none` stops at a record that can never be written, `all` goes on without it.").one_of(kTolerance).initial("none"),
    option("errors.max.share", "The share of bad records in a batch beyond which the target is at fault, not the records.").as(SLUICE_FLOAT).initial("0.2"),
    option("value.converter.schemas.enable", "Whether the events bring schemas.").as(SLUICE_BOOL).initial("true").with(SLUICE_ADVANCED),
};

Settings read_settings(const Config& config) {
  Settings s;
  s.connection_url = config["connection.url"].text();
  s.password = config["connection.password"].text();
  s.servers = rules_of(config);
  s.table = config["table.name"].text();
  s.mode = static_cast<Mode>(config["mode"].integer());
  s.current_table = config["current.table.name"].text();
  for (const auto& [column, source] : config["columns"].map()) s.columns.emplace_back(column, source);
  for (const auto& column : config["key.columns"].list()) s.key_columns.emplace_back(column);
  s.deletes = static_cast<Deletes>(config["delete.mode"].integer());
  s.soft_delete_column = config["soft.delete.column"].text();
  s.lsn_column = config["lsn.column"].text();
  s.dedupe_source = config["dedupe.source"].boolean();
  s.auto_create = config["auto.create"].boolean();
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
  s.dead_letter_table = config["errors.deadletterqueue.table.name"].text();
  s.tolerates_errors = config["errors.tolerance"].text() == "all";
  s.errors_max_share = config["errors.max.share"].real();
  s.folds_names = config["identifiers"].text() == "folded";
  s.writes_every_field = std::ranges::any_of(s.columns, [](const auto& c) { return c.first == kEveryField; });
  s.schemas_disabled = !config["value.converter.schemas.enable"].boolean();
  return s;
}

void check_settings(const Issues& issues, const Config& config) {
  check_url(issues, config);
  check_table_name(issues, config, "table.name");
  check_mode(issues, config);
  if (!config["errors.deadletterqueue.table.name"].text().empty()) {
    check_table_name(issues, config, "errors.deadletterqueue.table.name");
    if (config["errors.deadletterqueue.table.name"].text().find("${") != std::string_view::npos)
      issues.add("errors.deadletterqueue.table.name", "errors.deadletterqueue.table.name is one table for all records; write it without ${...}");
  }
  const auto columns = config["columns"].map();
  if (config["dedupe.source"].boolean() && std::ranges::any_of(columns, [](const auto& c) { return c.first == kEveryField; }))
    issues.add("dedupe.source", "dedupe.source compares the columns that columns lists; list each instead of *");
  if (!placeholder_of(config["unavailable.value.placeholder"].text()))
    issues.add("unavailable.value.placeholder", "unavailable.value.placeholder: what follows hex: is not pairs of hex digits; write it as on the source");
  for (const auto& [column, source] : columns) {
    if (column.size() > kIdentifierMax)
      issues.add("columns", "columns." + std::string(column) + ": the name has more than 63 bytes, which Postgres would cut");
    if ((column == kEveryField) != (source == kEveryField))
      issues.add("columns", "columns." + std::string(column) + ": * stands for every field, and only as \"*\": \"*\"");
    else if (source.empty())
      issues.add("columns", "columns." + std::string(column) + " names no source; write a field of the row or one of " + meta_names());
    else if (source.starts_with('@') && !meta_of(source))
      issues.add("columns", "columns." + std::string(column) + ": " + std::string(source) + " is not known; write one of " + meta_names());
  }
}

}  // namespace sluice::debezium
