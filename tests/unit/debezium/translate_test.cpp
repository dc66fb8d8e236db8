#include "debezium_postgres_sink/translate/translate.h"

#include <doctest/doctest.h>

#include <iterator>
#include <random>

#include "debezium_postgres_sink/settings.h"
#include "debezium_postgres_sink/translate/jdbc_url.h"

using namespace sluice::debezium;

namespace {

const std::string kUrl = "jdbc:postgresql://db:5432/shop";

// What is set and what is left, one a line, sorted; what every JDBC sink gives is left out unless it differs.
std::string told(const SettingsMap& written) {
  const Answers answers = translate(written);
  std::string text;
  for (const auto& [name, value] : answers.settings()) text += name + "=" + value + "\n";
  for (const auto& [name, why] : answers.left()) text += "! " + name + ": " + why.substr(0, 40) + "\n";
  return text;
}

SettingsMap jdbc(SettingsMap settings) {
  settings.insert({{"connector.class", "io.debezium.connector.jdbc.JdbcSinkConnector"}, {"connection.url", kUrl}});
  return settings;
}

// One of the settings that come out; "!why" of what is left, under any name.
std::string told_of(const SettingsMap& written, const std::string& name) {
  const Answers answers = translate(written);
  for (const auto& [key, why] : answers.left()) return "!" + key;
  const auto found = answers.settings().find(name);
  return found == answers.settings().end() ? "" : found->second;
}

SettingsMap transforms(SettingsMap options, const std::string& list = "t") {
  SettingsMap settings{{"transforms", list}};
  for (auto& [name, value] : options) settings.emplace("transforms." + name, value);
  return settings;
}

}  // namespace

TEST_CASE("translate: the usual configuration of a JDBC sink keeps current rows") {
  CHECK(told(jdbc({{"connection.username", "shop"}, {"connection.password", "${file:/run/secrets/db.properties:password}"}, {"insert.mode", "upsert"},
                   {"primary.key.mode", "record_key"}, {"delete.enabled", "true"}, {"schema.evolution", "basic"}, {"use.time.zone", "UTC"},
                   {"batch.size", "1000"}, {"connection.pool.max_size", "8"}, {"hibernate.c3p0.idle_test_period", "300"}, {"errors.tolerance", "none"}})) ==
        "auto.create=true\n"
        "columns.*=*\n"
        "connection.password=${file:/run/secrets/db.properties:password}\n"
        "connection.url=host='db' port='5432' dbname='shop' user='shop'\n"
        "delete.mode=delete\n"
        "errors.tolerance=none\n"
        "identifiers=folded\n"
        "mode=current\n"
        "table.name=${topic.underscored}\n"
        "truncate.mode=ignore\n"
        "unknown.columns=add\n");
}

