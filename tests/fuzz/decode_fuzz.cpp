// A batch of arbitrary records through the decoder and both kinds of rows. Whatever the bytes are: a record becomes rows that
// COPY can read, or it is refused (RecordError) or needs a setting (SettingNeeded). Anything else is a crash.
//
// An input is four bytes that choose the settings, then records with \x1e between them; a record is its key, \x1f and its value,
// or a value alone, and an empty one is null. No JSON holds these two bytes, so that inputs read well and libFuzzer may cut
// and join records.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "debezium_postgres_sink/decode/names.h"
#include "debezium_postgres_sink/decode/sql_type.h"
#include "debezium_postgres_sink/decode/utf8.h"
#include "debezium_postgres_sink/map/current_rows.h"
#include "debezium_postgres_sink/map/history_rows.h"
#include "debezium_postgres_sink/record_error.h"
#include "debezium_postgres_sink/write/table_sql.h"
#include "fuzz/claim.h"

namespace sluice::debezium {
namespace {

using fuzz::require;
using fuzz::require_sentence;

// ---- the table: a column of each kind, by the names that the recorded events use where they have one ---------------------

ColumnType type_of(TypeKind kind, const char* name, std::optional<int> scale = {}, std::optional<int> length = {}, int precision = 6) {
  return {kind, scale, length, name, {}, ',', precision};
}

ColumnType array_of(ColumnType element) {
  ColumnType type{TypeKind::array, {}, {}, element.name + "[]"};
  type.delimiter = element.delimiter;
  type.element = std::make_shared<ColumnType>(std::move(element));
  return type;
}

std::vector<TargetColumn> columns() {
  using enum TypeKind;
  ColumnType boxes = type_of(box, "box");
  boxes.delimiter = ';';
  std::vector<TargetColumn> list = {
      {"id", type_of(integer, "bigint")}, {"id2", type_of(TypeKind::text, "text")}, {"b", type_of(boolean, "boolean")}, {"d", type_of(real, "double precision")},
      {"n", type_of(numeric, "numeric")}, {"n10_2", type_of(numeric, "numeric(10,2)", 2)}, {"n38_0", type_of(numeric, "numeric(38,0)", 0)},
      {"m", type_of(money, "money", 2)}, {"t", type_of(TypeKind::text, "text")}, {"by", type_of(bytea, "bytea")}, {"dt", type_of(date, "date")},
      {"tm", type_of(TypeKind::time, "time")}, {"tm3", type_of(TypeKind::time, "time(3)", {}, {}, 3)}, {"tmtz", type_of(timetz, "timetz")},
      {"ts", type_of(timestamp, "timestamp")}, {"ts3", type_of(timestamp, "timestamp(3)", {}, {}, 3)}, {"tstz", type_of(timestamptz, "timestamptz")},
      {"iv", type_of(interval, "interval")}, {"u", type_of(uuid, "uuid")}, {"j", type_of(json, "jsonb")}, {"bit8", type_of(bit, "bit(8)", {}, 8)},
      {"vb", type_of(bit, "bit varying")}, {"en", type_of(other, "mood")}, {"pt", type_of(point, "point")}, {"ln", type_of(line, "line")},
      {"ls", type_of(lseg, "lseg")}, {"bx", boxes}, {"pa", type_of(path, "path")}, {"po", type_of(polygon, "polygon")},
      {"ci", type_of(circle, "circle")}, {"ge", type_of(geometry, "geometry")}, {"ve", type_of(vector, "vector(3)")},
      {"sv", type_of(sparse_vector, "sparsevec(5)")}, {"hs", type_of(hstore, "hstore")}, {"op", type_of(opaque, "pair")},
      {"lsn", type_of(other, "pg_lsn")}, {"gone_at", type_of(timestamptz, "timestamptz")},
  };
  for (size_t i = 0, n = list.size(); i < n; ++i) list.push_back({"a_" + list[i].name, array_of(list[i].type)});
  list.push_back({"with_default", type_of(TypeKind::text, "text"), false, true});
  list.push_back({"generated", type_of(integer, "integer"), true});
  list.push_back({"cdc_timestamp", type_of(timestamp, "timestamp")});
  list.push_back({"operation_type", type_of(TypeKind::text, "text")});
  return list;
}

const Table kTable{R"("public"."kitchen")", "kitchen", columns(), {{"id"}, {"id", "id2"}, {"id2"}}};

// ---- the settings ------------------------------------------------------------------------------------------------------

class Choice {
 public:
  explicit Choice(uint8_t byte) : left_(byte) {}
  template <class Enum>
  Enum among(int count) {
    const int chosen = left_ % count;
    left_ /= count;
    return static_cast<Enum>(chosen);
  }
  bool flag() { return among<int>(2) == 1; }

