#include "debezium_postgres_sink/write/merge_sql.h"

#include "current_table.h"

using namespace sluice::debezium;

namespace {

std::vector<std::string> statements(Folded& b) {
  b.rows.finish();
  std::vector<std::string> all;
  for (const Merge& merge : b.rows.merges())
    for (const MergeStatement& statement : merge_statements("stage", b.table, merge)) all.push_back(statement.sql);
  return all;
}

}  // namespace

TEST_CASE("merge sql: B1: however the columns of rows alternate, there is one statement for each set of them") {
  Folded b;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = std::to_string(i);
    b.upsert(i, "{\"id\":" + id + (i % 2 == 0 ? R"(,"note":"a"})" : R"(,"note":"a","extra":"x"})"));
  }
  b.remove(5000);
  const auto all = statements(b);
  REQUIRE(all.size() == 3);
  CHECK(all[0] == R"(DELETE FROM "public"."notes" t USING stage s WHERE s."sluice.fate" IN ('d', 'x') AND t."id" = s."id")");
  for (size_t group = 0; group < 2; ++group) {  // which set comes first is nobody's business
    const std::string& sql = all[group + 1];
    CAPTURE(sql);
    CHECK(mentions(sql, "WHERE s.\"sluice.group\" = " + std::to_string(group) + R"( AND s."sluice.fate" IN ('u', 'x') ORDER BY s."id")"));
    if (mentions(sql, "extra"))
      CHECK(mentions(sql, R"(ON CONFLICT ("id") DO UPDATE SET "note" = EXCLUDED."note", "extra" = EXCLUDED."extra")"));
    else
      CHECK(mentions(sql, R"(INSERT INTO "public"."notes" AS t ("id", "note") SELECT s."id", s."note" FROM stage s)"));
  }
}

TEST_CASE("merge sql: A10: each removal and each mark names the whole key") {
  Table table{R"("t")", "t", {column("a", TypeKind::text), column("b", TypeKind::integer), column("gone", TypeKind::boolean)}, {{"a", "b"}}};
  for (const bool soft : {false, true}) {
    Settings settings = current_settings();
    settings.deletes = soft ? Deletes::soft : Deletes::remove;
    settings.soft_delete_column = "gone";
    Folded b(settings, table);
    b.add(R"({"a":"x","b":1})", change("d", "null", "null"));
    const auto all = statements(b);
    REQUIRE(all.size() == 1);
    CHECK(all[0] == (soft ? R"(UPDATE "t" t SET "gone" = s."gone" FROM stage s WHERE s."sluice.fate" = 's' AND t."a" = s."a" AND t."b" = s."b")"
                          : R"(DELETE FROM "t" t USING stage s WHERE s."sluice.fate" IN ('d', 'x') AND t."a" = s."a" AND t."b" = s."b")"));
  }
}

TEST_CASE("merge sql: D1: names are quoted exactly, in the stage too") {
  Table table{R"("Sales"."we""ird")", "x", {column("Order", TypeKind::integer, "integer"), column("a.b", TypeKind::text), column("we\"ird", TypeKind::text)}, {{"Order"}}};
  Folded b(current_settings(), table);
  b.add(R"({"Order":1})", change("c", "null", R"({"Order":1,"a.b":"z; drop table t; --","we\"ird":"x"})"));
  const auto all = statements(b);
  REQUIRE(all.size() == 1);
  CHECK(mentions(all[0], R"(INSERT INTO "Sales"."we""ird" AS t ("Order", "a.b", "we""ird"))"));
  CHECK(mentions(all[0], R"(ON CONFLICT ("Order") DO UPDATE SET "a.b" = EXCLUDED."a.b", "we""ird" = EXCLUDED."we""ird")"));
  CHECK(copy_into_stage("stage", b.rows.merges().front()) == R"(COPY stage ("sluice.group", "sluice.fate", "Order", "a.b", "we""ird") FROM STDIN)");
  CHECK(mentions(create_stage("stage", table), R"(, "Order", "a.b", "we""ird" FROM "Sales"."we""ird" WITH NO DATA)"));
}

TEST_CASE("merge sql: the guard stands in every statement, and lets what says no LSN through") {
  Settings settings = current_settings();
  settings.lsn_column = "lsn";
  Folded b(settings);
  b.upsert(1, R"({"id":1,"note":"a"})");
  b.upsert(2, R"({"id":2,"note":"__debezium_unavailable_value"})");
  b.remove(3);
  const auto all = statements(b);
  REQUIRE(all.size() >= 3);
  for (const std::string& sql : all) {
    CAPTURE(sql);
    CHECK(mentions(sql, R"("lsn" IS NULL OR t."lsn" <= )"));
  }
}

TEST_CASE("merge sql: C6, A14: a row with unchanged large values is updated without them, and made with NULL only where it is missing") {
  Folded b;
  b.upsert(1, R"({"id":1,"note":"__debezium_unavailable_value","extra":"x"})");
  b.rows.finish();
  const auto all = merge_statements("stage", b.table, b.rows.merges().front());
  REQUIRE(all.size() == 2);
  CHECK(mentions(all[0].sql, R"(UPDATE "public"."notes" t SET "extra" = s."extra" FROM stage s)"));
  CHECK_FALSE(all[0].counts_inserted);
  CHECK(mentions(all[1].sql, R"(("id", "extra", "note") SELECT)"));
  CHECK(mentions(all[1].sql, R"(NOT EXISTS (SELECT FROM "public"."notes" e WHERE e."id" = s."id"))"));
  CHECK(all[1].counts_inserted);
}

TEST_CASE("merge sql: C28: events without a column that must not be NULL update the rows that are there") {
  Table table = notes();
  table.columns[1].not_null = true;
  Folded b(current_settings(), table);
  b.upsert(1, R"({"id":1,"extra":"x"})");
  const auto all = statements(b);
  REQUIRE(all.size() == 2);
  CHECK(all[0].starts_with("UPDATE "));
  table.columns[1].has_default = true;
  Folded with_default(current_settings(), table);
  with_default.upsert(1, R"({"id":1,"extra":"x"})");
  CHECK(statements(with_default).size() == 1);
}

TEST_CASE("merge sql: C25, C26: an identity column is inserted and never set, a generated one is in no list") {
  Table table = notes();
  table.columns[0].identity_always = true;
  table.columns[2].generated = true;
  Folded b(current_settings(), table);
  b.upsert(1, R"({"id":1,"note":"a","extra":"x"})");
  const auto all = statements(b);
  REQUIRE(all.size() == 1);
  CHECK(mentions(all[0], R"(("id", "note") OVERRIDING SYSTEM VALUE SELECT)"));
  CHECK_FALSE(mentions(all[0], "\"extra\""));
  CHECK_FALSE(mentions(create_stage("stage", table), "\"extra\""));
}

TEST_CASE("merge sql: a row of nothing but its key is made where it is missing and otherwise left") {
  Folded b;
  b.upsert(1, R"({"id":1})");
  const auto all = statements(b);
  REQUIRE(all.size() == 1);
  CHECK(all[0].ends_with(R"(ON CONFLICT ("id") DO NOTHING)"));
}
