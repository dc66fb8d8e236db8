// JSON text -> a flat list of nodes, and views into it. The only place that knows simdjson is json.cpp.
//
// Numbers keep the text they came with: what they become is known only with the target's type. Parsing does not recurse,
// depth is capped, and the memory of one document is reused by the next, so that a record costs no allocation.
// Task thread only. A Json is good until its document parses again.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::debezium {

struct JsonNode {
  enum class Kind : uint8_t { null, boolean, number, string, object, array };
  std::string_view key;   // within an object
  std::string_view text;  // a string's content (UTF-8, escapes resolved), a number's token, "true" or "false"
  uint32_t size = 1;      // nodes of the subtree, itself included: so `this + size` is the next sibling
  Kind kind = Kind::null;
};

class Json {  // one value; may be absent, which is not the same as null
 public:
  using Kind = JsonNode::Kind;
  Json() = default;
  explicit Json(const JsonNode* node) : node_(node) {}

  bool exists() const { return node_ != nullptr; }
  bool is(Kind kind) const { return node_ && node_->kind == kind; }
  bool is_null() const { return is(Kind::null); }
  bool is_object() const { return is(Kind::object); }
  bool is_string() const { return is(Kind::string); }
  Kind kind() const { return node_->kind; }
  std::string_view key() const { return node_->key; }
  std::string_view text() const { return node_->text; }
  Json find(std::string_view name) const {  // of an object; the first of that name
    if (is_object())
      for (const JsonNode *member = node_ + 1, *end = node_ + node_->size; member != end; member += member->size)
        if (member->key == name) return Json(member);
    return {};
  }

  struct Iterator {
    const JsonNode* at;
    Json operator*() const { return Json(at); }
    Iterator& operator++() { at += at->size; return *this; }
    bool operator!=(const Iterator& other) const { return at != other.at; }
  };
  Iterator begin() const { return {node_ ? node_ + 1 : nullptr}; }  // an object's or array's children
  Iterator end() const { return {node_ ? node_ + node_->size : nullptr}; }

 private:
  const JsonNode* node_ = nullptr;
};

class JsonDocument {
 public:
  static constexpr int kDepthMax = 100;

  JsonDocument();
  ~JsonDocument();
  // Null where the text is not exactly one JSON value; then problem() says why, without quoting the text.
  const JsonNode* parse(std::string_view text);
  const std::string& problem() const { return problem_; }

 private:
  struct Tokens;
  void forget();  // one huge document must not hold its memory for ever

  std::unique_ptr<Tokens> tokens_;
  std::unique_ptr<char[]> text_;  // a copy of the document, in which escapes are resolved
  size_t text_size_ = 0;
  std::unique_ptr<JsonNode[]> nodes_;
  size_t nodes_size_ = 0;
  std::string problem_;
};

// The value as JSON text again: compact, members in their order and as often as they came, numbers as they were written.
void append_json(std::string& out, Json value);

// The bytes of the JSON value at the beginning of `text`; empty where there is none. Finds only where it ends: whether it
// is sound is for parse() to say.
std::string_view leading_value(std::string_view text);

}  // namespace sluice::debezium
