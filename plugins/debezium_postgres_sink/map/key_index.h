// Numbers the keys of a batch in the order in which they come: 0, 1, 2 ... Its memory is reused by the next batch, so that a key
// costs no allocation. Task thread only.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::debezium {

class KeyIndex {
 public:
  uint32_t size() const { return static_cast<uint32_t>(keys_.size()); }
  // The key's number, which is the size() before where it is new.
  uint32_t number_of(std::string_view key);
  std::string_view operator[](uint32_t number) const { return std::string_view(text_).substr(keys_[number].at, keys_[number].size); }  // until the next number_of()
  void clear();

 private:
  struct Key {
    size_t hash, at, size;  // where it is in text_
    size_t place;           // in table_
  };
  size_t place_of(size_t hash, std::string_view key) const;
  void grow();

  std::string text_;
  std::vector<Key> keys_;
  std::vector<uint32_t> table_;  // of a power of two, at most half full: numbers + 1, each at its hash or after it
};

}  // namespace sluice::debezium
