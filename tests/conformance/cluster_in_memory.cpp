#include "conformance/cluster_in_memory.h"

namespace sluice::conformance {
namespace {

constexpr milliseconds kTick{50};

}  // namespace

// Is heard of for as long as it lives.
class ClusterInMemory::Member : public FakeConsumer {
 public:
  Member(ClusterInMemory& cluster, const std::string& instance) : FakeConsumer(cluster.kafka_, cluster, cluster.clock_, instance), cluster_(cluster) {
    cluster_.members_.insert(this);
  }
  ~Member() override { cluster_.members_.erase(this); }
  void close(bool leave_group) override {
    cluster_.members_.erase(this);
    FakeConsumer::close(leave_group);
  }

 private:
  ClusterInMemory& cluster_;
};

std::unique_ptr<RecordSource> ClusterInMemory::join(const std::string& instance) { return std::make_unique<Member>(*this, instance); }

void ClusterInMemory::cut_beginning(int32_t partition) {
  const TopicPartition name{kTopic, partition};
  for (int i = 0; i < 10; ++i) kafka_.append(name, "more");
  kafka_.remove_below(name, kafka_.log(name).high - 5);
}

void ClusterInMemory::wait(milliseconds time) {
  for (const milliseconds end = now() + time; now() < end;) {
    clock_.advance(kTick);
    kafka_.tick();
    for (FakeConsumer* member : members_) member->control();
  }
}

}  // namespace sluice::conformance
