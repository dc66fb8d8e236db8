#include "debezium_postgres_sink/decode/cell.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "debezium_postgres_sink/decode/input.h"
#include "debezium_postgres_sink/decode/reading.h"

namespace sluice::debezium {
namespace {

// What COPY would take for its own, and what stands for it after a backslash; \0 marks what no text of Postgres can hold.
constexpr std::array<char, 256> escapes() {
  std::array<char, 256> table{};
  table['\\'] = '\\', table['\t'] = 't', table['\n'] = 'n', table['\r'] = 'r', table['\0'] = '0';
  return table;
}
constexpr auto kEscapes = escapes();

char escape_of(char c) { return kEscapes[static_cast<unsigned char>(c)]; }

// Has one of eight bytes an escape? They are the backslash and some below 0x0E; may say yes for others below 0x0E.
bool may_escape(const char* eight) {
  constexpr uint64_t kOnes = 0x0101010101010101, kTops = kOnes << 7;
  uint64_t bytes;
  std::memcpy(&bytes, eight, 8);
  const uint64_t backslashes = bytes ^ kOnes * '\\';
  return ((((bytes - kOnes * 0x0E) & ~bytes) | ((backslashes - kOnes) & ~backslashes)) & kTops) != 0;
}

// False for nearly every cell: so they are only looked through. The last eight bytes may be looked at twice.
bool may_need_escapes(std::string_view text) {
  if (text.size() < 8) return std::ranges::any_of(text, [](char c) { return escape_of(c) != 0; });
  const char* const last = text.data() + text.size() - 8;
  for (const char* at = text.data(); at < last; at += 8)
    if (may_escape(at)) return true;
  return may_escape(last);
}

size_t count_escapes(std::string_view text) {
  size_t count = 0;
  for (const char c : text) {
    if (escape_of(c) == 0) continue;
    if (c == '\0') refuse("a text holds the character U+0000, which Postgres cannot store", "22021");
    ++count;
  }
  return count;
}

// The cell grows in place, from its end.
void escape_since(std::string& out, size_t from) {
  if (!may_need_escapes(std::string_view(out).substr(from))) return;
  size_t missing = count_escapes(std::string_view(out).substr(from));
  size_t read = out.size();
  out.resize(read + missing);
  while (missing > 0) {
    const char c = out[--read], escape = escape_of(c);
    out[read + missing] = escape != 0 ? escape : c;
    if (escape != 0) out[read + --missing] = '\\';
  }
}

bool is_verbatim(const Schema* schema) { return !schema || schema->meaning == Meaning::none; }

}  // namespace

void append_cell(std::string& out, Json value, const Schema* schema, const ColumnType& type, const ValueSettings& settings) {
  if (!value.exists() || value.is_null()) return void(out.append(kNullCell));
  if (type.kind == TypeKind::text && value.is_string() && is_verbatim(schema)) return append_escaped(out, value.text());
  if (value.is(Json::Kind::number)) return append_input(out, value, schema, type, settings);  // digits, or a date or time made of them
  const size_t from = out.size();
  append_input(out, value, schema, type, settings);
  escape_since(out, from);
}

void append_escaped(std::string& out, std::string_view text) {
  const size_t from = out.size();
  out.append(text);
  escape_since(out, from);
}

bool append_unescaped(std::string& out, std::string_view cell) {
  for (size_t at = 0; at < cell.size();) {
    const size_t end = std::min(cell.find('\\', at), cell.size());
    out.append(cell, at, end - at);
    if (end == cell.size()) return true;
    const char escape = end + 1 < cell.size() ? cell[end + 1] : '\0';
    const auto* const what = std::find(kEscapes.begin() + 1, kEscapes.end(), escape);  // \0 is never written
    if (escape == '\0' || what == kEscapes.end()) return false;
    out.push_back(static_cast<char>(what - kEscapes.begin()));
    at = end + 2;
  }
  return true;
}

void check_decidable(const ColumnType& type, const std::string& column, const ValueSettings& settings) {
  if (type.kind == TypeKind::array) return check_decidable(*type.element, column, settings);
  // With a scale, text has a point and base64 has none.
  if (type.kind != TypeKind::numeric || type.scale.value_or(0) > 0 || settings.decimals != DecimalMode::unset) return;
  SettingNeeded needed("decimal.handling.mode", "is " + type.name + ": without schemas a decimal may be text or base64 there; set "
                                                "decimal.handling.mode as on the source, or switch the source to schemas.enable=true");
  needed.column = column;
  throw needed;
}

}  // namespace sluice::debezium