 private:
  int left_;
};

Settings settings_of(uint8_t values, uint8_t modes, uint8_t options) {
  Settings s;
  s.mode = Mode::both;
  s.placeholder = "__debezium_unavailable_value";
  s.snapshot_name = "SNAPSHOT";
  Choice value(values), mode(modes), option(options);
  s.values.decimals = value.among<DecimalMode>(4);
  s.values.times = value.among<TimeMode>(6);
  s.values.binary = value.among<BinaryMode>(4);
  s.unknown = mode.among<UnknownColumns>(3);
  s.deletes = mode.among<Deletes>(3);
  if (s.deletes == Deletes::soft) s.soft_delete_column = mode.flag() ? "b" : "gone_at";
  if (option.flag()) s.lsn_column = "lsn";
  if (option.flag()) s.key_columns = {"id"};
  if (option.flag())
    s.columns = {{"id", "id"}, {"t", "t"}, {"by", "t"}, {"n", "ü"}, {"id2", "@topic"}, {"lsn", "@lsn"}, {"gone_at", "@ts"}, {"n38_0", "@txid"}};
  return s;
}

// ---- what COPY wants ---------------------------------------------------------------------------------------------------

void check_cell(std::string_view cell) {
  if (cell == kNullCell) return;
  for (size_t i = 0; i < cell.size(); ++i) {
    require(cell[i] != '\0' && cell[i] != '\r', "a cell has no raw NUL and no carriage return");
    if (cell[i] == '\\') require(++i < cell.size() && std::string_view("\\tnr").find(cell[i]) != std::string_view::npos, "what follows a backslash is an escape");
  }
}

void check_copy(std::string_view text, size_t columns, size_t rows) {
  require(is_utf8(text), "COPY's text is UTF-8");
  size_t cells = 0, lines = 0, from = 0;
  for (size_t at = text.find_first_of("\t\n"); at != text.npos; at = text.find_first_of("\t\n", from)) {
    check_cell(text.substr(from, at - from));
    ++cells;
    from = at + 1;
    if (text[at] == '\t') continue;
    require(cells == columns, "a row has a cell for each column");
    cells = 0;
    ++lines;
  }
  require(from == text.size(), "the last row ends with a line feed");
  require(lines == rows, "each row is there");
}

// No column of kTable has a comma in its name.
size_t columns_in(std::string_view list) {
  size_t count = list.empty() ? 0 : 1;
  for (const char c : list) count += c == ',';
  return count;
}

// ---- one batch -----------------------------------------------------------------------------------------------------------

// True where it was refused in one of the two ways.
template <class Work>
bool refuses(Work&& work) {
  try {
    work();
    return false;
  } catch (const RecordError& e) {
    require_sentence(e.what());
  } catch (const SettingNeeded& e) {
    require_sentence(e.what());
  }
  return true;
}

// Any value into a column of any type, whatever its field is called.
void cross(const Image& image, const ColumnType& type, const Settings& settings) {
  static const Placeholder placeholder("__debezium_unavailable_value");
  if (!image.row.is_object()) return;
  for (const Json field : image.row) {
    const Schema* schema = image.schema ? image.schema->find(field.key()) : nullptr;
    (void)placeholder.matches(field, type, settings.values.binary);
    if (const auto name = repaired_name(field.key())) require(is_utf8(*name), "a repaired name is UTF-8");
    std::string cell;
    if (!refuses([&] { append_cell(cell, field, schema, type, settings.values); })) check_copy(cell + "\n", 1, 1);
    if (schema) refuses([&] { (void)sql_type_of(*schema); });
  }
}

void make_tables(const Change& change, const Settings& settings) {
  const TableName name{"public", "kitchen"};
  refuses([&] { (void)create_history_table(settings, name, change); });
  refuses([&] { (void)create_current_table(settings, name, change); });
}

struct Batch {
  Batch(const Settings& settings, const ColumnType& crossed)
      : settings_(settings), crossed_(crossed), history_(settings, kTable, true), current_(settings, kTable, true) {
    history_.begin(1'700'000'000'000'000);
    current_.begin(1'700'000'000'000'000);
  }

  void add(const Change& change) {
    cross(change.before, crossed_, settings_);
    cross(change.after, crossed_, settings_);
    make_tables(change, settings_);
    if (change.operation == Operation::truncate) return truncate(change);
    current_.read(change, kPlace);
    add_to_history(change, current_.key());
    current_.apply();
  }

  void finish() {
    refuses([&] {
      history_.finish();
      size_t rows = 0;
      for (const HistoryRows::Copy& copy : history_.copies()) {
        size_t lines = 0;
        for (const char c : copy.text) lines += c == '\n';
        check_copy(copy.text, columns_in(copy.columns), lines);
        rows += lines;
      }
      require(rows == history_.size(), "each change is a row of the history");
      current_.finish();
      for (const Merge& merge : current_.merges()) check_copy(merge.text, 2 + merge.key.size() + merge.columns.size(), merge.rows);
    });
    history_.mapping().take_notes();
    current_.mapping().take_notes();
  }

 private:
  static constexpr RecordPlace kPlace{"kitchen", 0, 7, 1'700'000'000'000};

  void add_to_history(const Change& change, std::string_view key) {
    const auto before = history_.size();
    try {
      history_.add(change, kPlace, key);
    } catch (...) {
      require(history_.size() == before, "a refused change leaves nothing in the history");
      throw;
    }
    require(history_.size() == before + 1, "a change is one row of the history");
  }

  void truncate(const Change& change) {
    if (history_.takes_empty_row()) add_to_history(change, "");
    current_.truncate();
  }

  const Settings& settings_;
  const ColumnType& crossed_;
  HistoryRows history_;
  CurrentRows current_;
};

std::optional<std::string_view> bytes_of(std::string_view part) { return part.empty() ? std::nullopt : std::optional(part); }

void run(std::string_view input) {
  if (input.size() < 4) return;
  const auto choice = [&](size_t i) { return static_cast<uint8_t>(input[i]); };
  const Settings settings = settings_of(choice(1), choice(2), choice(3));
  const ColumnType& crossed = kTable.columns[choice(0) % kTable.columns.size()].type;
  std::string_view records = input.substr(4);
  EnvelopeDecoder decoder(true);
  std::optional<Batch> batch;  // made for the first change: most inputs have none
  for (bool more = true; more;) {
    const size_t end = records.find('\x1e');
    const std::string_view record = records.substr(0, end);
    more = end != records.npos;
    if (more) records.remove_prefix(end + 1);
    const size_t key_end = record.find('\x1f');
    const auto key = key_end == record.npos ? std::nullopt : bytes_of(record.substr(0, key_end));
    const auto value = bytes_of(key_end == record.npos ? record : record.substr(key_end + 1));
    refuses([&] {
      const Event event = decoder.decode(key, value);
      if (event.skip) return;
      if (!batch) batch.emplace(settings, crossed);
      batch->add(event.change);
    });
  }
  if (batch) batch->finish();
}

}  // namespace
}  // namespace sluice::debezium

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sluice::debezium::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
