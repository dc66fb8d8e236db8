#include "debezium_postgres_sink/translate/jdbc_sink.h"

#include <algorithm>

#include "debezium_postgres_sink/map/table_name.h"
#include "debezium_postgres_sink/translate/jdbc_url.h"

namespace sluice::debezium {
namespace {

// They tune Java's connection pool and retries, which this plugin has its own ways for.
constexpr std::string_view kHarmless[] = {
    "batch.size", "connection.provider", "connection.pool.min_size", "connection.pool.max_size", "connection.pool.acquire_increment",
    "connection.pool.timeout", "connection.restart.on.errors", "flush.max.retries", "flush.retry.delay.ms", "use.reduction.buffer",
    "dialect.postgres.unnest.insert.enabled", "dialect.sqlserver.identity.insert", "collection.table.format"};
constexpr std::string_view kHarmlessHibernate[] = {"hibernate.c3p0.", "hibernate.jdbc.batch", "hibernate.order_", "hibernate.show_sql", "hibernate.format_sql",
                                                   "hibernate.generate_statistics", "hibernate.dialect", "hibernate.connection.provider_class"};

// Settings that are only honoured with one of these values, the first of which is Debezium's own.
struct OnlyWith {
  const char* name;
  std::initializer_list<std::string_view> values;
  const char* instead;
};
const OnlyWith kOnlyWith[] = {
    {"collection.naming.strategy",
     {"io.debezium.sink.naming.DefaultCollectionNamingStrategy", "io.debezium.connector.jdbc.naming.DefaultTableNamingStrategy"},
     "a naming strategy is Java code; write the table's name in collection.name.format"},
    {"table.naming.strategy",
     {"io.debezium.connector.jdbc.naming.DefaultTableNamingStrategy", "io.debezium.sink.naming.DefaultCollectionNamingStrategy"},
     "a naming strategy is Java code; write the table's name in collection.name.format"},
    {"column.naming.strategy", {"io.debezium.connector.jdbc.naming.DefaultColumnNamingStrategy"},
     "a naming strategy is Java code; map names with columns, or with ReplaceField and renames"},
    {"use.time.zone", {"UTC", "Etc/UTC", "GMT", "Z"}, "times are written in UTC, as Debezium sends them; write UTC, and convert in a view"},
    {"database.time_zone", {"UTC", "Etc/UTC", "GMT", "Z"}, "times are written in UTC, as Debezium sends them; write UTC, and convert in a view"},
    {"dialect.postgres.postgis.schema", {"public"}, "PostGIS's types are found on the search path; write connection.url with currentSchema and remove it"},
    {"cloud.events.schema.name.pattern", {".*CloudEvents\\.Envelope$"}, "CloudEvents are not read here; let the source write Debezium's own events"},
};

class JdbcSink {
 public:
  JdbcSink(Answers& answers, Fields& fields) : answers_(answers), fields_(fields) {}

  void translate() {
    answers_.understood("connector.class");
    connection();
    names();
    evolution();
    mode();
    filter();
    rest();
  }

 private:
  void leave(const std::string& name, std::string why) { answers_.leave(name, std::move(why)); }
  std::string word(const char* name, const char* initial) {
    answers_.understood(name);
    const std::string text = in_lower_case(answers_.text(name));
    return text.empty() ? initial : text;
  }
  bool flag(const char* name) {
    answers_.understood(name);
    if (!answers_.find(name)) return false;
    const auto flag = flag_in(answers_.text(name));
    if (!flag) leave(name, "it is neither true nor false");
    return flag.value_or(false);
  }

  void connection() {
    const std::string* url = answers_.find("connection.url");
    const std::string user = answers_.text("connection.username");
    answers_.understood("connection.username");
    if (!url) return;  // the plugin's own option says that it is missing
    answers_.understood("connection.url");
    if (!url->starts_with("jdbc:")) {
      if (url->find("${") == 0) return leave("connection.url", "it is a reference as a whole, so that it cannot be translated; write the URL here, in which references may "
                                                               "stand for its parts, or a libpq URI with connector.class: debezium-postgres-sink");
      if (!user.empty()) return leave("connection.username", "connection.url is a libpq URI; write the user there");
      return answers_.set("connection.url", *url);
    }
    JdbcUrl read = read_jdbc_url(*url);
    if (!read.problems.empty()) return leave("connection.url", read.problems.front());
    if (read.names_user && !user.empty()) return leave("connection.username", "connection.url names a user as well; keep one of the two");
    if (!user.empty()) read.conninfo += " " + conninfo_pair("user", user);
    answers_.set("connection.url", read.conninfo);
  }

  void names() {
    const bool quoted = flag("quote.identifiers");
    if (!quoted) answers_.set("identifiers", "folded");
    std::string key = "collection.name.format";
    if (!answers_.find(key) && answers_.find("table.name.format")) key = "table.name.format";
    for (const char* name : {"collection.name.format", "table.name.format"}) answers_.understood(name);
    std::string format = answers_.find(key) ? answers_.text(key) : "${topic}";
    constexpr std::string_view kTopic = "${topic}";
    for (size_t at = format.find(kTopic); at != format.npos; at = format.find(kTopic, at + 1)) format.replace(at, kTopic.size(), "${topic.underscored}");
    answers_.set("table.name", std::move(format));
  }

