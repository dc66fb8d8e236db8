#include "orders_fact.h"

using namespace sluice::debezium;

namespace {

// Tables of a few columns, where the columns that a history fills itself would only be in the way.
Table small_table() {
  return {R"("public"."t")", "t",
          {column("id", TypeKind::integer), column("note", TypeKind::text), column("photo", TypeKind::bytea), column("extra", TypeKind::text)}};
}

std::string event(const std::string& op, const std::string& before, const std::string& after) {
  return R"({"op":")" + op + R"(","before":)" + before + R"(,"after":)" + after +
         R"(,"source":{"ts_us":1000001,"ts_ms":1000,"lsn":4294967296,"txId":791},"ts_ms":2000})";
}
std::string created(const std::string& after) { return event("c", "null", after); }

Settings with_columns(std::vector<std::pair<std::string, std::string>> columns) {
  Settings s = usual_settings();
  s.columns = std::move(columns);
  return s;
}

}  // namespace

TEST_CASE("history rows: an order becomes a row of orders_fact, and id is left to the sequence") {
  Batched b;
  const std::string row =
      R"({"order_id":3,"customer_id":7,"product_name":null,"amount":"+x4=","status":"PAID","created_at":1704067200500000,"updated_at":-1})";
  b.add("{\"order_id\":3}", created(row));
  b.add("{\"order_id\":3}", event("u", row, row));
  b.add("{\"order_id\":3}", event("d", row, "null"));
  b.add("{\"order_id\":3}", event("r", "null", row));
  const std::string common = "3\t7\t\\N\t-12.50\tPAID\t2024-01-01 00:00:00.5\t1969-12-31 23:59:59.999999\n";
  const std::string times = "1970-01-01 00:00:01.000001\t2023-11-14 22:13:20\t";
  CHECK(b.finished() ==
        "\"cdc_timestamp\", \"processed_at\", \"operation_type\", \"order_id\", \"customer_id\", \"product_name\", \"amount\", \"status\", "
        "\"created_at\", \"updated_at\"\n" +
            times + "INSERT\t" + common + times + "UPDATE\t" + common + times + "DELETE\t" + common + times + "SNAPSHOT\t" + common);
  CHECK(b.rows.size() == 4);
  CHECK(b.rows.mapping().take_notes().empty());
}

TEST_CASE("history rows: only what columns lists is written, one field into two columns if asked") {
  Batched b(with_columns({{"order_id", "id"}, {"customer_id", "id"}, {"status", "state"}, {"operation_type", "@op"}}));
  b.add(std::nullopt, created(R"({"state":"NEW","id":5,"else":{"not":"looked at"}})"));
  b.add(std::nullopt, created(R"({"id":6,"state":null})"));
  CHECK(b.finished() ==
        "\"order_id\", \"customer_id\", \"status\", \"operation_type\"\n"
        "5\t5\tNEW\tc\n"
        "6\t6\t\\N\tc\n");
  CHECK(b.rows.mapping().take_notes().empty());
}

TEST_CASE("history rows: a field that columns names and no event has is said once, and NULL") {
  Batched b(with_columns({{"order_id", "order_id"}, {"amount", "amuont"}}));
  for (int batch = 0; batch < 2; ++batch) {
    b.begin();
    b.add(std::nullopt, created(R"({"order_id":5,"amount":"AQ=="})"));
    CHECK(b.finished() == "\"order_id\", \"amount\"\n5\t\\N\n");
    const auto notes = b.rows.mapping().take_notes();
    REQUIRE(notes.size() == (batch == 0 ? 1 : 0));
    if (batch == 0) CHECK(mentions(notes[0], "\"amuont\""));
  }
}

