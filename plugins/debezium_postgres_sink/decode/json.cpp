#include "debezium_postgres_sink/decode/json.h"

#include <simdjson.h>

#include <cstring>
#include <utility>

#include "debezium_postgres_sink/decode/digits.h"

namespace sluice::debezium {
namespace {

// Reads up to 8 bytes beyond the last digit.
const char* after_digits(const char* at) {
  for (;; at += 8)
    if (const size_t some = count_digits(eight_bytes(at)); some < 8) return at + some;
}

// RFC 8259's grammar; whatever the size. Reads up to 8 bytes beyond `end`, as far as bytes could be digits.
bool is_number(const char* at, const char* end) {
  if (*at == '-') ++at;
  const char* const whole = at;
  at = after_digits(at);
  if (at == whole || (*whole == '0' && at - whole > 1)) return false;
  if (at == end) return true;
  if (*at == '.') {
    const char* const fraction = ++at;
    at = after_digits(at);
    if (at == fraction) return false;
  }
  if (*at == 'e' || *at == 'E') {
    ++at;
    if (*at == '+' || *at == '-') ++at;
    const char* const exponent = at;
    at = after_digits(at);
    if (at == exponent) return false;
  }
  return at == end;
}

// Four hexadecimal digits; -1 where they are none.
int code_unit(const char* at, const char* end) {
  if (end - at < 4) return -1;
  int unit = 0;
  for (const char* const after = at + 4; at != after; ++at) {
    const char lower = static_cast<char>(*at | 0x20);
    if (is_digit(*at)) unit = unit << 4 | (*at - '0');
    else if (lower >= 'a' && lower <= 'f') unit = unit << 4 | (lower - 'a' + 10);
    else return -1;
  }
  return unit;
}

char* write_utf8(char* to, int c) {
  const auto last = [&](int shift) { *to++ = static_cast<char>(0x80 | (c >> shift & 0x3F)); };
  if (c < 0x80) return *to = static_cast<char>(c), to + 1;
  if (c < 0x800) return *to++ = static_cast<char>(0xC0 | c >> 6), last(0), to;
  if (c < 0x10000) return *to++ = static_cast<char>(0xE0 | c >> 12), last(6), last(0), to;
  return *to++ = static_cast<char>(0xF0 | c >> 18), last(12), last(6), last(0), to;
}

constexpr const char* kNoEscape = "a backslash that escapes nothing";
constexpr const char* kLoneSurrogate = "a lone surrogate is no character";

// Resolves a string's escapes in place, which never makes it longer, from its first backslash on; `end` moves to the new end. The
// problem where there is one.
const char* resolve_escapes(char* first, char*& end) {
  char* to = first;
  for (const char* at = first; at != end;) {
    if (*at != '\\') {
      const void* const found = std::memchr(at, '\\', static_cast<size_t>(end - at));
      const size_t size = static_cast<size_t>((found ? static_cast<char*>(const_cast<void*>(found)) : end) - at);
      std::memmove(to, at, size);
      to += size;
      at += size;
      continue;
    }
    ++at;  // simdjson took no escaped quote for the string's end, so something follows
    switch (const char c = *at++; c) {
      case '"':
      case '\\':
      case '/': *to++ = c; break;
      case 'b': *to++ = '\b'; break;
      case 'f': *to++ = '\f'; break;
      case 'n': *to++ = '\n'; break;
      case 'r': *to++ = '\r'; break;
      case 't': *to++ = '\t'; break;
      case 'u': {
        int character = code_unit(at, end);
        if (character < 0) return kNoEscape;
        at += 4;
        if (character >= 0xD800 && character < 0xE000) {
          const bool paired = character < 0xDC00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u';
          const int second = paired ? code_unit(at + 2, end) : -1;
          if (second < 0xDC00 || second >= 0xE000) return kLoneSurrogate;
          character = 0x10000 + ((character - 0xD800) << 10 | (second - 0xDC00));
          at += 6;
        }
        to = write_utf8(to, character);
        break;
      }
      default: return kNoEscape;
    }
  }
  end = to;
  return nullptr;
}

// simdjson's tokens -> nodes. A token begins where simdjson says and ends, but for blanks, where the next one begins: between them
// stands nothing else. What the tokens are, and in which order they may come, is checked here.
class Walk {
 public:
  // `tokens`: where each begins, and after the last one where the text ends.
  Walk(char* text, size_t size, const uint32_t* tokens, uint32_t count, JsonNode* nodes)
      : text_(text), at_(tokens), end_(tokens + count), node_(nodes) {
    find_escape(text, text + size);
  }

