// A process with a task of the connector: what it was answered, and batches for its sink as the host makes them.
#pragma once
#include <list>
#include <map>
#include <string>
#include <vector>

#include "conformance/store.h"
#include "task/batch.h"
#include "task/rejects.h"

namespace sluice::conformance {

inline const std::string kTopic = "shop.public.orders";
inline TopicPartition at(int32_t partition) { return {kTopic, partition}; }

inline TopicId topic_id(uint8_t number) {
  TopicId id{};
  id[15] = number;
  return id;
}

struct Wanted {  // of a claim
  int32_t partition = 0;
  int64_t initial = 0;
  int64_t generation = -1;
  TopicId id{};
};

struct Share {  // of a batch
  int32_t partition = 0;
  std::vector<int64_t> offsets;
  int64_t next_offset = 0;
};

class Member {
 public:
  explicit Member(Store& store) : batch_bytes_(store.batch_bytes()), rejects_({}), sink_(store.make_sink(rejects_)) {}

  Outcome claim(std::vector<Wanted> wanted);
  // Once a retry has been answered, again after a while, until another answer comes or the time is over.
  Outcome claim_within(Store& store, milliseconds time, const std::vector<Wanted>& wanted);
  Outcome put(std::vector<Share> shares) { return sink_->put(batch_of(std::move(shares)).view({0, records_}, 1)); }
  // What the host does about a batch of one partition, one record of which it has given up on.
  Outcome put_without(int64_t rejected, Share share);
  Outcome close(int32_t partition);
  // What the last claim answered.
  const sluice_partition& answer(int32_t partition) const { return answers_.at(partition); }
  std::string value_of(int64_t offset) const;

 private:
  Outcome open(std::vector<Wanted> wanted);
  Outcome show_table();
  Batch batch_of(std::vector<Share> shares);

  const size_t batch_bytes_;
  bool table_shown_ = false;
  Rejects rejects_;
  std::unique_ptr<Sink> sink_;
  std::map<int32_t, sluice_partition> answers_;
  std::list<std::string> values_;  // the records point to them
  uint32_t records_ = 0;           // of the batch that was made last
};

}  // namespace sluice::conformance