TEST_CASE("history rows: each @ source says what it is named after") {
  struct Case { std::string source; TargetColumn target; std::string text; };
  const Case cases[] = {
      {"@op", column("c", TypeKind::text), "u"}, {"@operation", column("c", TypeKind::text), "UPDATE"},
      {"@source.ts", column("c", TypeKind::timestamp), "1970-01-01 00:00:01.000001"}, {"@ts", column("c", TypeKind::timestamptz), "1970-01-01 00:00:02"},
      {"@now", column("c", TypeKind::text), "2023-11-14 22:13:20"}, {"@lsn", column("c", TypeKind::integer, "bigint"), "4294967296"},
      {"@lsn", column("c", TypeKind::other, "pg_lsn"), "1/0"}, {"@txid", column("c", TypeKind::integer), "791"},
      {"@topic", column("c", TypeKind::text), "a\\tb"}, {"@partition", column("c", TypeKind::integer), "3"},
      {"@offset", column("c", TypeKind::integer), "9223372036854775807"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.source);
    Batched b(with_columns({{"c", c.source}}), {R"("t")", "t", {c.target}});
    b.add(std::nullopt, event("u", "null", "{}"), {"a\tb", 3, 9223372036854775807});
    CHECK(b.finished() == std::string("\"c\"\n") + c.text + "\n");
  }
}

TEST_CASE("history rows: the source's time is that of microseconds, else milliseconds, else NULL") {
  struct Case { std::string source; std::string text; };
  const Case cases[] = {
      {R"({"ts_us":1500000,"ts_ms":9})", "1970-01-01 00:00:01.5"}, {R"({"ts_ms":1500})", "1970-01-01 00:00:01.5"},
      {R"({"ts_us":null,"ts_ms":1500})", "1970-01-01 00:00:01.5"}, {"{}", "\\N"}, {R"({"ts_ms":null})", "\\N"},
      {R"({"lsn":null,"txId":null,"ts_ms":0})", "1970-01-01 00:00:00"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.source);
    Batched b(with_columns({{"cdc_timestamp", "@source.ts"}, {"order_id", "@lsn"}, {"customer_id", "@txid"}}));
    b.add(std::nullopt, std::string(R"({"op":"c","after":{},"source":)") + c.source + "}");
    CHECK(b.rows.text() == std::string(c.text) + "\t\\N\t\\N\n");
  }
}

TEST_CASE("history rows: a snapshot is called what the setting says") {
  Settings settings = with_columns({{"operation_type", "@operation"}});
  settings.snapshot_name = "IN\tIT";
  Batched b(settings);
  b.add(std::nullopt, event("r", "null", "{}"));
  CHECK(b.rows.text() == "IN\\tIT\n");
}

