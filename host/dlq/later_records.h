// What a partition's log says about the dead letters that came out of it: whether it still is the log that they came from, and
// whether it holds a later record of the same key, which a letter must not be written over. One thread.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "task/record.h"

namespace sluice {

// Why the log, which has the offsets from `low` to before `high`, cannot tell what came after the letter's record; "" = it can.
std::string why_later_is_unknown(int64_t offset, int64_t low, int64_t high);

class LaterRecords {
 public:
  struct Found {
    bool superseded = false;      // a later record of the same key is there
    bool another_record = false;  // the log has something else at the letter's offset
  };

  // Before the records are seen; one letter an offset. Of `original`, which outlives this, only key and value count: the offset
  // that it has as a letter is another.
  void look_for(int64_t offset, const Record& original);
  // Every record of the partition from the first letter's offset on, in order.
  void see(const Record& record);

  const Found& found(int64_t offset) const { return letters_.at(offset).found; }

 private:
  struct Of {
    const Record* original;
    Found found;
  };
  std::map<int64_t, Of> letters_;                                    // by offset
  std::unordered_multimap<std::string_view, int64_t> open_by_key_;  // offsets of letters with nothing later so far
};

}  // namespace sluice
