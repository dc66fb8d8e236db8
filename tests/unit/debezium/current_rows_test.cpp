#include "current_table.h"

using namespace sluice::debezium;

namespace {

constexpr const char* kUnchanged = R"("__debezium_unavailable_value")";

Settings with(void (*change_some)(Settings&)) {
  Settings s = current_settings();
  change_some(s);
  return s;
}

const auto kSoft = [](Settings& s) {
  s.deletes = Deletes::soft;
  s.soft_delete_column = "gone";
};
const auto kGuard = [](Settings& s) { s.lsn_column = "lsn"; };

}  // namespace

TEST_CASE("current rows: A1, A2, A13: of the changes of a key the last one counts, whatever came before it") {
  Folded b;
  b.upsert(1, R"({"id":1,"note":"a"})");
  b.tombstone(1);
  b.upsert(1, R"({"id":1,"note":"b"})");
  b.add(key_of(2), change("c", "null", R"({"id":2,"note":"a"})"));
  b.remove(2);
  b.upsert(3, R"({"id":3,"note":"a"})");
  b.upsert(3, R"({"id":3,"note":"b"})");
  b.upsert(3, R"({"id":3,"note":"c"})");
  b.remove(4);
  b.tombstone(5);
  CHECK(b.finished() == "id note\nx 1 b\nd 2 \\N\nu 3 c\nd 4 \\N\nd 5 \\N\n");
}

TEST_CASE("current rows: a row that was removed and made anew keeps nothing of the old one") {
  Folded b;
  b.upsert(1, R"({"id":1,"note":"a","extra":"x"})");
  b.remove(1);
  b.upsert(1, R"({"id":1,"note":"b"})");
  b.upsert(2, R"({"id":2,"note":"a","extra":"x"})");
  b.upsert(2, R"({"id":2,"note":"b"})");
  CHECK(b.finished() == "id note extra\nx 1 b -\nu 2 b x\n");
}

TEST_CASE("current rows: A8, A20: a change of key takes the old row away, and a row that came and went leaves none") {
  Folded b;
  b.remove(1, 5);
  b.tombstone(1);
  b.add(key_of(2), change("c", "null", R"({"id":2,"note":"a"})", 5));
  b.add(key_of(3), change("c", "null", R"({"id":3,"note":"a"})", 6));
  b.upsert(3, R"({"id":3,"note":"b"})", 6);
  b.remove(3, 6);
  CHECK(b.finished() == "id note\nd 1 \\N\nu 2 a\nd 3 \\N\n");
}

TEST_CASE("current rows: C7: an unchanged large value keeps what the batch had, and is nobody's where a new row begins") {
  const std::string unchanged = R"({"id":1,"note":)" + std::string(kUnchanged) + R"(,"extra":"y"})";
  Folded b;
  b.upsert(1, R"({"id":1,"note":"x","extra":"x"})");
  b.upsert(1, unchanged);
  CHECK(b.finished() == "id note extra\nu 1 x y\n");
  b.begin();
  b.upsert(1, unchanged);
  CHECK(b.finished() == "id note extra\nu 1 ~ y\n");
  b.begin();
  b.upsert(1, R"({"id":1,"note":"x","extra":"x"})");
  b.remove(1);
  b.upsert(1, unchanged);
  CHECK(b.finished() == "id note extra\nx 1 ~ y\n");
  b.begin();
  b.upsert(1, unchanged);
  b.upsert(1, R"({"id":1,"note":"x"})");
  CHECK(b.finished() == "id note extra\nu 1 x y\n");
}

TEST_CASE("current rows: C4, C28: a null is written, a column that the events do not have is left alone") {
  Folded b;
  b.upsert(1, R"({"id":1,"note":null})");
  b.upsert(2, R"({"id":2,"extra":""})");
  CHECK(b.finished() == "id note extra\nu 1 \\N -\nu 2 - \n");
}

TEST_CASE("current rows: B1: rows with the same columns share a group, in whatever order they come") {
  Folded b;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = std::to_string(i);
    b.upsert(i, "{\"id\":" + id + (i % 2 == 0 ? R"(,"note":"a"})" : R"(,"note":"a","extra":"x"})"));
  }
  b.rows.finish();
  REQUIRE(b.rows.merges().size() == 1);
  const Merge& merge = b.rows.merges().front();
  CHECK(merge.rows == 1000);
  REQUIRE(merge.groups.size() == 2);
  CHECK(merge.groups[0].rows == 500);
  CHECK(merge.groups[1].rows == 500);
}

TEST_CASE("current rows: A15: a truncate takes what came before it, in the batch too") {
  Folded b;
  b.upsert(1, R"({"id":1,"note":"a"})");
  b.rows.truncate();
  b.upsert(2, R"({"id":2,"note":"b"})");
  CHECK(b.finished() == "TRUNCATE id note\nu 2 b\n");
  b.begin();
  b.upsert(1, R"({"id":1,"note":"a"})");
  b.rows.truncate();
  CHECK(b.finished() == "TRUNCATE id\n");
  b.begin();
  b.upsert(1, R"({"id":1,"note":"a"})");
  CHECK(b.finished() == "id note\nu 1 a\n");
}

