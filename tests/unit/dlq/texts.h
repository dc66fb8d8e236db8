// Records whose bytes are text literals.
#pragma once
#include <cstring>
#include <utility>
#include <vector>

#include "task/record.h"

namespace sluice {

using TextHeaders = std::vector<std::pair<const char*, const char*>>;  // a null value is null

inline Record record_of(int64_t offset, const char* key, const char* value, const TextHeaders& headers = {}) {
  const auto length = [](const char* text) { return text ? static_cast<uint32_t>(std::strlen(text)) : 0; };
  Record record;
  record.offset = offset;
  record.timestamp_ms = 1000 + offset;
  record.key = key;
  record.key_len = length(key);
  record.value = value;
  record.value_len = length(value);
  for (const auto& [name, text] : headers) record.headers.push_back({name, text, length(name), length(text)});
  return record;
}

}  // namespace sluice