  // True for exactly one sound value; else problem() and offset() say what is wrong and where.
  bool run() {
    for (;;) {
      switch (read_value()) {
        case Read::nothing: return false;
        case Read::beginning: continue;  // at the first of its values
        case Read::all: break;
      }
      if (!go_to_next_value()) return problem_ == nullptr;
    }
  }

  const char* problem() const { return problem_; }
  size_t offset() const { return *at_; }

 private:
  enum class Read { nothing, beginning, all };  // of a value; nothing: there is a problem

  static bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
  bool more() const { return at_ != end_; }
  char* here() const { return text_ + *at_; }  // behind the last token a NUL, which is nothing that may stand anywhere
  char* token_end() const {
    char* end = text_ + at_[1];
    if (static_cast<unsigned char>(end[-1]) > ' ') return end;  // as it is where JSON is written without blanks
    while (is_blank(end[-1])) --end;
    return end;
  }
  bool fail(const char* problem) {
    problem_ = problem;
    return false;
  }
  void find_escape(const char* from, const char* end) {
    const void* found = std::memchr(from, '\\', static_cast<size_t>(end - from));
    escape_ = found ? static_cast<const char*>(found) : end;
    text_end_ = end;
  }

  void add(JsonNode::Kind kind, std::string_view text) { *node_++ = {std::exchange(key_, {}), text, 1, kind}; }

  // Past what ends and separates values. False where no value follows.
  bool go_to_next_value() {
    while (depth_ > 0) {
      const char c = *here();
      if (c == ',') {
        ++at_;
        return closing_ == ']' || read_key();
      }
      if (c != closing_) return fail(!more() ? "an object or array without an end" : closing_ == '}' ? "neither a comma nor } after a member" : "neither a comma nor ] after an element");
      ++at_;
      close();
    }
    return more() ? fail("more than one value") : false;
  }

  Read read_value() {
    char* const begin = here();
    switch (*begin) {
      case '{': return open('}', JsonNode::Kind::object);
      case '[': return open(']', JsonNode::Kind::array);
      case '"': {
        std::string_view text;
        if (!read_string(text)) return Read::nothing;
        add(JsonNode::Kind::string, text);
        return Read::all;
      }
      case 'n': return read_word("null", JsonNode::Kind::null);
      case 't': return read_word("true", JsonNode::Kind::boolean);
      case 'f': return read_word("false", JsonNode::Kind::boolean);
      default: {
        if (!more()) return fail("a missing value"), Read::nothing;
        const char* const end = token_end();
        if (!is_number(begin, end)) return fail("what is no value"), Read::nothing;
        add(JsonNode::Kind::number, {begin, static_cast<size_t>(end - begin)});
        ++at_;
        return Read::all;
      }
    }
  }

  Read read_word(std::string_view word, JsonNode::Kind kind) {
    const std::string_view token(here(), static_cast<size_t>(token_end() - here()));
    if (token != word) return fail("what is no value"), Read::nothing;
    add(kind, kind == JsonNode::Kind::null ? std::string_view() : token);
    ++at_;
    return Read::all;
  }

  bool read_string(std::string_view& text) {
    char* const begin = here() + 1;
    char* end = token_end() - 1;  // the closing quote
    if (escape_ < end) {
      char* const after = end;
      if (const char* problem = resolve_escapes(text_ + (escape_ - text_), end)) return fail(problem);
      find_escape(after, text_end_);
    }
    text = {begin, static_cast<size_t>(end - begin)};
    ++at_;
    return true;
  }

  bool read_key() {
    if (*here() != '"') return fail("a member without a name");
    if (!read_string(key_)) return false;
    if (*here() != ':') return fail("no colon after a name");
    ++at_;
    return true;
  }

