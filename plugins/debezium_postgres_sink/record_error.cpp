#include "debezium_postgres_sink/record_error.h"

namespace sluice::debezium {
namespace {

constexpr size_t kLongest = 4000;  // messages list the columns that there are

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

bool goes_on(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }  // the second byte or a later one of a character

std::string escaped(char c) {
  constexpr char kDigits[] = "0123456789abcdef";
  return c == '\n' ? "\\n" : std::string("\\x") + kDigits[c >> 4] + kDigits[c & 15];
}

}  // namespace

std::string one_line(const std::string& text) {
  std::string line;
  for (const char c : text) {
    if (line.size() >= kLongest && !goes_on(c)) return line + "...";
    if (is_control(c)) line += escaped(c);
    else line += c;
  }
  return line;
}

}  // namespace sluice::debezium
