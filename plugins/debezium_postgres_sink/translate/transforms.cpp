#include "debezium_postgres_sink/translate/transforms.h"

#include <algorithm>
#include <set>

namespace sluice::debezium {
namespace {

constexpr std::string_view kKafka = "org.apache.kafka.connect.transforms.";
constexpr std::string_view kDebezium = "io.debezium.transforms.";
constexpr std::string_view kTypes[] = {"ExtractNewRecordState", "ReplaceField$Value", "InsertField$Value"};

// What ExtractNewRecordState adds of a change -> what `columns` calls it.
constexpr std::pair<std::string_view, std::string_view> kFacts[] = {
    {"op", "@op"}, {"lsn", "@lsn"}, {"source.lsn", "@lsn"}, {"txId", "@txid"}, {"source.txId", "@txid"}};

class TransformTranslator {
 public:
  TransformTranslator(Answers& answers, Fields& fields) : answers_(answers), fields_(fields) {}

  void run() {
    answers_.understood("transforms");
    for (const std::string& alias : names_in(answers_.text("transforms"))) {
      prefix_ = "transforms." + alias + ".";
      for (const auto& [name, value] : answers_.written())
        if (name.starts_with(prefix_)) answers_.understood(name);
      translate_one();
    }
  }

 private:
  std::string option(const std::string& name) const { return answers_.text(prefix_ + name); }
  bool has(const std::string& name) const { return answers_.find(prefix_ + name) != nullptr; }
  void leave(const std::string& name, std::string why) { answers_.leave(prefix_ + name, std::move(why)); }

  void translate_one() {
    std::string type = option("type");
    for (const std::string_view package : {kKafka, kDebezium})
      if (type.starts_with(package)) type.erase(0, package.size());
    if (std::ranges::find(kTypes, type) == std::end(kTypes)) return refuse(type);
    if (has("predicate")) return leave("predicate", "debezium-postgres-sink does " + type + " as part of its mapping, which is the same for all records; "
                                                    "remove the predicate, or write one connector a topic");
    // The mapping is the setting `columns`, which the user would have written twice.
    const auto own = answers_.written().lower_bound("columns");
    if (type != kTypes[0] && own != answers_.written().end() && (own->first == "columns" || own->first.starts_with("columns.")))
      return leave("type", "columns is set as well, and says the same; write what " + type + " does there, and remove the transform");
    if (type == kTypes[0]) extract_new_record_state();
    else if (type == kTypes[1]) replace_field();
    else insert_field();
  }

  void refuse(const std::string& type) {
    if (type == "ByLogicalTableRouter")
      return leave("type", "debezium-postgres-sink does no ByLogicalTableRouter, which also changes keys; route topics with RegexRouter, or name the table in table.name");
    if (type.ends_with("$Key")) return leave("type", "debezium-postgres-sink reads records' keys as they are, so that it cannot do " + type + "; remove it, or set key.columns");
    leave("type", "debezium-postgres-sink does ExtractNewRecordState, ReplaceField$Value and InsertField$Value, but not " + type + "; remove it");
  }

  // Complains about every option that is not among these.
  bool knows(const std::set<std::string_view>& options) {
    bool all = true;
    for (const auto& [name, value] : answers_.written()) {
      if (!name.starts_with(prefix_)) continue;
      const std::string_view written = std::string_view(name).substr(prefix_.size());
      if (written == "type" || written == "negate" || options.contains(written)) continue;
      answers_.leave(name, "debezium-postgres-sink does not know this option of the transform; remove it");
      all = false;
    }
    return all;
  }

  void keep_nulls() {
    if (has("replace.null.with.default") && flag_in(option("replace.null.with.default")) != false)
      leave("replace.null.with.default", "here NULL stays NULL, whatever default the schema names; write false");
  }

  // The sink reads envelopes itself; what is left of the transform is which deletes arrive, and what it adds to a row.
  void extract_new_record_state() {
    if (fields_.changed())
      leave("type", "ExtractNewRecordState takes the row out of the envelope, without what transforms before it have made of that; put it first");
    knows({"delete.tombstone.handling.mode", "delete.handling.mode", "drop.tombstones", "add.fields", "add.fields.prefix", "add.headers", "add.headers.prefix",
           "route.by.field", "replace.null.with.default", "drop.fields.header.name", "drop.fields.from.key", "drop.fields.keep.schema.compatible"});
    keep_nulls();
    for (const char* unused : {"add.headers", "route.by.field", "drop.fields.header.name"})
      if (!option(unused).empty())
        leave(unused, unused == std::string_view("route.by.field") ? "the routed topic cannot come from a field; name the table in table.name, which knows ${source.table}"
                                                                   : "headers are not written, and none are read; remove it");
    extract_deletes();
    add_fields();
  }

