#include "debezium_postgres_sink/decode/json.h"

#include <rapidjson/encodedstream.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <cstring>
#include <utility>

#include "debezium_postgres_sink/decode/utf8.h"

namespace sluice::debezium {
namespace {

// RapidJSON refuses a number that no double can hold, even where it only keeps its text. So in a second attempt each number that
// could be one is a 0 in the text that RapidJSON reads, and comes back by its place among the numbers.
struct BigNumbers {
  struct Number {
    size_t place;
    std::string_view token;
  };
  std::string text;
  std::vector<Number> numbers;
};

bool is_json_number(std::string_view token) {
  size_t at = 0;
  const auto digits = [&] {
    const size_t from = at;
    while (at < token.size() && token[at] >= '0' && token[at] <= '9') ++at;
    return at - from;
  };
  const auto take = [&](std::string_view any) { return at < token.size() && any.find(token[at]) != any.npos ? (++at, true) : false; };
  take("-");
  const size_t whole = at;
  if (digits() == 0 || (token[whole] == '0' && at - whole > 1)) return false;
  if (take(".") && digits() == 0) return false;
  if (take("eE")) {
    take("+-");
    if (digits() == 0) return false;
  }
  return at == token.size();
}

bool may_be_too_big(std::string_view token) { return token.size() > 300 || token.find_first_of("eE") != token.npos; }

BigNumbers without_big_numbers(std::string_view text) {
  BigNumbers found;
  bool quoted = false;
  size_t place = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!quoted && (c == '-' || (c >= '0' && c <= '9'))) {
      const std::string_view token = text.substr(i, text.find_first_not_of("+-.eE0123456789", i) - i);
      const bool replaced = may_be_too_big(token) && is_json_number(token);
      if (replaced) found.numbers.push_back({place, token});
      found.text.append(replaced ? "0" : token);
      ++place;
      i += token.size() - 1;
      continue;
    }
    found.text.push_back(c);
    if (c == '"') quoted = !quoted;
    else if (quoted && c == '\\' && i + 1 < text.size()) found.text.push_back(text[++i]);
  }
  return found;
}

// RapidJSON's events -> nodes. Texts are copied: RapidJSON's in-place mode hands out wrong pointers for numbers kept as text.
class Builder {
 public:
  Builder(std::vector<JsonNode>& nodes, char* text, const std::vector<BigNumbers::Number>& big) : nodes_(nodes), text_(text), big_(big) {}

  bool Null() { return add(JsonNode::Kind::null, {}); }
  bool Bool(bool v) { return add(JsonNode::Kind::boolean, v ? "true" : "false"); }
  bool RawNumber(const char* s, rapidjson::SizeType n, bool) {
    std::string_view token(s, n);
    if (next_big_ < big_.size() && big_[next_big_].place == numbers_) token = big_[next_big_++].token;
    ++numbers_;
    return add(JsonNode::Kind::number, keep(token.data(), token.size()));
  }
  bool String(const char* s, rapidjson::SizeType n, bool) {
    return sound(s, n) && add(JsonNode::Kind::string, keep(s, n));
  }
  bool Key(const char* s, rapidjson::SizeType n, bool) {
    key_ = keep(s, n);
    return sound(s, n);
  }
  bool StartObject() { return start(JsonNode::Kind::object); }
  bool StartArray() { return start(JsonNode::Kind::array); }
  bool EndObject(rapidjson::SizeType) { return end(); }
  bool EndArray(rapidjson::SizeType) { return end(); }
  // Numbers come as text; these are never called.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(int64_t) { return false; }
  bool Uint64(uint64_t) { return false; }
  bool Double(double) { return false; }

  const char* refusal() const { return refusal_; }

 private:
  std::string_view keep(const char* s, size_t n) {
    std::memcpy(text_, s, n);
    text_ += n;
    return {text_ - n, n};
  }
  // The text as a whole is valid UTF-8; only an escaped lone surrogate can still make a string that is not.
  bool sound(const char* s, size_t n) {
    if (!std::memchr(s, 0xED, n) || is_utf8({s, n})) return true;
    refusal_ = "a lone surrogate is no character";
    return false;
  }
  bool add(JsonNode::Kind kind, std::string_view text) {
    nodes_.push_back({std::exchange(key_, {}), text, 1, kind});
    return true;
  }
  bool start(JsonNode::Kind kind) {
    if (depth_ == JsonDocument::kDepthMax) {
      refusal_ = "it is nested more than 100 deep";
      return false;
    }
    open_[depth_++] = static_cast<uint32_t>(nodes_.size());
    return add(kind, {});
  }
  bool end() {
    const uint32_t at = open_[--depth_];
    nodes_[at].size = static_cast<uint32_t>(nodes_.size()) - at;
    return true;
  }

