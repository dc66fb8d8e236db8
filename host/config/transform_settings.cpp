#include "config/transform_settings.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "config/setting_reader.h"

namespace sluice {
namespace {

constexpr std::string_view kKafka = "org.apache.kafka.connect.transforms.";
constexpr std::string_view kPredicates = "org.apache.kafka.connect.transforms.predicates.";
constexpr std::string_view kDebezium = "io.debezium.transforms.";

// Those of Kafka that the host does not run: all but HeaderFrom's kin look into decoded fields.
constexpr std::string_view kOfKafka[] = {"Cast", "ExtractField", "Flatten", "HeaderFrom", "HoistField", "InsertField", "MaskField", "ReplaceField",
                                         "SetSchemaMetadata", "TimestampConverter", "TimestampRouter", "ValueToKey"};
constexpr std::string_view kOfDebezium[] = {"ExtractNewRecordState", "ByLogicalTableRouter", "ExtractChangedRecordState", "HeaderToValue",
                                            "SchemaChangeEventFilter", "TimezoneConverter"};

std::string_view without(std::string_view prefix, std::string_view text) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

// Known, by its full name or its simple one, with or without `$Key` and `$Value`.
bool is_known(std::string_view type) {
  const std::string_view simple = without(kKafka, type).substr(0, without(kKafka, type).find('$'));
  return std::ranges::find(kOfKafka, simple) != std::end(kOfKafka) || type.starts_with(kDebezium) ||
         std::ranges::find(kOfDebezium, type) != std::end(kOfDebezium);
}

class TransformReader {
 public:
  TransformReader(const FlatConfig& config, Transforms& transforms, FlatConfig& left, Problems& problems)
      : config_(config), transforms_(transforms), left_(left), reader_(config, problems) {}

  void run() {
    for (const std::string& alias : aliases("predicates")) read_predicate(alias);
    for (const std::string& alias : aliases("transforms")) read_transform(alias);
  }

 private:
  // Listed ones; nothing where one is listed twice. Settings of others are a warning.
  std::vector<std::string> aliases(const std::string& key) {
    std::vector<std::string> listed = split_list(reader_.text(key));
    if (std::set<std::string>(listed.begin(), listed.end()).size() < listed.size()) {
      reader_.invalid(key, "Duplicate alias provided.");
      return {};
    }
    const std::string prefix = key + ".";
    for (auto at = config_.lower_bound(prefix); at != config_.end() && at->first.starts_with(prefix); ++at) {
      const std::string_view rest = std::string_view(at->first).substr(prefix.size());
      const auto is_its_own = [&](const std::string& alias) { return rest.starts_with(alias + "."); };
      if (std::ranges::none_of(listed, is_its_own)) reader_.warn(at->first, fmt::format("{} is of no use: {} does not list it", at->first, key));
    }
    return listed;
  }

  // The class, without its package where it is one that may be left out; nothing where it is missing.
  std::optional<std::string> type_of(const std::string& prefix, std::string_view package) {
    const std::string type = reader_.text(prefix + "type");
    if (!type.empty()) return std::string(without(package, type));
    reader_.complain(prefix + "type", missing(prefix + "type"));
    return std::nullopt;
  }

  static std::string missing(const std::string& key) {
    return fmt::format("Missing required configuration \"{}\" which has no default value.", key);
  }

  // Whether all `options` are there and nothing else is. `common`: what any transform may have.
  bool takes(const std::string& prefix, const std::string& type, std::initializer_list<const char*> options,
             std::initializer_list<const char*> common) {
    bool complete = true;
    for (const char* option : options) {
      if (reader_.find(prefix + option)) continue;
      reader_.complain(prefix + option, missing(prefix + option));
      complete = false;
    }
    for (auto at = config_.lower_bound(prefix); at != config_.end() && at->first.starts_with(prefix); ++at) {
      const std::string_view option = std::string_view(at->first).substr(prefix.size());
      const auto is = [&](const char* known) { return option == known; };
      if (option == "type" || std::ranges::any_of(options, is) || std::ranges::any_of(common, is)) continue;
      reader_.complain(at->first, options.size() == 0
                                      ? fmt::format("unknown setting \"{}\"; {} has none of its own", shown(at->first), type)
                                      : fmt::format("unknown setting \"{}\"; {} has {}", shown(at->first), type, fmt::join(options, " and ")));
    }
    return complete;
  }

  void read_predicate(const std::string& alias) {
    const std::string prefix = fmt::format("predicates.{}.", alias);
    broken_.insert(alias);
    const auto type = type_of(prefix, kPredicates);
    if (!type) return;
    Predicate predicate;
    if (*type == "TopicNameMatches") {
      if (!takes(prefix, *type, {"pattern"}, {})) return;
      auto compiled = RegexRouter::compile(reader_.text(prefix + "pattern"));
      if (const auto* fault = std::get_if<std::string>(&compiled)) return reader_.invalid(prefix + "pattern", *fault);
      predicate.asks = Predicate::Asks::topic;
      predicate.topic = std::move(std::get<std::regex>(compiled));
    } else if (*type == "HasHeaderKey") {
      if (!takes(prefix, *type, {"name"}, {})) return;
      predicate.asks = Predicate::Asks::header;
      predicate.header = reader_.text(prefix + "name");
      if (predicate.header.empty()) return reader_.invalid(prefix + "name", "String must be non-empty");
    } else if (*type == "RecordIsTombstone") {
      takes(prefix, *type, {}, {});
      predicate.asks = Predicate::Asks::tombstone;
    } else {
      return reader_.invalid(prefix + "type", fmt::format("Class {} could not be found.", shown(reader_.text(prefix + "type"))));
    }
    broken_.erase(alias);
    predicates_.emplace(alias, std::move(predicate));
  }

