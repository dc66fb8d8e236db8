// What a fuzz target claims of an input. A broken claim ends the process, so that libFuzzer keeps the input.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "debezium_postgres_sink/decode/utf8.h"

namespace sluice::fuzz {

inline void require(bool holds, const char* claim, std::string_view what = {}) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n%.*s\n", claim, static_cast<int>(what.size()), what.data());
  std::abort();
}

// What a person reads about an input that was refused.
inline void require_sentence(std::string_view message) {
  constexpr size_t kLongest = 8000;  // messages list all names that would be right
  require(!message.empty(), "a refusal says why");
  require(debezium::is_utf8(message), "a refusal is UTF-8", message);
  require(message.find_first_of(std::string_view("\n\r\0", 3)) == message.npos, "a refusal is one line", message);
  require(message.size() <= kLongest, "a refusal is no longer than a person reads, whatever was refused", message);
}

}  // namespace sluice::fuzz
