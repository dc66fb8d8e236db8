#include "debezium_postgres_sink/translate/fields.h"

namespace sluice::debezium {

void Fields::drop(const std::string& name) {
  const auto found = listed_.find(name);
  if (found != listed_.end()) {
    if (!found->second.starts_with('@')) dropped_.insert(found->second);
    listed_.erase(found);
  }
  if (every_) dropped_.insert(name);
}

void Fields::keep_only(const std::set<std::string>& names) {
  std::map<std::string, std::string> kept;
  for (const std::string& name : names) {
    if (const auto found = listed_.find(name); found != listed_.end()) kept.insert(*found);
    else if (every_ && !dropped_.contains(name)) kept.emplace(name, name);
  }
  listed_ = std::move(kept);
  dropped_.clear();
  every_ = false;
}

// All at once: two names may be exchanged.
void Fields::rename(const std::map<std::string, std::string>& new_by_old) {
  std::map<std::string, std::string> renamed;
  for (const auto& [name, source] : listed_) {
    const auto found = new_by_old.find(name);
    renamed[found == new_by_old.end() ? name : found->second] = source;
  }
  if (every_)
    for (const auto& [old_name, new_name] : new_by_old)
      if (!listed_.contains(old_name) && !dropped_.contains(old_name)) {
        renamed[new_name] = old_name;
        dropped_.insert(old_name);
      }
  listed_ = std::move(renamed);
}

void Fields::insert(const std::string& name, const std::string& source) { listed_[name] = source; }

std::map<std::string, std::string> Fields::columns() const {
  std::map<std::string, std::string> columns;
  if (every_) {
    columns["*"] = "*";
    for (const std::string& name : dropped_) columns[name] = "@none";
  }
  for (const auto& [name, source] : listed_) columns[name] = source;
  return columns;
}

}  // namespace sluice::debezium
