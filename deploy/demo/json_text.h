// Finds where things stand in JSON text, so that an event can be changed in place and keeps its other bytes. The text must
// be valid JSON: recording.cpp has parsed it before.
#pragma once
#include <string_view>

namespace sluice::demo {

struct Span {
  size_t begin = 0;
  size_t end = 0;
};

inline std::string_view cut(std::string_view text, Span span) { return text.substr(span.begin, span.end - span.begin); }

// The value of a member of the object that begins at `object`. Throws where there is none.
Span find_member(std::string_view text, size_t object, std::string_view name);
bool has_member(std::string_view text, size_t object, std::string_view name);

}  // namespace sluice::demo