TEST_CASE("history rows: a delete takes from its key what the old row lacks, and nothing else") {
  struct Case { std::string name; std::string key; std::string before; std::string text; };
  const Case cases[] = {
      {"no old row", R"({"id":5})", "null", "5\t\\N\n"},
      {"key columns null", R"({"id":5})", R"({"id":null,"note":null})", "5\t\\N\n"},
      {"key and nulls", R"({"id":5})", R"({"id":5,"note":null})", "5\t\\N\n"},
      {"whole row", R"({"id":6})", R"({"id":5,"note":"n"})", "5\tn\n"},
      {"no key", "null", R"({"id":5,"note":"n"})", "5\tn\n"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    for (const bool listed : {false, true}) {
      Batched b(listed ? with_columns({{"id", "id"}, {"note", "note"}}) : usual_settings(), small_table());
      b.add("{}", created(R"({"id":1,"note":"a"})"));
      b.add(c.key, event("d", c.before, "null"));
      CHECK(b.rows.text() == std::string("1\ta\n") + c.text);
    }
  }
}

TEST_CASE("history rows: a delete by key reads the key by the key's schema") {
  Table table = small_table();
  table.columns.push_back(column("at", TypeKind::timestamp));
  Batched b(usual_settings(), table);
  b.add(R"({"schema":{"type":"struct","fields":[{"type":"int64","name":"io.debezium.time.Timestamp","field":"at"}]},"payload":{"at":1000}})",
        event("d", "null", "null"));
  CHECK(b.finished() == "\"at\"\n1970-01-01 00:00:01\n");
}

TEST_CASE("history rows: a field without a column blocks, or is left out and said once") {
  Batched fails(usual_settings(), small_table());
  fails.add(std::nullopt, created(R"({"id":1})"));
  for (int i = 0; i < 2; ++i)
    CHECK(outcome([&](std::string&) { fails.add(std::nullopt, created(R"({"id":2,"color":"red"})")); }) == "?unknown.columns");
  CHECK(fails.finished() == "\"id\"\n1\n");

  Settings settings = usual_settings();
  settings.unknown = UnknownColumns::ignore;
  Batched ignores(settings, small_table());
  for (int batch = 0; batch < 2; ++batch) {
    ignores.begin();
    ignores.add(std::nullopt, created(R"({"color":"red","id":1})"));
    ignores.add(std::nullopt, created(R"({"color":"blue","id":2})"));
    CHECK(ignores.finished() == "\"id\"\n1\n2\n");
    const auto notes = ignores.rows.mapping().take_notes();
    REQUIRE(notes.size() == (batch == 0 ? 1 : 0));
    if (batch == 0) CHECK(mentions(notes[0], "\"color\""));
  }
}

TEST_CASE("history rows: a column that appears in mid-batch is NULL in the rows before it, one that disappears in the rows after") {
  Batched b(usual_settings(), small_table());
  b.add(std::nullopt, created("{}"));
  b.add(std::nullopt, created(R"({"id":1})"));
  b.add(std::nullopt, created(R"({"id":2})"));
  b.add(std::nullopt, created(R"({"note":"x","id":3})"));
  b.add(std::nullopt, created(R"({"id":4,"extra":"y"})"));
  b.add(std::nullopt, created(R"({"extra":"z","note":"w"})"));
  CHECK(b.finished() ==
        "\"id\", \"note\", \"extra\"\n"
        "\\N\t\\N\t\\N\n"
        "1\t\\N\t\\N\n"
        "2\t\\N\t\\N\n"
        "3\tx\t\\N\n"
        "4\t\\N\ty\n"
        "\\N\tw\tz\n");
  CHECK(b.rows.size() == 6);
  b.begin();
  b.add(std::nullopt, created(R"({"note":"alone"})"));
  CHECK(b.finished() == "\"note\"\nalone\n");
}

TEST_CASE("history rows: B4, what a row becomes does not depend on its batch: a column's default stays what it is") {
  Table table = small_table();
  table.columns[3].has_default = true;  // extra
  Batched b(usual_settings(), table);
  b.add(std::nullopt, created(R"({"id":1})"));
  b.add(std::nullopt, created(R"({"id":2,"note":"n"})"));
  b.add(std::nullopt, created(R"({"id":3,"extra":"x"})"));
  b.add(std::nullopt, created(R"({"id":4,"extra":null,"note":"n"})"));
  b.add(std::nullopt, created(R"({"id":5})"));
  CHECK(b.finished() ==
        "\"id\", \"note\"\n1\t\\N\n2\tn\n"
        "\"id\", \"extra\", \"note\"\n3\tx\t\\N\n4\t\\N\tn\n"
        "\"id\"\n5\n");
  CHECK(b.rows.size() == 5);
}

TEST_CASE("history rows: an empty batch is no rows") {
  Batched b;
  b.rows.finish();
  CHECK(b.rows.size() == 0);
  CHECK(b.rows.copies().empty());
}

TEST_CASE("history rows: a field is read by its own record's schema, also when it changes its type in mid-batch") {
  const auto with_schema = [](const std::string& field, const std::string& value) {
    return R"({"schema":{"type":"struct","fields":[{"type":"struct","fields":[{"type":"int32","field":"id"},)" + field +
           R"(],"field":"after"}]},"payload":{"op":"c","source":{},"after":{"id":1,"note":)" + value + "}}}";
  };
  const std::string decimal = R"({"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"4"},"field":"note"})";
  Batched b(usual_settings(), small_table());
  b.add(std::nullopt, with_schema(decimal, "\"AQ==\""));
  b.add(std::nullopt, with_schema(R"({"type":"string","field":"note"})", "\"AQ==\""));
  b.add(std::nullopt, with_schema(decimal, "\"AQ==\""));
  CHECK(b.rows.text() == "1\t0.0001\n1\tAQ==\n1\t0.0001\n");
}