TEST_CASE("translate: which rows a JDBC sink keeps, by its modes") {
  struct Case { const char* name; SettingsMap settings; const char* asked; const char* answer; };
  const SettingsMap by_key{{"insert.mode", "upsert"}, {"primary.key.mode", "record_key"}};
  const auto with = [](SettingsMap settings, const SettingsMap& more) {
    for (const auto& [name, value] : more) settings[name] = value;
    return settings;
  };
  const Case cases[] = {
      {"nothing said: rows are added", {}, "mode", "history"},
      {"and deletes are left out", {}, "delete.mode", "ignore"},
      {"and a missing table is not made", {}, "auto.create", "false"},
      {"a column that is missing stops it", {}, "unknown.columns", "fail"},
      {"upsert", by_key, "mode", "current"},
      {"upsert without deletes", by_key, "delete.mode", "ignore"},
      {"upsert with deletes", with(by_key, {{"delete.enabled", "TRUE"}}), "delete.mode", "delete"},
      {"upsert, words in capitals", {{"insert.mode", "UPSERT"}, {"primary.key.mode", "RECORD_KEY"}}, "mode", "current"},
      {"upsert with truncates", with(by_key, {{"truncate.enabled", "true"}}), "truncate.mode", "apply"},
      {"upsert by fields of the value", {{"insert.mode", "upsert"}, {"primary.key.mode", "record_value"}, {"primary.key.fields", "Id, _No"}}, "key.columns", "id,_No"},
      {"the same, names as they are", {{"insert.mode", "upsert"}, {"primary.key.mode", "record_value"}, {"primary.key.fields", "Id"}, {"quote.identifiers", "true"}}, "key.columns", "Id"},
      {"upsert by Kafka's coordinates is adding", {{"insert.mode", "upsert"}, {"primary.key.mode", "kafka"}}, "mode", "history"},
      {"with the coordinates", {{"primary.key.mode", "kafka"}}, "columns.__connect_offset", "@offset"},
      {"insert with a key that the table may have", {{"primary.key.mode", "record_key"}}, "mode", "history"},
      {"made without a key", {{"schema.evolution", "basic"}}, "auto.create", "true"},
      {"what the user wrote of our own wins", with(by_key, {{"unknown.columns", "ignore"}, {"lsn.column", "lsn"}}), "unknown.columns", "ignore"},
      {"update", {{"insert.mode", "update"}, {"primary.key.mode", "record_key"}}, "", "!insert.mode"},
      {"unknown mode", {{"insert.mode", "merge"}}, "", "!insert.mode"},
      {"upsert without key", {{"insert.mode", "upsert"}}, "", "!primary.key.mode"},
      {"upsert by headers", {{"insert.mode", "upsert"}, {"primary.key.mode", "record_header"}}, "", "!primary.key.mode"},
      {"upsert by no fields", {{"insert.mode", "upsert"}, {"primary.key.mode", "record_value"}}, "", "!primary.key.mode"},
      {"unknown key", {{"primary.key.mode", "key"}}, "", "!primary.key.mode"},
      {"deletes without key", {{"delete.enabled", "true"}}, "", "!delete.enabled"},
      {"deletes from a table that is only added to", {{"delete.enabled", "true"}, {"primary.key.mode", "record_key"}}, "", "!delete.enabled"},
      {"deletes, perhaps", {{"delete.enabled", "yes"}}, "", "!delete.enabled"},
      {"truncates of a table that is only added to", {{"truncate.enabled", "true"}}, "", "!truncate.enabled"},
      {"a table made with a key that it would lack", {{"primary.key.mode", "kafka"}, {"schema.evolution", "basic"}}, "", "!schema.evolution"},
      {"unknown evolution", {{"schema.evolution", "advanced"}}, "", "!schema.evolution"},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.name));
    CHECK(told_of(jdbc(c.settings), c.asked) == c.answer);
  }
}

TEST_CASE("translate: tables and columns have the names that the JDBC sink gives them") {
  struct Case { const char* name; SettingsMap settings; const char* asked; const char* answer; };
  const Case cases[] = {
      {"default", {}, "table.name", "${topic.underscored}"},
      {"format", {{"collection.name.format", "dw.t_${topic}"}}, "table.name", "dw.t_${topic.underscored}"},
      {"source", {{"collection.name.format", "${source.schema}.${source.table}"}}, "table.name", "${source.schema}.${source.table}"},
      {"old name", {{"table.name.format", "orders"}}, "table.name", "orders"},
      {"both", {{"table.name.format", "old"}, {"collection.name.format", "new"}}, "table.name", "new"},
      {"without quotes", {}, "identifiers", "folded"},
      {"with quotes", {{"quote.identifiers", "true"}}, "identifiers", ""},
      {"a strategy of Debezium's", {{"collection.naming.strategy", "io.debezium.sink.naming.DefaultCollectionNamingStrategy"}}, "table.name", "${topic.underscored}"},
      {"another", {{"collection.naming.strategy", "com.example.Names"}}, "", "!collection.naming.strategy"},
      {"old name of it", {{"table.naming.strategy", "com.example.Names"}}, "", "!table.naming.strategy"},
      {"columns", {{"column.naming.strategy", "com.example.Names"}}, "", "!column.naming.strategy"},
      {"columns as ever", {{"column.naming.strategy", "io.debezium.connector.jdbc.naming.DefaultColumnNamingStrategy"}}, "columns.*", "*"},
      {"only some fields", {{"field.include.list", "id, Note"}}, "columns.note", "Note"},
      {"and no other", {{"field.include.list", "id, Note"}}, "columns.*", ""},
      {"all but some", {{"field.exclude.list", "Note"}}, "columns.note", "@none"},
      {"and the others", {{"field.exclude.list", "Note"}}, "columns.*", "*"},
      {"only some, with coordinates", {{"field.include.list", "id"}, {"primary.key.mode", "kafka"}}, "columns.__connect_topic", "@topic"},
      {"of one topic", {{"field.exclude.list", "orders:note"}}, "", "!field.exclude.list"},
      {"both lists", {{"field.exclude.list", "a"}, {"field.include.list", "b"}}, "", "!field.exclude.list"},
      {"time zone", {{"use.time.zone", "Europe/Berlin"}}, "", "!use.time.zone"},
      {"time zone, old name", {{"database.time_zone", "Europe/Berlin"}}, "", "!database.time_zone"},
      {"PostGIS", {{"dialect.postgres.postgis.schema", "gis"}}, "", "!dialect.postgres.postgis.schema"},
      {"another dialect", {{"dialect.oracle.x", "1"}}, "", "!dialect.oracle.x"},
      {"Hibernate", {{"hibernate.connection.isolation", "8"}}, "", "!hibernate.connection.isolation"},
      {"CloudEvents", {{"cloud.events.schema.name.pattern", "x"}}, "", "!cloud.events.schema.name.pattern"},
      {"neither's is passed through", {{"insert.mood", "x"}}, "insert.mood", "x"},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.name));
    CHECK(told_of(jdbc(c.settings), c.asked) == c.answer);
  }
}