TEST_CASE("current rows: A21: a soft delete changes the mark alone, and a row that comes back loses it") {
  Folded b(with(kSoft));
  b.add(key_of(1), change("d", R"({"id":1,"note":null,"extra":""})", "null"));
  b.upsert(2, R"({"id":2,"note":"a"})");
  b.remove(2);
  b.remove(3);
  b.upsert(3, R"({"id":3,"note":"a"})");
  b.upsert(4, R"({"id":4,"note":"a"})");
  CHECK(b.finished() == "id note gone\ns 1 \\N t\nu 2 a t\nu 3 a f\nu 4 a f\n");

  Settings timed = with(kSoft);
  timed.soft_delete_column = "gone_at";
  Folded at(timed);
  at.remove(1, 7);
  at.upsert(2, R"({"id":2,"note":"a"})");
  CHECK(at.finished() == "id note gone_at\ns 1 \\N 1970-01-01 00:00:07\nu 2 a \\N\n");
}

TEST_CASE("current rows: deletes that are ignored leave the row, and what comes next is written over it") {
  Folded b(with([](Settings& s) { s.deletes = Deletes::ignore; }));
  b.remove(1);
  b.upsert(2, R"({"id":2,"note":"a"})");
  b.tombstone(2);
  CHECK(b.finished() == "id note\nu 2 a\n");
  b.begin();
  b.remove(1);
  CHECK(b.finished().empty());
}

TEST_CASE("current rows: A18, A19: with lsn.column an older change does not undo a newer one of the batch") {
  Folded b(with(kGuard));
  b.upsert(1, R"({"id":1,"note":"new"})", 20);
  b.upsert(1, R"({"id":1,"note":"old"})", 10);
  b.remove(2, 20);
  b.upsert(2, R"({"id":2,"note":"old"})", 10);
  b.upsert(3, R"({"id":3,"note":"a"})", 20);
  b.upsert(3, R"({"id":3,"note":"b"})", 20);
  b.upsert(4, R"({"id":4,"note":"new"})", 20);
  b.remove(4, 10);
  b.upsert(5, R"({"id":5,"note":"a"})", 20);
  b.tombstone(5);  // says no LSN, and is as new as what is there
  CHECK(b.finished() == "id note lsn\nu 1 new 20\nd 2 \\N 20\nu 3 b 20\nu 4 new 20\nd 5 \\N 20\n");
  CHECK(b.rows.older_changes() == 3);
  b.begin();
  CHECK(b.rows.older_changes() == 0);
}

TEST_CASE("current rows: an LSN has the column's form, and events that say none are no reason to write without the guard") {
  Settings settings = with(kGuard);
  Table table = notes();
  table.columns[3] = column("lsn", TypeKind::other, "pg_lsn");
  Folded b(settings, table);
  b.add(key_of(1), R"({"op":"c","before":null,"after":{"id":1},"source":{"lsn":4294967306}})");
  CHECK(b.finished() == "id lsn\nu 1 1/a\n");
  CHECK(outcome([&](std::string&) { b.add(key_of(1), R"({"op":"c","before":null,"after":{"id":1},"source":{}})"); }) == "?lsn.column");
}

TEST_CASE("current rows: A9: rows are told apart by all columns of the record's key, and by a key that is not among the fields") {
  Table table{R"("t")", "t", {column("a", TypeKind::text), column("b", TypeKind::integer), column("v", TypeKind::text)}, {{"b", "a"}}};
  Folded b(current_settings(), table);
  b.add(R"({"a":"x","b":1})", change("c", "null", R"({"a":"x","b":1,"v":"1"})"));
  b.add(R"({"a":"x","b":2})", change("c", "null", R"({"v":"2"})"));
  b.add(R"({"a":"x","b":1})", change("d", "null", "null"));
  b.add(R"({"a":"tab\tx","b":1})", change("c", "null", R"({"a":"tab\tx","b":1,"v":"3"})"));
  CHECK(b.finished() == "a b v\nu tab\\tx 1 3\nd x 1 \\N\nu x 2 2\n");
}

TEST_CASE("current rows: an empty text is a key like any other, alone, among others and as an old one") {
  Table table{R"("t")", "t", {column("a", TypeKind::text), column("b", TypeKind::text), column("v", TypeKind::text)}, {{"a", "b"}, {"a"}}};
  Folded b(current_settings(), table);
  b.add(R"({"a":"","b":"1"})", change("c", "null", R"({"a":"","b":"1","v":"x"})"));
  b.add(R"({"a":"1","b":""})", change("c", "null", R"({"a":"1","b":"","v":"y"})"));
  CHECK(b.finished() == "a b v\nu  1 x\nu 1  y\n");
  Settings settings = current_settings();
  settings.key_columns = {"a"};
  Folded moved(settings, table);
  moved.add(std::nullopt, change("u", R"({"a":"","v":"x"})", R"({"a":"1","v":"x"})"));
  CHECK(moved.finished() == "a v\nd  \\N\nu 1 x\n");
}