  void read_transform(const std::string& alias) {
    const std::string prefix = fmt::format("transforms.{}.", alias);
    const auto type = type_of(prefix, kKafka);
    if (!type) return;
    Transform transform;
    const auto takes_own = [&](std::initializer_list<const char*> options) { return takes(prefix, *type, options, {"predicate", "negate"}); };
    bool sound = read_condition(prefix, transform);
    if (*type == "RegexRouter") {
      sound = takes_own({"regex", "replacement"}) && read_router(prefix, transform) && sound;
    } else if (*type == "Filter") {
      sound = takes_own({}) && sound;
      if (!transform.predicate && sound && !reader_.find(prefix + "predicate")) {
        // Connect drops everything then, which nobody means.
        reader_.complain(prefix + "predicate", fmt::format("{}predicate is missing: without one the filter would drop every record", prefix));
        sound = false;
      }
    } else if (*type == "InsertHeader") {
      sound = takes_own({"header", "value.literal"}) && sound;
      transform.does = Transform::Does::insert_header;
      transform.header = reader_.text(prefix + "header");
      transform.value = reader_.text(prefix + "value.literal");
    } else if (*type == "DropHeaders") {
      sound = takes_own({"headers"}) && sound;
      transform.does = Transform::Does::drop_headers;
      transform.headers = split_list(reader_.text(prefix + "headers"));
    } else {
      return leave(alias, prefix);
    }
    if (!sound) return;
    if (!left_.empty() && transform.asks_records() && transform.predicate->asks == Predicate::Asks::tombstone)
      return reader_.complain(prefix + "predicate", fmt::format("{}predicate asks for tombstones after a transform that the plugin does, which may make "
                                                                "them; put {} before it", prefix, alias));
    routes_ = routes_ || transform.does == Transform::Does::route;
    transforms_.add(std::move(transform));
  }

  bool read_router(const std::string& prefix, Transform& transform) {
    transform.does = Transform::Does::route;
    auto router = RegexRouter::make(reader_.text(prefix + "regex"), reader_.text(prefix + "replacement"));
    if (const auto* fault = std::get_if<RegexRouter::Fault>(&router)) {
      reader_.invalid(prefix + (fault->in_replacement ? "replacement" : "regex"), fault->reason);
      return false;
    }
    transform.router = std::move(std::get<RegexRouter>(router));
    if (!transform.asks_records()) return true;
    reader_.complain(prefix + "predicate", fmt::format("{}predicate: here a topic is routed as a whole, so that a RegexRouter's predicate can only be a "
                                                       "TopicNameMatches", prefix));
    return false;
  }

  // `predicate` and `negate`.
  bool read_condition(const std::string& prefix, Transform& transform) {
    transform.negate = reader_.boolean(prefix + "negate", false);
    const std::string name = reader_.text(prefix + "predicate");
    if (!name.empty()) {
      if (const auto found = predicates_.find(name); found != predicates_.end()) transform.predicate = found->second;
      else if (!broken_.contains(name)) reader_.invalid(prefix + "predicate", fmt::format("predicates does not list {}", shown(name)));
      return transform.predicate.has_value();
    }
    if (!reader_.find(prefix + "negate")) return true;
    reader_.invalid(prefix + "negate", fmt::format("there is no config '{}predicate' defining a predicate to be negated.", prefix));
    return false;
  }

  void leave(const std::string& alias, const std::string& prefix) {
    const std::string type = reader_.text(prefix + "type");
    if (!is_known(type)) return reader_.invalid(prefix + "type", fmt::format("Class {} could not be found.", shown(type)));
    // What the plugin inserts as the topic is the real one.
    if (routes_ && without(kKafka, type).starts_with("InsertField") && reader_.find(prefix + "topic.field"))
      return reader_.complain(prefix + "topic.field", fmt::format("{}topic.field after a RegexRouter would be the routed topic, while the plugin inserts the "
                                                                  "one that the record was read from; put {} before the RegexRouter", prefix, alias));
    std::string& list = left_["transforms"];
    list += (list.empty() ? "" : ",") + alias;
    for (auto at = config_.lower_bound(prefix); at != config_.end() && at->first.starts_with(prefix); ++at) left_.insert(*at);
  }

  const FlatConfig& config_;
  Transforms& transforms_;
  FlatConfig& left_;
  SettingReader reader_;
  std::map<std::string, Predicate> predicates_;
  std::set<std::string> broken_;  // predicates that were complained about
  bool routes_ = false;
};

}  // namespace

void read_transforms(const FlatConfig& config, Transforms& transforms, FlatConfig& left, Problems& problems) {
  TransformReader(config, transforms, left, problems).run();
}

}  // namespace sluice
