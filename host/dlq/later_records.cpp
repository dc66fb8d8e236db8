#include "dlq/later_records.h"

#include <fmt/format.h>

#include <cstring>

namespace sluice {
namespace {

bool same(const void* a, uint32_t a_len, const void* b, uint32_t b_len) {
  if (!a || !b) return !a && !b;
  return a_len == b_len && std::memcmp(a, b, a_len) == 0;
}

std::string_view key_of(const Record& record) { return {static_cast<const char*>(record.key), record.key_len}; }

}  // namespace

std::string why_later_is_unknown(int64_t offset, int64_t low, int64_t high) {
  if (low > offset + 1)
    return fmt::format("the topic begins at {} by now, so that a later record of the same key may have been deleted; whether something newer is "
                       "in the target is unknown", low);
  if (high <= offset) return fmt::format("the topic ends at {}: it is not the one that the letter came from", high);
  return {};
}

void LaterRecords::look_for(int64_t offset, const Record& original) {
  letters_.try_emplace(offset, Of{&original, {}});
  if (original.key) open_by_key_.emplace(key_of(original), offset);
}

void LaterRecords::see(const Record& record) {
  if (const auto at = letters_.find(record.offset); at != letters_.end()) {
    const Record& original = *at->second.original;
    at->second.found.another_record = !same(record.key, record.key_len, original.key, original.key_len) ||
                                      !same(record.value, record.value_len, original.value, original.value_len);
  }
  if (!record.key) return;
  auto [at, end] = open_by_key_.equal_range(key_of(record));
  while (at != end) {
    if (at->second >= record.offset) {
      ++at;
      continue;
    }
    letters_.at(at->second).found.superseded = true;
    at = open_by_key_.erase(at);
  }
}

}  // namespace sluice
