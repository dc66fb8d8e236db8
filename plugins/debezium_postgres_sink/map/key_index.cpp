#include "debezium_postgres_sink/map/key_index.h"

#include <algorithm>
#include <functional>

namespace sluice::debezium {

uint32_t KeyIndex::number_of(std::string_view key) {
  if (table_.size() < 2 * (keys_.size() + 1)) grow();
  const size_t hash = std::hash<std::string_view>()(key), place = place_of(hash, key);
  if (table_[place] == 0) {
    keys_.push_back({hash, text_.size(), key.size(), place});
    text_.append(key);
    table_[place] = size();
  }
  return table_[place] - 1;
}

// Where the key is, or the free place where it belongs.
size_t KeyIndex::place_of(size_t hash, std::string_view key) const {
  const size_t last = table_.size() - 1;
  for (size_t place = hash & last;; place = (place + 1) & last) {
    if (table_[place] == 0) return place;
    const uint32_t number = table_[place] - 1;
    if (keys_[number].hash == hash && (*this)[number] == key) return place;
  }
}

void KeyIndex::grow() {
  table_.assign(std::max<size_t>(64, 2 * table_.size()), 0);
  for (uint32_t number = 0; number < keys_.size(); ++number) {
    Key& key = keys_[number];
    key.place = place_of(key.hash, (*this)[number]);
    table_[key.place] = number + 1;
  }
}

void KeyIndex::clear() {
  for (const Key& key : keys_) table_[key.place] = 0;  // a large batch may be followed by many small ones
  keys_.clear();
  text_.clear();
}

}  // namespace sluice::debezium
