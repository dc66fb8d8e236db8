// A batch's text takes the memory of the last one's: new memory would be faulted in page by page, for each batch anew.
#pragma once
#include <cstddef>
#include <string>
#include <utility>

namespace sluice::debezium {

// Empties the text and keeps its memory, unless the text needed far less of it: one large batch must not hold it for ever.
inline void empty_for_reuse(std::string& text) {
  constexpr size_t kSmall = size_t{1} << 20;
  if (text.empty()) return;
  if (text.capacity() > kSmall && text.size() < text.capacity() / 8) text = std::string();
  text.clear();
}

}  // namespace sluice::debezium
