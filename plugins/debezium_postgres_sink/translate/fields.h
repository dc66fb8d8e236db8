// Which fields of a row go to which columns, as a row of transforms changes it, and the setting `columns` that says the same. Pure.
#pragma once
#include <map>
#include <set>
#include <string>

namespace sluice::debezium {

class Fields {
 public:
  void drop(const std::string& name);
  void keep_only(const std::set<std::string>& names);
  void rename(const std::map<std::string, std::string>& new_by_old);
  void insert(const std::string& name, const std::string& source);  // "@topic"

  bool changed() const { return !every_ || !listed_.empty() || !dropped_.empty(); }
  // Column -> source. `*` where every other field is written, too.
  std::map<std::string, std::string> columns() const;

 private:
  bool every_ = true;                          // fields that are not named go to the columns of their names
  std::map<std::string, std::string> listed_;  // name after the transforms so far -> field or metadata source
  std::set<std::string> dropped_;              // fields that are not written under their names
};

}  // namespace sluice::debezium