TEST_CASE("translate: a JDBC URL becomes libpq's, or says which part has no counterpart") {
  struct Case { std::string url; const char* conninfo; };
  const Case cases[] = {
      {"//db:5433/shop", "host='db' port='5433' dbname='shop'"},
      {"//db/shop", "host='db' port='5432' dbname='shop'"},
      {"//db", "host='db' port='5432'"},
      {"shop", "host='localhost' port='5432' dbname='shop'"},
      {"/", "host='localhost' port='5432'"},
      {"//a:1,b,[::1]:2/shop", "host='a,b,::1' port='1,5432,2' dbname='shop'"},
      {"//${env:SLUICE_H}:5433/s%20d", "host='${env:SLUICE_H}' port='5433' dbname='s d'"},
      {"//db/it's", "host='db' port='5432' dbname='it\\'s'"},
      {"//db/s?user=u%26v&sslmode=require", "host='db' port='5432' dbname='s' user='u&v' sslmode='require'"},
      {"//db/s?ssl=true&sslrootcert=/ca.pem", "host='db' port='5432' dbname='s' sslmode='verify-full' sslrootcert='/ca.pem'"},
      {"//db/s?ssl=false", "host='db' port='5432' dbname='s'"},
      {"//db/s?currentSchema=dw,public&ApplicationName=sink", "host='db' port='5432' dbname='s' application_name='sink' options='-c search_path=dw,public'"},
      {"//db/s?currentSchema=dw%2C%20b&options=-c%20x%3D1", "host='db' port='5432' dbname='s' options='-c x=1 -c search_path=dw,\\\\ b'"},
      {"//db/s?connectTimeout=10&tcpKeepAlive=true&targetServerType=primary", "host='db' port='5432' dbname='s' connect_timeout='10' keepalives='1' target_session_attrs='read-write'"},
      {"//db/s?reWriteBatchedInserts=true&stringtype=unspecified&prepareThreshold=0", "host='db' port='5432' dbname='s'"},
      {"//db/s?password=hunter2", "!it holds a secret, password, where it could be shown; take it out and write connection.password: ${env:SLUICE_WAREHOUSE_PASSWORD}"},
      {"//db/s?sslkey=/k.pk8", "!its parameter sslkey names a file of Java's forms; libpq reads PEM: convert it with openssl"},
      {"//db/s?targetServerType=secondary", "!its parameter targetServerType is secondary, and a sink writes: write primary or any"},
      {"//db/s?socketFactory=a.B", "!its parameter socketFactory has no counterpart in libpq; take it out"},
      {"//db/s%2", "!its %-escapes are broken; write %25 for the character itself"},
      {"//db/s?ssl=perhaps", "!its parameter ssl is neither true nor false"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.url);
    const JdbcUrl url = read_jdbc_url("jdbc:postgresql:" + c.url);
    CHECK((url.problems.empty() ? url.conninfo : "!" + url.problems.front()) == c.conninfo);
  }
  CHECK(told_of(jdbc({{"connection.url", "jdbc:mysql://db/s"}}), "") == "!connection.url");
  CHECK(told_of(jdbc({{"connection.url", "${file:/run/secrets/x:url}"}}), "") == "!connection.url");
  CHECK(told_of(jdbc({{"connection.url", kUrl + "?user=a"}, {"connection.username", "b"}}), "") == "!connection.username");
  CHECK(told_of(jdbc({{"connection.url", "postgresql://u@db/s"}}), "connection.url") == "postgresql://u@db/s");
  CHECK(told_of(jdbc({{"connection.username", "${env:SLUICE_U}"}}), "connection.url") == "host='db' port='5432' dbname='shop' user='${env:SLUICE_U}'");
}

