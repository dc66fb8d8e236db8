// Connect's transforms that need no decoded record: RegexRouter, Filter, InsertHeader, DropHeaders, each under a predicate if it has
// one. Immutable once filled; any thread.
//
// What depends on the topic alone is settled once a topic, so that a record costs only what is asked of records.
#pragma once
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "abi/sluice_plugin.h"
#include "base/bounded_regex.h"
#include "base/regex_router.h"

namespace sluice {

struct Predicate {
  enum class Asks { topic, header, tombstone } asks = Asks::tombstone;
  std::regex topic;    // TopicNameMatches: the whole name
  std::string header;  // HasHeaderKey

  bool of_topic(const std::string& name) const { return CountedText(name).matches(topic); }  // throws RegexTooSlow
  bool of_record(bool is_tombstone, const std::vector<sluice_header>& headers) const;
};

struct Transform {
  enum class Does { route, filter, insert_header, drop_headers } does = Does::filter;
  std::optional<RegexRouter> router;
  std::string header, value;          // insert_header
  std::vector<std::string> headers;   // drop_headers
  std::optional<Predicate> predicate;
  bool negate = false;

  bool asks_records() const { return predicate && predicate->asks != Predicate::Asks::topic; }
};

// The transforms as they are for one topic. Points into Transforms, which outlives it.
class TopicTransforms {
 public:
  const std::string& topic() const { return topic_; }  // after all of them
  bool touch_records() const { return !steps_.empty(); }
  bool need_headers() const { return need_headers_; }
  bool change_headers() const { return change_headers_; }
  // False: the record is filtered. `headers` are complete where need_headers().
  bool run(bool is_tombstone, std::vector<sluice_header>& headers) const;

 private:
  friend class Transforms;
  std::string topic_;
  std::vector<const Transform*> steps_;
  bool need_headers_ = false, change_headers_ = false;
};

class Transforms {
 public:
  // A router's predicate is of topics: a partition has one routed topic.
  void add(Transform transform) { all_.push_back(std::move(transform)); }
  bool empty() const { return all_.empty(); }
  TopicTransforms of_topic(const std::string& topic) const;  // throws RegexTooSlow

 private:
  std::vector<Transform> all_;
};

}  // namespace sluice