TEST_CASE("current rows: rows by another key have a merge of their own, after the first") {
  Table table = notes();
  Folded b(current_settings(), table);
  b.upsert(1, R"({"id":1,"note":"a"})");
  b.add(R"({"note":"b"})", change("c", "null", R"({"id":2,"note":"b"})"));
  CHECK(b.finished() == "id note\nu 1 a\nnote id\nu b 2\n");
}

TEST_CASE("current rows: key.columns tell rows apart whatever the record's key is, and their change moves the row") {
  Settings settings = current_settings();
  settings.key_columns = {"note"};
  Folded b(settings);
  b.add(std::nullopt, change("c", "null", R"({"id":1,"note":"a"})"));
  b.add(key_of(1), change("u", R"({"id":1,"note":"a"})", R"({"id":1,"note":"b"})"));
  b.add(std::nullopt, change("u", R"({"id":2,"note":"c"})", R"({"id":3,"note":"c"})"));
  // Old images that do not have the column, as of another replica identity, tell of no change.
  b.add(std::nullopt, change("u", R"({"id":4,"note":null})", R"({"id":4,"note":"d"})"));
  b.add(std::nullopt, change("u", R"({"id":5})", R"({"id":5,"note":"e"})"));
  CHECK(b.finished() == "note id\nd a \\N\nu b 1\nu c 3\nu d 4\nu e 5\n");
}

TEST_CASE("current rows: a change of key marks the old row where deletes are soft") {
  for (const std::string mark : {"gone", "gone_at"}) {
    CAPTURE(mark);
    Settings settings = with(kSoft);
    settings.soft_delete_column = mark;
    settings.key_columns = {"note"};
    Folded b(settings);
    b.add(std::nullopt, change("u", R"({"id":1,"note":"a"})", R"({"id":1,"note":"b"})", 7));
    CHECK(b.finished() == "note id " + mark + "\ns a \\N " + (mark == "gone" ? "t" : "1970-01-01 00:00:07") + "\nu b 1 " + (mark == "gone" ? "f" : "\\N") + "\n");
  }
}

TEST_CASE("current rows: A10: what names no row is refused, and leaves the batch as it was") {
  Folded b;
  b.upsert(1, R"({"id":1,"note":"a"})");
  const auto refused = [&](std::optional<std::string_view> key, const std::string& value) {
    return outcome([&](std::string&) { b.add(key, value); });
  };
  CHECK(refused(std::nullopt, change("d", R"({"id":1,"note":"a"})", "null")) == "!key");
  CHECK(refused(R"({"id":null})", change("d", "null", "null")) == "!23502");
  CHECK(refused(R"({"id":null})", change("u", "null", R"({"id":null,"note":"x"})")) == "!23502");
  CHECK(refused(key_of(2), change("u", "null", R"({"id":2,"note":"half\u0000"})")) == "!22021");
  CHECK(b.finished() == "id note\nu 1 a\n");
}

TEST_CASE("current rows: A11: settings and tables that cannot tell rows apart are refused, with the setting's name") {
  const auto refused = [](const Settings& settings, const Table& table, std::optional<std::string_view> key) {
    return outcome([&](std::string&) {
      Folded b(settings, table);
      b.add(key, change("c", "null", R"({"id":1,"note":"a"})"));
    });
  };
  Table keyless = notes(), other = notes();
  keyless.keys.clear();
  other.keys = {{"extra"}, {"id", "note"}};
  Settings by_extra = current_settings(), by_none = current_settings(), no_lsn = with(kGuard), text_lsn = with(kGuard), text_mark = with(kSoft);
  by_extra.key_columns = {"extra"};
  by_none.key_columns = {"no_such"};
  no_lsn.lsn_column = "no_such";
  text_lsn.lsn_column = "note";
  text_mark.soft_delete_column = "note";
  CHECK(refused(current_settings(), notes(), key_of(1)).empty());
  CHECK(refused(current_settings(), notes(), std::nullopt) == "?key.columns");
  CHECK(refused(current_settings(), keyless, key_of(1)) == "?key.columns");
  CHECK(refused(current_settings(), other, key_of(1)) == "?key.columns");
  CHECK(refused(by_extra, notes(), key_of(1)) == "?key.columns");
  CHECK(refused(by_none, notes(), key_of(1)) == "?key.columns");
  CHECK(refused(no_lsn, notes(), key_of(1)) == "?lsn.column");
  CHECK(refused(text_lsn, notes(), key_of(1)) == "?lsn.column");
  CHECK(refused(text_mark, notes(), key_of(1)) == "?soft.delete.column");
}