  void extract_deletes() {
    const std::string mode = in_lower_case(option("delete.tombstone.handling.mode")), old = in_lower_case(option("delete.handling.mode"));
    bool drops = false;
    if (!mode.empty()) {
      if (mode.starts_with("rewrite")) return leave_rewrite("delete.tombstone.handling.mode");
      if (mode != "drop" && mode != "tombstone" && mode != "delete-to-tombstone")
        return leave("delete.tombstone.handling.mode", "it is none of tombstone, delete-to-tombstone and drop, which debezium-postgres-sink knows");
      drops = mode == "drop";
    } else if (!old.empty() || has("drop.tombstones")) {
      if (old == "rewrite") return leave_rewrite("delete.handling.mode");
      if (!old.empty() && old != "drop" && old != "none") return leave("delete.handling.mode", "it is none of drop and none, which debezium-postgres-sink knows");
      const auto drops_tombstones = has("drop.tombstones") ? flag_in(option("drop.tombstones")) : std::optional(true);
      if (!drops_tombstones) return leave("drop.tombstones", "it is neither true nor false");
      drops = *drops_tombstones && old != "none";
    }
    if (drops) answers_.set("delete.mode", "ignore");
  }

  void leave_rewrite(const std::string& name) {
    leave(name, "a deleted row is not kept as a row with __deleted here; write tombstone, and for such rows mode: current with delete.mode: soft and "
                "soft.delete.column, or mode: history, where a delete is a row of its own");
  }

  void add_fields() {
    const std::string prefix = has("add.fields.prefix") ? option("add.fields.prefix") : "__";
    for (const std::string& entry : names_in(option("add.fields"))) {
      const size_t colon = entry.find(':');
      const std::string fact = entry.substr(0, colon);
      const auto* known = std::ranges::find(kFacts, fact, &std::pair<std::string_view, std::string_view>::first);
      if (known == std::end(kFacts)) {
        leave("add.fields", "debezium-postgres-sink can add op, lsn and txId, but not " + fact + "; take it out, or write it in columns, which knows @source.ts and others");
        continue;
      }
      std::string name = colon == entry.npos ? fact : entry.substr(colon + 1);
      std::ranges::replace(name, '.', '_');
      fields_.insert(prefix + name, std::string(known->second));
    }
  }

  void replace_field() {
    knows({"include", "exclude", "whitelist", "blacklist", "renames", "replace.null.with.default"});
    keep_nulls();
    std::vector<std::string> include, exclude;
    for (const char* name : {"include", "whitelist"})
      for (std::string& field : names_in(option(name))) include.push_back(std::move(field));
    for (const char* name : {"exclude", "blacklist"})
      for (std::string& field : names_in(option(name))) exclude.push_back(std::move(field));
    std::map<std::string, std::string> renames;
    for (const std::string& entry : names_in(option("renames"))) {
      const size_t colon = entry.find(':');
      if (colon == 0 || colon == entry.npos || colon + 1 == entry.size() || entry.find(':', colon + 1) != entry.npos)
        return leave("renames", "each entry has to be old:new");
      renames[entry.substr(0, colon)] = entry.substr(colon + 1);
    }
    if (!include.empty()) fields_.keep_only({include.begin(), include.end()});
    for (const std::string& field : exclude) fields_.drop(field);
    fields_.rename(renames);
  }

  void insert_field() {
    knows({"topic.field", "partition.field", "offset.field", "timestamp.field", "static.field", "static.value", "replace.null.with.default"});
    keep_nulls();
    const auto insert = [&](const char* name, const std::string& source) {
      std::string field = option(name);
      if (!field.empty() && (field.back() == '!' || field.back() == '?')) field.pop_back();
      if (!field.empty()) fields_.insert(field, source);
    };
    insert("topic.field", "@topic");
    insert("partition.field", "@partition");
    insert("offset.field", "@offset");
    insert("timestamp.field", "@kafka.ts");
    if (!option("static.field").empty() && !has("static.value")) return leave("static.field", "static.value is missing, which says what to write");
    insert("static.field", "@value:" + option("static.value"));
  }

  Answers& answers_;
  Fields& fields_;
  std::string prefix_;  // of the transform in hand
};

}  // namespace

void translate_transforms(Answers& answers, Fields& fields) { TransformTranslator(answers, fields).run(); }

}  // namespace sluice::debezium