TEST_CASE("history rows: an unchanged large value comes from the old row, else it is NULL, never the placeholder") {
  const std::string text = "\"__debezium_unavailable_value\"", base64 = "\"X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==\"";
  struct Case { std::string name; std::string before; std::string after; std::string row; };
  const Case cases[] = {
      {"from before", R"({"id":1,"note":"old","photo":"AQ=="})", "{\"id\":1,\"note\":" + text + ",\"photo\":" + base64 + "}", "1\told\t\\\\x01\n"},
      {"no old row", "null", "{\"id\":1,\"note\":" + text + ",\"photo\":" + base64 + "}", "1\t\\N\t\\N\n"},
      {"nor in the old row", "{\"id\":1,\"note\":" + text + "}", "{\"id\":1,\"note\":" + text + ",\"photo\":" + base64 + "}", "1\t\\N\t\\N\n"},
      {"only part of a text", "null", R"({"id":1,"note":"the __debezium_unavailable_value of it","photo":null})",
       "1\tthe __debezium_unavailable_value of it\t\\N\n"},
      {"base64 in a text column is a text", "null", "{\"id\":1,\"note\":" + base64 + ",\"photo\":null}", "1\tX19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==\t\\N\n"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    for (const bool listed : {false, true}) {
      Batched b(listed ? with_columns({{"id", "id"}, {"note", "note"}, {"photo", "photo"}}) : usual_settings(), small_table());
      b.add(std::nullopt, event("u", c.before, c.after));
      CHECK(b.rows.text() == c.row);
    }
  }
  // In hex mode the placeholder of bytes is plain, and a setting may name another one.
  Settings settings = usual_settings();
  settings.placeholder = "gone";
  settings.values.binary = BinaryMode::hex;
  Batched b(settings, small_table());
  b.add(std::nullopt, event("u", "null", R"({"id":1,"note":"gone","photo":"gone"})"));
  CHECK(b.rows.text() == "1\t\\N\t\\N\n");
}

TEST_CASE("history rows: only an update can lack a value, so that an insert of the placeholder's text is that text") {
  Batched b(usual_settings(), small_table());
  b.add(std::nullopt, created(R"({"note":"__debezium_unavailable_value"})"));
  CHECK(b.rows.text() == "__debezium_unavailable_value\n");
}

TEST_CASE("history rows: a record that fails names its column and leaves the rows before and after it as they are") {
  Batched b(usual_settings(), small_table());
  b.add(std::nullopt, created(R"({"id":1,"note":"a"})"));
  const std::string before(b.rows.text());
  try {
    b.add(std::nullopt, created(R"({"id":2,"note":"half\u0000"})"));
    FAIL("U+0000 was taken");
  } catch (const RecordError& e) {
    CHECK(e.code == "22021");
    CHECK(e.column == "note");
    CHECK_FALSE(mentions(e.what(), "half"));
  }
  CHECK(outcome([&](std::string&) { b.add(std::nullopt, created(R"({"id":2,"extra":"y","photo":"no base64"})")); }) == "!22P02");
  CHECK(b.rows.text() == before);
  CHECK(b.rows.size() == 1);
  b.add(std::nullopt, created(R"({"id":3,"note":"c"})"));
  CHECK(b.finished().ends_with("\n1\ta\t\\N\t\\N\n3\tc\t\\N\t\\N\n"));
}

TEST_CASE("history rows: a setting that is missing names the column that needs it") {
  Table table{R"("t")", "t", {column("total", TypeKind::numeric, "numeric")}};
  Batched b(usual_settings(), table);
  try {
    b.add(std::nullopt, created(R"({"total":"1234"})"));
    FAIL("an ambiguous decimal was taken");
  } catch (const SettingNeeded& e) {
    CHECK(e.option == "decimal.handling.mode");
    CHECK(e.column == "total");
  }
}

TEST_CASE("history rows: a generated column is never written, as a field, as a usual column or by name") {
  Table table = orders_fact();
  for (const std::string name : {"status", "processed_at"})
    for (TargetColumn& c : table.columns) c.generated = c.generated || c.name == name;
  Batched b(usual_settings(), table);
  b.add(std::nullopt, created(R"({"order_id":1,"status":"NEW","processed_at":0})"));
  CHECK(b.finished() == "\"cdc_timestamp\", \"operation_type\", \"order_id\"\n1970-01-01 00:00:01.000001\tINSERT\t1\n");
  CHECK(b.rows.mapping().take_notes().empty());
  CHECK(outcome([&](std::string&) { Batched(with_columns({{"status", "status"}}), table); }) == "?columns");
}

TEST_CASE("history rows: settings that do not fit the table are refused before any row") {
  CHECK(outcome([&](std::string&) { Batched(with_columns({{"no_such", "order_id"}})); }) == "?columns");
  CHECK(outcome([&](std::string&) { Batched(with_columns({{"order_id", "@now"}})); }) == "?columns");
  CHECK(outcome([&](std::string&) { Batched(with_columns({{"amount", "@source.ts"}})); }) == "?columns");
}

TEST_CASE("history rows: names of columns are quoted exactly") {
  Table table{R"("t")", "t", {column("we\"ird", TypeKind::text), column("select", TypeKind::text), column("a.b", TypeKind::text), column("Order", TypeKind::text)}};
  Batched b(usual_settings(), table);
  b.add(std::nullopt, created(R"({"we\"ird":"1","select":"2","a.b":"3","Order":"z; drop table t; --"})"));
  CHECK(b.finished() == "\"we\"\"ird\", \"select\", \"a.b\", \"Order\"\n1\t2\t3\tz; drop table t; --\n");
}

TEST_CASE("history rows: D6: a snapshot's name and the stream's broken one fill the same column, in either order and in one batch") {
  const std::string sound = R"({"ünï":"sound"})", broken = "{\"\uFFC3\uFFBCn\uFFC3\uFFAF\":\"broken\"}";
  Batched b(usual_settings(), Table{R"("t")", "t", {column("ünï", TypeKind::text)}});
  for (const std::string& row : {sound, broken, sound}) b.add(std::nullopt, created(row));
  CHECK(b.finished() == "\"ünï\"\nsound\nbroken\nsound\n");
  b.begin();
  for (const std::string& row : {broken, sound}) b.add(std::nullopt, created(row));
  CHECK(b.finished() == "\"ünï\"\nbroken\nsound\n");
}

TEST_CASE("history rows: C4b, a schema default that may have replaced a NULL is stored as sent, and said once") {
  const std::string field = R"({"type":"int64","optional":true,"name":"io.debezium.time.MicroTimestamp","default":0,"field":"updated_at"})";
  const std::string key_field = R"({"type":"int32","optional":false,"default":0,"field":"order_id"})";
  const auto value = [&](const std::string& fields, const char* row) {
    return R"({"schema":{"type":"struct","fields":[{"type":"struct","fields":[)" + fields + R"(],"field":"after"}]},"payload":{"op":"c","source":{},"after":)" +
           row + "}}";
  };
  Batched b(with_columns({{"order_id", "order_id"}, {"updated_at", "updated_at"}}));
  b.add(std::nullopt, value(key_field, R"({"order_id":1})"));
  CHECK(b.rows.mapping().take_notes().empty());
  b.add(std::nullopt, value(key_field + "," + field, R"({"order_id":1,"updated_at":0})"));
  b.add(std::nullopt, value(key_field + "," + field, R"({"order_id":1,"updated_at":null})"));
  CHECK(b.rows.text() == "1\t\\N\n1\t1970-01-01 00:00:00\n1\t\\N\n");
  const auto notes = b.rows.mapping().take_notes();
  REQUIRE(notes.size() == 1);
  CHECK(mentions(notes[0], "replace.null.with.default=false"));
}

TEST_CASE("history: a row with more fields than Postgres has columns is refused, and leaves nothing") {
  Batched b;
  std::string row = R"({"op":"c","source":{},"after":{"order_id":1)";
  for (int i = 0; i < 2000; ++i) row += R"(,"order_id":1)";
  CHECK_THROWS_AS(b.add({}, row + "}}"), RecordError);
  b.add({}, R"({"op":"c","source":{"ts_ms":1},"after":{"order_id":2}})");
  CHECK(b.rows.size() == 1);
}

TEST_CASE("history rows: with * every other field goes to its column, and what is @none or renamed does not") {
  Settings s = with_columns({{"*", "*"}, {"note", "text"}, {"photo", "@none"}, {"extra", "@value:a\tb"}});
  s.writes_every_field = true;
  Batched b(s, small_table());
  // `hidden` has no column and is @none; `text` fills note, so that a field of that name does not.
  s.columns.push_back({"hidden", "@none"});
  Batched hides(s, small_table());
  hides.add(std::nullopt, created(R"({"id":1,"text":"t","note":"n","photo":"AQ==","extra":"e","hidden":"h"})"));
  CHECK(hides.finished() == "\"note\", \"extra\", \"id\"\nt\ta\\tb\t1\n");
  CHECK(hides.rows.mapping().take_notes().empty());
  // A field that nobody speaks of needs a column, as without `columns`.
  CHECK(outcome([&](std::string&) { b.add(std::nullopt, created(R"({"id":1,"hidden":"h"})")); }) == "?unknown.columns");
}

TEST_CASE("history rows: the record's own time, and columns by their folded names") {
  Table table{R"("public"."t")", "t", {column("id", TypeKind::integer), column("at", TypeKind::timestamp), column("__Raw", TypeKind::text)}};
  Settings s = with_columns({{"*", "*"}, {"at", "@kafka.ts"}});
  s.writes_every_field = true;
  s.folds_names = true;
  Batched b(s, table);
  b.add(std::nullopt, created(R"({"ID":7,"__Raw":"x"})"), {"orders", 0, 0, 1500});
  CHECK(b.finished() == "\"at\", \"id\", \"__Raw\"\n1970-01-01 00:00:01.5\t7\tx\n");
}

// ---- rows that are poured out while the batch is read -----------------------------------------------------------------------

namespace {

struct Poured : RowOutlet {
  struct Piece {
    std::string columns, text;
    CopyFormat format;
  };
  bool takes_binary() const override { return binary; }
  void pour(const Table&, const std::string& columns, CopyFormat format, std::string_view rows) override {
    pieces.push_back({columns, std::string(rows), format});
  }
  bool binary = false;
  std::vector<Piece> pieces;
};

const std::string kLarge(100'000, 'x');  // two of them are more than a piece

std::string with_note(int id, const std::string& note, const std::string& more = "") {
  return created("{\"id\":" + std::to_string(id) + ",\"note\":\"" + note + "\"" + more + "}");
}

}  // namespace

TEST_CASE("history rows: with an outlet rows go out in pieces, each once and in their order, and none is kept") {
  Batched b(usual_settings(), small_table());
  Poured out;
  b.rows.begin(0, &out);
  b.add(std::nullopt, with_note(1, kLarge));
  CHECK(out.pieces.empty());
  b.add(std::nullopt, with_note(2, kLarge));
  CHECK(out.pieces.size() == 1);
  b.add(std::nullopt, with_note(3, "last"));
  b.rows.finish();
  REQUIRE(out.pieces.size() == 2);
  CHECK(out.pieces[0].text == "1\t" + kLarge + "\n2\t" + kLarge + "\n");
  CHECK(out.pieces[1].text == "3\tlast\n");
  CHECK(out.pieces[1].columns == out.pieces[0].columns);
  CHECK(b.rows.copies().empty());
  CHECK(b.rows.size() == 3);
}

TEST_CASE("history rows: a column that comes up before anything is poured is NULL in the rows before it; after that it cannot be poured") {
  Batched b(usual_settings(), small_table());
  Poured out;
  b.rows.begin(0, &out);
  b.add(std::nullopt, with_note(1, "short"));
  b.add(std::nullopt, with_note(2, kLarge + kLarge, R"(,"extra":"e")"));
  REQUIRE(out.pieces.size() == 1);
  CHECK(out.pieces[0].text == "1\tshort\t\\N\n2\t" + kLarge + kLarge + "\te\n");
  b.add(std::nullopt, with_note(3, "without it"));
  b.add(std::nullopt, with_note(4, "s", R"(,"photo":"AQ==")"));
  CHECK_THROWS_AS(b.rows.finish(), CannotPour);
}

TEST_CASE("history rows: rows that differ in a column with a default are poured into a COPY of their own") {
  Table table = small_table();
  table.columns.back().has_default = true;
  Batched b(usual_settings(), table);
  Poured out;
  b.rows.begin(0, &out);
  b.add(std::nullopt, with_note(1, kLarge + kLarge));
  b.add(std::nullopt, with_note(2, "b", R"(,"extra":"e")"));
  b.add(std::nullopt, with_note(3, "c"));
  b.rows.finish();
  REQUIRE(out.pieces.size() == 3);
  CHECK(out.pieces[0].columns == R"("id", "note")");
  CHECK(out.pieces[1].columns == R"("id", "note", "extra")");
  CHECK(out.pieces[1].text == "2\tb\te\n");
  CHECK(out.pieces[2].columns == R"("id", "note")");
  CHECK(b.rows.size() == 3);
}

namespace {

// As small_table(), where one column has no binary format.
Table binary_table() {
  Table table = small_table();
  table.columns[0].type.wire = Wire::int4;
  table.columns[1].type.wire = Wire::text;
  table.columns[3].type.wire = Wire::text;
  return table;
}

// What becomes of rows where the outlet may take them as binary: one piece.
Poured::Piece poured(std::initializer_list<std::string> rows, bool takes_binary = true) {
  Batched b(usual_settings(), binary_table());
  Poured out;
  out.binary = takes_binary;
  b.rows.begin(0, &out);
  for (const std::string& row : rows) b.add(std::nullopt, created(row));
  b.rows.finish();
  REQUIRE(out.pieces.size() == 1);
  return out.pieces[0];
}

std::string operator""_bytes(const char* text, size_t size) { return {text, size}; }

}  // namespace

TEST_CASE("history rows: rows whose columns all have a binary format are poured in it, short ones with NULLs for what came up later") {
  const Poured::Piece piece = poured({R"({"id":5})", R"({"id":6,"note":"a\tb"})"});
  CHECK(piece.format == CopyFormat::binary);
  CHECK(piece.columns == R"("id", "note")");
  CHECK(piece.text == "\0\2" "\0\0\0\4\0\0\0\5" "\377\377\377\377" "\0\2" "\0\0\0\4\0\0\0\6" "\0\0\0\3a\tb"_bytes);
}

TEST_CASE("history rows: one column without a binary format, or an outlet that does not take it, and the rows are poured as text") {
  const Poured::Piece with_photo = poured({R"({"id":5,"photo":null})"}), refused = poured({R"({"id":5})"}, false);
  CHECK(with_photo.format == CopyFormat::text);
  CHECK(with_photo.text == "5\t\\N\n");
  CHECK(refused.format == CopyFormat::text);
  CHECK(refused.text == "5\n");
}

TEST_CASE("history rows: what has no binary form after all cannot be poured as such") {
  for (const char* row : {R"({"id":4294967296})", R"({"id":6,"photo":null})"}) {
    CAPTURE(row);
    bool for_binary = false;
    try {
      poured({R"({"id":5})", row});
    } catch (const CannotPour& e) {
      for_binary = e.for_binary;
    }
    CHECK(for_binary);
  }
}

TEST_CASE("history rows: nor is a column without a binary format that came up with a refused record") {
  Batched b(usual_settings(), binary_table());
  Poured out;
  out.binary = true;
  b.rows.begin(0, &out);
  b.add(std::nullopt, created(R"({"id":5})"));
  CHECK_THROWS_AS(b.add(std::nullopt, created(R"({"id":1.5,"photo":null})")), RecordError);
  CHECK_THROWS_AS(b.rows.finish(), CannotPour);
}