TEST_CASE("translate: transforms that change fields become columns, each in its turn") {
  const SettingsMap none;
  struct Case { const char* name; SettingsMap written; const char* told; };
  const auto replace = [](SettingsMap options) {
    SettingsMap all{{"t.type", "org.apache.kafka.connect.transforms.ReplaceField$Value"}};
    for (auto& [name, value] : options) all.emplace("t." + name, value);
    return transforms(std::move(all));
  };
  const Case cases[] = {
      {"include", replace({{"include", "a,b"}}), "columns.a=a\ncolumns.b=b\n"},
      {"whitelist", replace({{"whitelist", "a"}}), "columns.a=a\n"},
      {"exclude", replace({{"exclude", "a , b"}}), "columns.*=*\ncolumns.a=@none\ncolumns.b=@none\n"},
      {"blacklist", replace({{"blacklist", "a"}}), "columns.*=*\ncolumns.a=@none\n"},
      {"renames", replace({{"renames", "a:x"}}), "columns.*=*\ncolumns.a=@none\ncolumns.x=a\n"},
      {"exchanged", replace({{"renames", "a:b,b:a"}}), "columns.*=*\ncolumns.a=b\ncolumns.b=a\n"},
      {"include and renames", replace({{"include", "a,b"}, {"renames", "a:x"}}), "columns.b=b\ncolumns.x=a\n"},
      {"one dropped, another takes its name", replace({{"exclude", "a"}, {"renames", "b:a"}}), "columns.*=*\ncolumns.a=b\ncolumns.b=@none\n"},
      {"nothing", replace({}), ""},
      {"renames without new", replace({{"renames", "a"}}), "! transforms.t.renames: each entry has to be old:new\n"},
      {"unknown option", replace({{"includes", "a"}}), "! transforms.t.includes: debezium-postgres-sink does not know thi\n"},
      {"a predicate", replace({{"include", "a"}, {"predicate", "p"}}), "! transforms.t.predicate: debezium-postgres-sink does ReplaceField\n"},
      {"insert", transforms({{"t.type", "InsertField$Value"}, {"t.topic.field", "t"}, {"t.partition.field", "p!"}, {"t.offset.field", "o?"}, {"t.timestamp.field", "ts"},
                             {"t.static.field", "region"}, {"t.static.value", "eu:1"}}),
       "columns.*=*\ncolumns.o=@offset\ncolumns.p=@partition\ncolumns.region=@value:eu:1\ncolumns.t=@topic\ncolumns.ts=@kafka.ts\n"},
      {"insert without value", transforms({{"t.type", "InsertField$Value"}, {"t.static.field", "region"}}), "! transforms.t.static.field: static.value is missing, which says what\n"},
      {"two of them", transforms({{"a.type", "InsertField$Value"}, {"a.topic.field", "x"}, {"b.type", "ReplaceField$Value"}, {"b.renames", "x:y,id:key"}}, "a,b"),
       "columns.*=*\ncolumns.id=@none\ncolumns.key=id\ncolumns.y=@topic\n"},
      {"inserted and dropped", transforms({{"a.type", "InsertField$Value"}, {"a.topic.field", "x"}, {"b.type", "ReplaceField$Value"}, {"b.exclude", "x"}}, "a,b"),
       "columns.*=*\ncolumns.x=@none\n"},
      {"renamed and dropped", transforms({{"a.type", "ReplaceField$Value"}, {"a.renames", "x:y"}, {"b.type", "ReplaceField$Value"}, {"b.exclude", "y"}}, "a,b"),
       "columns.*=*\ncolumns.x=@none\ncolumns.y=@none\n"},
      {"flattened", transforms({{"t.type", "io.debezium.transforms.ExtractNewRecordState"}}), ""},
      {"flattened, deletes dropped", transforms({{"t.type", "ExtractNewRecordState"}, {"t.delete.tombstone.handling.mode", "drop"}}), "delete.mode=ignore\n"},
      {"flattened, tombstones", transforms({{"t.type", "ExtractNewRecordState"}, {"t.delete.tombstone.handling.mode", "tombstone"}}), ""},
      {"flattened, old names", transforms({{"t.type", "ExtractNewRecordState"}, {"t.delete.handling.mode", "drop"}, {"t.drop.tombstones", "false"}}), ""},
      {"flattened, old default", transforms({{"t.type", "ExtractNewRecordState"}, {"t.drop.tombstones", "true"}}), "delete.mode=ignore\n"},
      {"flattened, rewritten", transforms({{"t.type", "ExtractNewRecordState"}, {"t.delete.tombstone.handling.mode", "rewrite"}}), "! transforms.t.delete.tombstone.handling.mode: a deleted row is not kept as a row with \n"},
      {"flattened, with facts", transforms({{"t.type", "ExtractNewRecordState"}, {"t.add.fields", "op, source.lsn, txId:tx"}}),
       "columns.*=*\ncolumns.__op=@op\ncolumns.__source_lsn=@lsn\ncolumns.__tx=@txid\n"},
      {"flattened, prefix", transforms({{"t.type", "ExtractNewRecordState"}, {"t.add.fields", "op"}, {"t.add.fields.prefix", ""}}), "columns.*=*\ncolumns.op=@op\n"},
      {"flattened, unknown fact", transforms({{"t.type", "ExtractNewRecordState"}, {"t.add.fields", "source.ts_ms"}}), "! transforms.t.add.fields: debezium-postgres-sink can add op, lsn a\n"},
      {"flattened, headers", transforms({{"t.type", "ExtractNewRecordState"}, {"t.add.headers", "op"}}), "! transforms.t.add.headers: headers are not written, and none are re\n"},
      {"flattened, routed", transforms({{"t.type", "ExtractNewRecordState"}, {"t.route.by.field", "f"}}), "! transforms.t.route.by.field: the routed topic cannot come from a fiel\n"},
      {"flattened too late", transforms({{"a.type", "InsertField$Value"}, {"a.topic.field", "x"}, {"b.type", "ExtractNewRecordState"}}, "a,b"),
       "columns.*=*\ncolumns.x=@topic\n! transforms.b.type: ExtractNewRecordState takes the row out \n"},
      {"keys", transforms({{"t.type", "org.apache.kafka.connect.transforms.ReplaceField$Key"}}), "! transforms.t.type: debezium-postgres-sink reads records' ke\n"},
      {"another", transforms({{"t.type", "Cast$Value"}}), "! transforms.t.type: debezium-postgres-sink does ExtractNewRe\n"},
      {"ByLogicalTableRouter", transforms({{"t.type", "io.debezium.transforms.ByLogicalTableRouter"}}), "! transforms.t.type: debezium-postgres-sink does no ByLogical\n"},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.name));
    CHECK(told(c.written) == c.told);
  }
  SettingsMap twice = replace({{"include", "a"}});
  twice["columns.a"] = "a";
  CHECK(told_of(twice, "") == "!transforms.t.type");
}

