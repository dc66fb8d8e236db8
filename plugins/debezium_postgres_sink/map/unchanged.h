// What a history writes for a large value that an update did not touch: the value that the batch had before for the same key,
// else the one in the current table where there is one, else NULL. Task thread only.
//
// Most batches have no such update, and remembering values would cost each of them. So a first reading of the batch only notes
// what is wanted; the writer then fetches it, and reads the batch once more.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::debezium {

class UnchangedValues {
 public:
  using Place = std::pair<std::string, std::string>;  // key, column: as the rows write them

  void clear() { values_.clear(); }  // another batch
  // What was wanted since clear(); a value is COPY's text, nothing while it is not known.
  const std::map<Place, std::optional<std::string>>& wanted() const { return values_; }
  // The batch is read again: what it taught is forgotten, what is wanted stays.
  void restart() {
    for (auto& [place, value] : values_) value.reset();
  }
  // The value as it was before the batch, from the current table.
  void fetched(const Place& place, std::string text) { values_[place] = std::move(text); }

  std::optional<std::string_view> find(std::string_view key, std::string_view column) {
    const auto& value = values_[{std::string(key), std::string(column)}];
    return value ? std::optional<std::string_view>(*value) : std::nullopt;
  }
  // The batch goes on: a row of this key has this value now.
  void note(std::string_view key, std::string_view column, std::string_view text) {
    if (values_.empty()) return;
    if (const auto at = values_.find({std::string(key), std::string(column)}); at != values_.end()) at->second = text;
  }
  void forget(std::string_view key) {
    for (auto& [place, value] : values_)
      if (place.first == key) value.reset();
  }

 private:
  std::map<Place, std::optional<std::string>> values_;
};

}  // namespace sluice::debezium
