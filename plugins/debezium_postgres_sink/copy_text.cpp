#include "debezium_postgres_sink/copy_text.h"

#include <array>

#include "debezium_postgres_sink/record_error.h"

namespace sluice::debezium {
namespace {

// What stands after the backslash; 0: the byte goes as it is.
constexpr auto kEscape = [] {
  std::array<char, 256> t{};
  t['\b'] = 'b', t['\f'] = 'f', t['\n'] = 'n', t['\r'] = 'r', t['\t'] = 't', t['\v'] = 'v', t['\\'] = '\\';
  t[0] = '0';
  return t;
}();

}  // namespace

void CopyText::text(std::string_view value) {
  size_t from = 0;
  for (size_t i = 0; i < value.size(); ++i) {
    const char letter = kEscape[static_cast<unsigned char>(value[i])];
    if (!letter) continue;
    if (letter == '0') throw RecordError("the text holds the character \\u0000, which Postgres cannot store", "22021");
    buffer_.append(value.substr(from, i - from)).push_back('\\');
    buffer_.push_back(letter);
    from = i + 1;
  }
  buffer_.append(value.substr(from)).push_back('\t');
}

}  // namespace sluice::debezium