  void evolution() {
    const std::string evolution = word("schema.evolution", "none");
    if (evolution != "none" && evolution != "basic") return leave("schema.evolution", "it is neither none nor basic");
    evolves_ = evolution == "basic";
    answers_.set("auto.create", evolves_ ? "true" : "false");
    answers_.set("unknown.columns", evolves_ ? "add" : "fail");
  }

  // upsert keeps one row a key: `current`. insert adds a row for each change that is no delete: a history without deletes.
  void mode() {
    const std::string insert = word("insert.mode", "insert"), key = word("primary.key.mode", "none");
    const bool deletes = flag("delete.enabled"), truncates = flag("truncate.enabled");
    const std::vector<std::string> key_fields = names_in(answers_.text("primary.key.fields"));
    answers_.understood("primary.key.fields");
    if (insert == "update") return leave("insert.mode", "rows that are not there are never left out here; write upsert");
    if (insert != "insert" && insert != "upsert") return leave("insert.mode", "it is none of insert, upsert and update");
    if (key == "record_header") return leave("primary.key.mode", "headers are not read; write record_key or record_value");
    if (key != "none" && key != "kafka" && key != "record_key" && key != "record_value") return leave("primary.key.mode", "it is none of none, kafka, record_key and record_value");
    if (deletes && key != "record_key") return leave("delete.enabled", "a delete needs primary.key.mode=record_key, as in Debezium's sink");
    if (key == "record_value" && key_fields.empty()) return leave("primary.key.mode", "primary.key.fields is missing, which says what the key is");
    if (insert == "upsert" && key == "none") return leave("primary.key.mode", "upsert needs a key to tell rows apart; write record_key or record_value");

    const bool keeps_current = insert == "upsert" && key != "kafka";
    if (!keeps_current) return append(key, deletes, truncates);
    answers_.set("mode", "current");
    if (!deletes || !answers_.settings().contains("delete.mode")) answers_.set("delete.mode", deletes ? "delete" : "ignore");
    answers_.set("truncate.mode", truncates ? "apply" : "ignore");
    if (key_fields.empty()) return;
    std::string list;
    for (const std::string& field : key_fields) list += (list.empty() ? "" : ",") + (answers_.settings().contains("identifiers") ? folded(field) : field);
    answers_.set("key.columns", std::move(list));
  }

  void append(const std::string& key, bool deletes, bool truncates) {
    if (deletes) return leave("delete.enabled", "insert.mode=insert with deletes is a table that fails at the first update of a row; write insert.mode=upsert");
    if (truncates) return leave("truncate.enabled", "a table that rows are only added to is not emptied here; write false, or insert.mode=upsert");
    if (evolves_ && key != "none")
      return leave("schema.evolution", "a table that is made for insert.mode=insert has no primary key here; create the table and write schema.evolution=none, with "
                                       "unknown.columns=add where columns are to be added, or write insert.mode=upsert");
    answers_.set("mode", "history");
    answers_.set("delete.mode", "ignore");
    answers_.set("truncate.mode", "ignore");
    if (key != "kafka") return;
    fields_.insert("__connect_topic", "@topic");
    fields_.insert("__connect_partition", "@partition");
    fields_.insert("__connect_offset", "@offset");
  }

  void filter() {
    const std::vector<std::string> include = fields_of("field.include.list"), exclude = fields_of("field.exclude.list");
    if (!include.empty() && !exclude.empty()) return leave("field.exclude.list", "field.include.list is set as well; keep one of the two");
    if (!include.empty()) {
      std::set<std::string> kept(include.begin(), include.end());
      for (const char* added : {"__connect_topic", "__connect_partition", "__connect_offset"}) kept.insert(added);
      const auto columns = fields_.columns();
      std::erase_if(kept, [&](const std::string& name) { return name.starts_with("__connect_") && !columns.contains(name); });
      fields_.keep_only(kept);
    }
    for (const std::string& field : exclude) fields_.drop(field);
  }

  std::vector<std::string> fields_of(const char* name) {
    answers_.understood(name);
    std::vector<std::string> fields = names_in(answers_.text(name));
    if (std::ranges::none_of(fields, [](const std::string& field) { return field.find(':') != field.npos; })) return fields;
    leave(name, "fields are left out of all topics or of none here; write field names without topics, and a connector for each topic that differs");
    return {};
  }

  void rest() {
    for (const OnlyWith& only : kOnlyWith) {
      const std::string* value = answers_.find(only.name);
      if (!value) continue;
      answers_.understood(only.name);
      if (!value->empty() && std::ranges::find(only.values, *value) == only.values.end()) leave(only.name, only.instead);
    }
    for (const auto& [name, value] : answers_.written()) {
      const auto begins = [&, &setting = name](std::string_view known) { return setting.starts_with(known); };
      if (std::ranges::find(kHarmless, name) != std::end(kHarmless) || std::ranges::any_of(kHarmlessHibernate, begins)) answers_.understood(name);
      else if (!answers_.is_understood(name) && (begins("hibernate.") || begins("dialect.") || begins("connection.pool.")))
        leave(name, "there is no Hibernate under debezium-postgres-sink; remove it");
    }
  }

  Answers& answers_;
  Fields& fields_;
  bool evolves_ = false;
};

}  // namespace

void translate_jdbc_sink(Answers& answers, Fields& fields) { JdbcSink(answers, fields).translate(); }

}  // namespace sluice::debezium