TEST_CASE("translate: whatever is given is understood or named, and nothing given is lost") {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 dice(seed);
  const auto pick = [&](const auto& list) { return std::string(list[std::uniform_int_distribution<size_t>(0, std::size(list) - 1)(dice)]); };
  const char* const names[] = {"connection.url", "connection.username", "insert.mode", "primary.key.mode", "primary.key.fields", "delete.enabled", "truncate.enabled",
                               "collection.name.format", "table.name.format", "schema.evolution", "quote.identifiers", "batch.size", "use.time.zone", "field.include.list",
                               "field.exclude.list", "column.naming.strategy", "hibernate.x", "hibernate.c3p0.x", "dialect.x", "transforms", "transforms.a.type",
                               "transforms.a.include", "transforms.a.renames", "transforms.a.add.fields", "transforms.b.type", "transforms.b.static.field",
                               "transforms.b.predicate", "columns.x", "mode", "no.such.setting", "connector.class", "", "connection.pool.", "="};
  const char* const values[] = {"", "true", "false", "upsert", "insert", "record_key", "kafka", "basic", "a,b", "a:b,b:a", ":", ",,", "a", "a,b,a", "${topic}", "${", "jdbc:",
                                "jdbc:postgresql:", "jdbc:postgresql://[::1]:,,/?&=&a=%", "jdbc:postgresql://h/d?currentSchema=%00", "ExtractNewRecordState", "ReplaceField$Value",
                                "InsertField$Value", "Cast$Key", "op,lsn:", "\xff\xfe", "'", "\\", "*", "@none", "UTC"};
  for (int round = 0; round < 20'000; ++round) {
    SettingsMap written;
    for (int n = std::uniform_int_distribution(0, 12)(dice); n > 0; --n) written[pick(names)] = pick(values);
    const Answers answers = translate(written);
    for (const auto& [name, value] : written) {
      CAPTURE(name);
      CAPTURE(value);
      const bool passed = answers.settings().contains(name);
      REQUIRE((answers.is_understood(name) || passed));
      if (!answers.is_understood(name)) REQUIRE(answers.settings().at(name) == value);
    }
    for (const auto& [name, why] : answers.left()) REQUIRE((!name.empty() && !why.empty()));
  }
}
