#include "debezium_postgres_sink/map/table_name.h"

#include <stdexcept>

#include "fixture.h"

using namespace sluice::debezium;

namespace {

std::string parsed_table(std::string_view text) {
  try {
    const TableName name = TableNameTemplate(text).fill("", "", "");
    return name.schema + "|" + name.table;
  } catch (const std::invalid_argument& e) {
    CHECK_FALSE(std::string_view(e.what()).empty());
    return "refused";
  }
}

// For the topic "shop.public.Odd__Name" of the table public."Odd ""Name".
std::string filled(std::string_view text) {
  return outcome([&](std::string& out) {
    const TableName name = TableNameTemplate(text).fill("shop.public.Odd__Name", "public", "Odd \"Name");
    out += name.schema + "|" + name.table;
  });
}

}  // namespace

TEST_CASE("table name: a table's name is taken exactly, in one or two parts, and what Postgres would cut is refused") {
  const std::string longest(63, 'x');
  struct Case { std::string text; std::string parsed; };
  const Case cases[] = {
      {"orders_fact", "|orders_fact"}, {"sales.orders_fact", "sales|orders_fact"}, {"Orders", "|Orders"}, {R"("Orders")", "|Orders"},
      {R"("Odd ""Name")", R"(|Odd "Name)"}, {R"("a.b"."c.d")", "a.b|c.d"}, {R"(sales."a.b")", "sales|a.b"}, {R"("sales".t)", "sales|t"},
      {R"("""")", "|\""}, {"select", "|select"}, {"ünï", "|ünï"}, {longest, "|" + longest}, {"\"" + longest + "\"", "|" + longest},
      {longest + "." + longest, longest + "|" + longest},
      {longest + "x", "refused"}, {"s." + longest + "x", "refused"}, {longest + "x.t", "refused"}, {"\"" + longest + "x\"", "refused"},
      {std::string(62, 'x') + "ü", "refused"},
      {"", "refused"}, {".", "refused"}, {".t", "refused"}, {"s.", "refused"}, {"s..t", "refused"}, {R"("")", "refused"}, {"a.b.c", "refused"},
      {R"("open)", "refused"}, {R"("open"")", "refused"}, {R"("a"b)", "refused"}, {R"(a"b)", "refused"}, {R"("a" .b)", "refused"}, {"\"", "refused"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(parsed_table(c.text) == c.parsed);
  }
}

TEST_CASE("table name: each ${...} stands for what the record says, exactly, and is never split at a dot in it (D5, D8)") {
  CHECK(filled("${source.table}") == "|Odd \"Name");
  CHECK(filled("${source.schema}.${source.table}") == "public|Odd \"Name");
  CHECK(filled("\"${source.schema}\".\"${source.table}\"") == "public|Odd \"Name");
  CHECK(filled("${topic}") == "|shop.public.Odd__Name");
  CHECK(filled("raw.cdc_${source.table}_h") == "raw|cdc_Odd \"Name_h");
  CHECK_FALSE(TableNameTemplate("${topic}").is_fixed());
  CHECK_FALSE(TableNameTemplate("${topic}").needs_source());
  CHECK(TableNameTemplate("${source.schema}.t").needs_source());
  CHECK(TableNameTemplate("s.t").is_fixed());
}

TEST_CASE("table name: a topic's dots may become underscores, and names be folded as SQL folds them, as the JDBC sink has them") {
  CHECK(filled("dw.t_${topic.underscored}") == "dw|t_shop_public_Odd__Name");
  const auto folded_name = [](const char* text) { return shown(TableNameTemplate(text, true).fill("Shop.Orders", "Public", "Orders")); };
  CHECK(folded_name("${topic.underscored}") == "shop_orders");
  CHECK(folded_name("DW.${source.table}") == "dw.orders");
  CHECK(folded_name("_${source.table}") == "_Orders");
  CHECK(folded("ÄÖ_aB") == "ÄÖ_ab");
}

TEST_CASE("table name: what is no variable, has no value or comes out too long is refused") {
  for (const char* wrong : {"${tpoic}", "${source.tabel}", "a${", "${topic"}) CHECK(parsed_table(wrong) == "refused");
  CHECK(outcome([&](std::string&) { TableNameTemplate("${source.table}").fill("t", "", ""); }) == "?table.name");
  CHECK(outcome([&](std::string&) { TableNameTemplate("${topic}").fill(std::string(64, 't'), "", ""); }) == "?table.name");
}
