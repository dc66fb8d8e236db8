#include "base/json.h"
#include <cmath>
#include <algorithm>
#include <set>
#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include "base/utf8.h"

namespace sluice {
namespace {

constexpr size_t kDepthMax = 100;
constexpr unsigned kParseFlags =
    rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseValidateEncodingFlag;

// Builds the tree from RapidJSON's events. Answering false ends the parse; `refusal` says why.
class TreeBuilder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, TreeBuilder> {
 public:
  bool Null() { return add({JsonValue::Kind::null, "", {}}); }
  bool Bool(bool value) { return add({JsonValue::Kind::boolean, value ? "true" : "false", {}}); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) { return add({JsonValue::Kind::number, {text, size}, {}}); }
  bool String(const char* text, rapidjson::SizeType size, bool) { return add({JsonValue::Kind::text, {text, size}, {}}); }
  bool StartObject() { return open(JsonValue::Kind::object); }
  bool StartArray() { return open(JsonValue::Kind::array); }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool EndArray(rapidjson::SizeType) { return close(); }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    // Which of two equal keys counts would be anybody's guess.
    if (!open_.back()->keys.insert({text, size}).second) return refuse("a key stands twice in one object");
    key_.assign(text, size);
    return true;
  }

  JsonValue root;
  std::string refusal;

 private:
  struct Open {
    JsonValue value;
    std::string key;               // under which it goes into its parent
    std::set<std::string> keys;
  };

  bool open(JsonValue::Kind kind) {
    if (open_.size() == kDepthMax) return refuse(fmt::format("it is nested more than {} levels deep", kDepthMax));
    open_.push_back(std::make_unique<Open>(Open{{kind, "", {}}, std::exchange(key_, ""), {}}));
    return true;
  }
  bool close() {
    std::unique_ptr<Open> done = std::move(open_.back());
    open_.pop_back();
    key_ = std::move(done->key);
    return add(std::move(done->value));
  }
  bool add(JsonValue value) {
    if (open_.empty()) root = std::move(value);
    else open_.back()->value.items.push_back({std::exchange(key_, ""), std::move(value)});
    return true;
  }
  bool refuse(std::string why) {
    refusal = std::move(why);
    return false;
  }

  std::vector<std::unique_ptr<Open>> open_;
  std::string key_;
};

}  // namespace

const JsonValue* JsonValue::find(std::string_view key) const {
  const auto found = std::ranges::find(items, key, &JsonItem::first);
  return found == items.end() ? nullptr : &found->second;
}

std::variant<JsonValue, JsonError> parse_json(std::string_view document) {
  if (document.starts_with("\xef\xbb\xbf")) document.remove_prefix(3);
  if (document.find_first_not_of(" \t\r\n") == std::string_view::npos) return JsonError{"there is no text; JSON is expected"};

  TreeBuilder builder;
  rapidjson::MemoryStream stream(document.data(), document.size());
  rapidjson::Reader reader;
  const rapidjson::ParseResult result = reader.Parse<kParseFlags>(stream, builder);
  if (!builder.refusal.empty()) return JsonError{fmt::format("the JSON was refused at byte {}: {}", result.Offset(), builder.refusal)};
  if (result.IsError())
    return JsonError{fmt::format("malformed JSON at byte {}: {}", result.Offset(), rapidjson::GetParseError_En(result.Code()))};
  // RapidJSON takes a NUL for the end.
  if (stream.Tell() != document.size()) return JsonError{fmt::format("malformed JSON at byte {}: text after the end", stream.Tell())};
  return std::move(builder.root);
}

namespace {

// As deep as the parser allows, no deeper.
template <class Writer>
void write_value(const JsonValue& value, Writer& writer) {
  const auto size = [](const std::string& text) { return static_cast<rapidjson::SizeType>(text.size()); };
  switch (value.kind) {
    case JsonValue::Kind::null: writer.Null(); return;
    case JsonValue::Kind::boolean: writer.Bool(value.text == "true"); return;
    case JsonValue::Kind::number: writer.RawValue(value.text.data(), value.text.size(), rapidjson::kNumberType); return;
    case JsonValue::Kind::text: writer.String(value.text.data(), size(value.text)); return;
    case JsonValue::Kind::array:
      writer.StartArray();
      for (const auto& [_, item] : value.items) write_value(item, writer);
      writer.EndArray();
      return;
    case JsonValue::Kind::object:
      writer.StartObject();
      for (const auto& [key, item] : value.items) {
        writer.Key(key.data(), size(key));
        write_value(item, writer);
      }
      writer.EndObject();
  }
}

}  // namespace

std::string pretty_json(const JsonValue& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(buffer);
  writer.SetIndent(' ', 2);
  write_value(value, writer);
  return {buffer.GetString(), buffer.GetSize()};
}

std::string compact_json(const JsonValue& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  write_value(value, writer);
  return {buffer.GetString(), buffer.GetSize()};
}

struct JsonWriter::Impl {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
};

JsonWriter::JsonWriter() : impl_(std::make_unique<Impl>()) {}
JsonWriter::~JsonWriter() = default;

JsonWriter& JsonWriter::begin_object() { return impl_->writer.StartObject(), *this; }
JsonWriter& JsonWriter::end_object() { return impl_->writer.EndObject(), *this; }
JsonWriter& JsonWriter::begin_array() { return impl_->writer.StartArray(), *this; }
JsonWriter& JsonWriter::end_array() { return impl_->writer.EndArray(), *this; }
JsonWriter& JsonWriter::number(int64_t value) { return impl_->writer.Int64(value), *this; }
JsonWriter& JsonWriter::real(double value) { return std::isfinite(value) ? impl_->writer.Double(value) : impl_->writer.Null(), *this; }
JsonWriter& JsonWriter::boolean(bool value) { return impl_->writer.Bool(value), *this; }
JsonWriter& JsonWriter::null() { return impl_->writer.Null(), *this; }

JsonWriter& JsonWriter::key(std::string_view name) {
  const std::string valid = repaired_utf8(name);
  return impl_->writer.Key(valid.data(), static_cast<rapidjson::SizeType>(valid.size())), *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
  const std::string valid = repaired_utf8(value);
  return impl_->writer.String(valid.data(), static_cast<rapidjson::SizeType>(valid.size())), *this;
}

std::string JsonWriter::result() const { return {impl_->buffer.GetString(), impl_->buffer.GetSize()}; }

}  // namespace sluice