  Read open(char closing, JsonNode::Kind kind) {
    if (depth_ == JsonDocument::kDepthMax) return fail("it is nested more than 100 deep"), Read::nothing;
    open_[depth_++] = node_;
    closing_ = closing;
    add(kind, {});
    ++at_;
    if (*here() == closing) {
      ++at_;
      close();
      return Read::all;
    }
    return closing == ']' || read_key() ? Read::beginning : Read::nothing;
  }
  void close() {
    JsonNode* const closed = open_[--depth_];
    closed->size = static_cast<uint32_t>(node_ - closed);
    if (depth_ > 0) closing_ = open_[depth_ - 1]->kind == JsonNode::Kind::object ? '}' : ']';
  }

  char* const text_;
  const uint32_t* at_;
  const uint32_t* const end_;
  JsonNode* node_;
  const char* escape_;    // the next backslash; the text's end where there is none
  const char* text_end_;
  std::string_view key_;  // of the value that comes next
  JsonNode* open_[JsonDocument::kDepthMax];
  int depth_ = 0;
  char closing_ = 0;         // of the innermost that is open
  const char* problem_ = nullptr;
};

// Documents of a topic are mostly of one size, so there is room for twice as much; of a large one, which is rare, for little more.
size_t with_room(size_t size) { return size < size_t{64} << 10 ? 2 * size : size + size / 8; }

const char* problem_of(simdjson::error_code error) {
  switch (error) {
    case simdjson::EMPTY: return "no value";
    case simdjson::UTF8_ERROR: return "it is not valid UTF-8";
    case simdjson::UNESCAPED_CHARS: return "a control character within a string";
    case simdjson::UNCLOSED_STRING: return "a string without an end";
    case simdjson::CAPACITY: return "more than 4 GB";
    default: return simdjson::error_message(error);
  }
}

}  // namespace

// simdjson's first stage: it checks UTF-8 and finds where tokens begin, 64 bytes at a time. Its second stages are of no use here: the
// DOM keeps no number's text, and On Demand checks only what it is asked for.
struct JsonDocument::Tokens {
  // The error, if there is one.
  simdjson::error_code find(const char* text, size_t size) {
    if (!stage || stage->capacity() < size)
      if (const auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(with_room(size), kDepthMax, stage)) return error;
    return stage->stage1(reinterpret_cast<const uint8_t*>(text), size, simdjson::stage1_mode::regular);
  }

  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
};

JsonDocument::JsonDocument() : tokens_(std::make_unique<Tokens>()) {}
JsonDocument::~JsonDocument() = default;

void JsonDocument::forget() {
  tokens_->stage.reset();
  text_.reset();
  nodes_.reset();
  text_size_ = nodes_size_ = 0;
}

const JsonNode* JsonDocument::parse(std::string_view text) {
  constexpr size_t kLarge = size_t{8} << 20;
  if (text_size_ > kLarge && text.size() < kLarge / 8) forget();
  if (text_size_ < text.size() + simdjson::SIMDJSON_PADDING) {
    text_size_ = with_room(text.size()) + simdjson::SIMDJSON_PADDING;
    text_ = std::make_unique_for_overwrite<char[]>(text_size_);
  }
  std::memcpy(text_.get(), text.data(), text.size());
  text_[text.size()] = '\0';  // for here() and is_number()
  if (const auto error = tokens_->find(text_.get(), text.size())) {
    problem_ = problem_of(error);
    return nullptr;
  }

  // Between two values there is a comma, and what opens a value that holds others is one of at most kDepthMax.
  const uint32_t count = tokens_->stage->n_structural_indexes;
  if (const size_t most = count / 2 + kDepthMax + 1; nodes_size_ < most) {
    nodes_size_ = with_room(most);
    nodes_ = std::make_unique<JsonNode[]>(nodes_size_);
  }
  Walk walk(text_.get(), text.size(), tokens_->stage->structural_indexes.get(), count, nodes_.get());
  if (walk.run()) return nodes_.get();
  problem_.assign(walk.problem()).append(" (byte ").append(std::to_string(walk.offset())).append(")");
  return nullptr;
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