  std::vector<JsonNode>& nodes_;
  char* text_;
  const std::vector<BigNumbers::Number>& big_;
  size_t numbers_ = 0, next_big_ = 0;
  std::string_view key_;
  uint32_t open_[JsonDocument::kDepthMax] = {};
  int depth_ = 0;
  const char* refusal_ = nullptr;
};

}  // namespace

struct JsonDocument::Reader : rapidjson::GenericReader<rapidjson::UTF8<>, rapidjson::UTF8<>> {};

JsonDocument::JsonDocument() : reader_(std::make_unique<Reader>()) {}
JsonDocument::~JsonDocument() = default;

const JsonNode* JsonDocument::parse(std::string_view text) {
  nodes_.clear();
  if (!is_utf8(text)) {
    problem_ = "it is not valid UTF-8";
    return nullptr;
  }
  if (text_size_ < text.size()) {  // resolving escapes never makes a text longer
    text_size_ = text.size() * 2;
    text_ = std::make_unique<char[]>(text_size_);
  }
  BigNumbers big;
  const auto attempt = [&](std::string_view json) {
    nodes_.clear();
    problem_.clear();
    Builder builder(nodes_, text_.get(), big.numbers);
    rapidjson::MemoryStream bytes(json.data(), json.size());
    rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> stream(bytes);
    const rapidjson::ParseResult result =
        reader_->Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag>(stream, builder);
    const bool whole = stream.Tell() == json.size();  // a NUL byte ends the text for RapidJSON, not for us
    if (result.IsError() || !whole) {
      problem_ = builder.refusal() ? builder.refusal()
                 : result.IsError() ? rapidjson::GetParseError_En(result.Code()) : "A NUL byte follows the value.";
      problem_ += " (byte " + std::to_string(result.Offset()) + ")";
    }
    return result.Code();
  };
  if (attempt(text) == rapidjson::kParseErrorNumberTooBig) {
    big = without_big_numbers(text);
    attempt(big.text);
  }
  return problem_.empty() ? nodes_.data() : nullptr;
}

Json Json::find(std::string_view name) const {
  if (is_object())
    for (const Json member : *this)
      if (member.key() == name) return member;
  return {};
}

namespace {

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    switch (c) {
      case '"': out.append("\\\""); break;
      case '\\': out.append("\\\\"); break;
      case '\n': out.append("\\n"); break;
      case '\r': out.append("\\r"); break;
      case '\t': out.append("\\t"); break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20) {
          out.push_back(c);
        } else {
          out.append("\\u00").push_back(c < 0x10 ? '0' : '1');
          out.push_back("0123456789abcdef"[c & 15]);
        }
    }
  }
  out.push_back('"');
}

}  // namespace

void append_json(std::string& out, Json value) {  // as deep as the document, which is capped
  switch (value.kind()) {
    case Json::Kind::null: out.append("null"); return;
    case Json::Kind::boolean:
    case Json::Kind::number: out.append(value.text()); return;
    case Json::Kind::string: append_json_string(out, value.text()); return;
    case Json::Kind::object:
    case Json::Kind::array: break;
  }
  const bool object = value.is_object();
  out.push_back(object ? '{' : '[');
  bool first = true;
  for (const Json child : value) {
    if (!std::exchange(first, false)) out.push_back(',');
    if (object) {
      append_json_string(out, child.key());
      out.push_back(':');
    }
    append_json(out, child);
  }
  out.push_back(object ? '}' : ']');
}

std::string_view leading_value(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      else if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (depth == 0 && (c == ',' || c == '}' || c == ']')) {
      return text.substr(0, i);
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return text.substr(0, i + 1);
    }
  }
  return {};
}

}  // namespace sluice::debezium
