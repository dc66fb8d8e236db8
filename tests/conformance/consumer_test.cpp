// What every consumer does, the real one and the fake: one list, told to each.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "conformance/cluster_in_memory.h"
#include "conformance/cluster_of_librdkafka.h"

using namespace sluice;
using namespace sluice::conformance;
using namespace std::chrono_literals;

TYPE_TO_STRING(ClusterInMemory);
TYPE_TO_STRING(ClusterOfLibrdkafka);

namespace {

using Kind = AssignmentChange::Kind;
using Offsets = std::vector<int64_t>;

constexpr milliseconds kPatience{30000};  // with what has to come
constexpr milliseconds kQuiet{700};       // for which nothing may come

Offsets range(int64_t first, int64_t last) {
  Offsets offsets(static_cast<size_t>(last - first));
  std::iota(offsets.begin(), offsets.end(), first);
  return offsets;
}

// A member of the group, and what has come to it.
class Member {
 public:
  Member(Cluster& cluster, const std::string& instance) : cluster_(cluster), source(cluster.join(instance)) {}

  // The next change, which has to come; the partitions in order.
  AssignmentChange next_change() {
    for (const milliseconds end = cluster_.now() + kPatience; cluster_.now() < end; cluster_.wait(20ms))
      if (auto change = source->take_change()) {
        std::ranges::sort(change->partitions, {}, &AssignmentChange::Partition::name);
        return *change;
      }
    FAIL("no change of the assignment came");
    return {};
  }
  AssignmentChange next_change(Kind kind) {
    AssignmentChange change = next_change();
    CHECK(change.kind == kind);
    return change;
  }
  // Is given partitions, and does not answer yet.
  AssignmentChange gain() {
    const AssignmentChange change = next_change(Kind::gained);
    for (const auto& p : change.partitions) handles[p.name.partition] = p.handle;
    return change;
  }
  // And reads each from its beginning. The group waits for that.
  AssignmentChange take() {
    const AssignmentChange change = gain();
    for (const auto& p : change.partitions) begin(p.name.partition, 0);
    return change;
  }
  PartitionStart look_up(int32_t partition) {
    std::vector<PartitionStart> starts;
    const AssignmentChange::Partition asked{handles.contains(partition) ? handles[partition] : 0, {kTopic, partition}};
    for (const milliseconds end = cluster_.now() + kPatience; cluster_.now() < end; cluster_.wait(20ms))
      if (source->look_up({&asked, 1}, starts).ok()) return starts.at(0);
    FAIL("the question was not answered");
    return {};
  }
  // As a task does: asks, then reads on from there.
  void begin(int32_t partition, int64_t offset) {
    look_up(partition);
    const PartitionPosition position{handles.at(partition), offset, -1};
    REQUIRE(source->begin({&position, 1}).ok());
  }
  void fetch(FetchLimits limits = {1000, 1 << 20, 50ms, 0ms}) {
    Fetched fetched;
    source->fetch(limits, fetched);
    last_count = fetched.records.size();
    for (const Record& record : fetched.records) {
      offsets[record.partition].push_back(record.offset);
      values.emplace_back(static_cast<const char*>(record.value), record.value_len);
    }
    for (const PartitionEvent& event : fetched.events) events.push_back(event);
    cluster_.wait(10ms);
  }
  template <class Done>
  void fetch_until(Done done) {
    for (const milliseconds end = cluster_.now() + kPatience; !done() && cluster_.now() < end;) fetch();
    CHECK(done());
  }
  void fetch_for(milliseconds time) {
    for (const milliseconds end = cluster_.now() + time; cluster_.now() < end;) fetch();
  }
  Offsets read(int32_t partition) const {
    const auto at = offsets.find(handles.at(partition));
    return at == offsets.end() ? Offsets{} : at->second;
  }
  size_t count(PartitionEvent::Kind kind) const { return static_cast<size_t>(std::ranges::count(events, kind, &PartitionEvent::kind)); }
  void commit(int32_t partition, int64_t offset, bool written) {
    const PartitionPosition position{handles.at(partition), offset, -1, written};
    source->commit({&position, 1}, Commit::now);
  }
  Outcome confirm(int32_t partition, int64_t offset) {
    const PartitionPosition position{handles.at(partition), offset, -1};
    return source->confirm_membership({&position, 1});
  }

 private:
  Cluster& cluster_;

 public:
  std::unique_ptr<RecordSource> source;
  std::map<int32_t, PartitionHandle> handles;
  std::map<PartitionHandle, Offsets> offsets;
  std::vector<std::string> values;
  std::vector<PartitionEvent> events;
  size_t last_count = 0;  // of the records of the last fetch
};

void fill(Cluster& cluster, int32_t partition, int first, int last) {
  for (int i = first; i < last; ++i) cluster.append(partition, "value " + std::to_string(i));
}

std::set<int32_t> partitions_of(const AssignmentChange& change) {
  std::set<int32_t> found;
  for (const auto& p : change.partitions) found.insert(p.name.partition);
  return found;
}

// Two members, each with its share.
struct Pair {
  Member a, b;
  AssignmentChange revoked, gained;
  explicit Pair(Cluster& cluster) : a(cluster, "a"), b((a.take(), cluster), "b") {
    revoked = a.next_change(Kind::revoked);
    a.source->release(revoked);
    gained = b.take();
  }
};

}  // namespace

// ---- the assignment ---------------------------------------------------------------------------------------------------

TEST_CASE_TEMPLATE("consumer: the first member gains every partition in one change, each with a handle of its own", C, ClusterInMemory, ClusterOfLibrdkafka) {
  C cluster;
  cluster.create(4);
  Member a(cluster, "a");
  const AssignmentChange gained = a.next_change();
  CHECK(gained.kind == Kind::gained);
  CHECK(partitions_of(gained) == std::set<int32_t>{0, 1, 2, 3});
  std::set<PartitionHandle> handles;
  for (const auto& p : gained.partitions) handles.insert(p.handle);
  CHECK(handles.size() == 4);
  CHECK(!handles.contains(0));
  cluster.wait(kQuiet);
  CHECK(!a.source->take_change());
  CHECK(a.source->fatal().empty());
}

TEST_CASE_TEMPLATE("consumer (group): a second member is given its share once the first has let go of it, and not before", C, ClusterInMemory, ClusterOfLibrdkafka) {
  C cluster;
  cluster.create(4);
  for (int32_t p = 0; p < 4; ++p) fill(cluster, p, 0, 3);
  Member a(cluster, "a");
  a.take();
  a.fetch_until([&] { return a.values.size() == 12; });
  Member b(cluster, "b");
  const AssignmentChange revoked = a.next_change(Kind::revoked);
  CHECK(revoked.partitions.size() == 2);
  for (const auto& p : revoked.partitions) CHECK(p.handle == a.handles[p.name.partition]);
  cluster.wait(cluster.revoke_grace() / 2);
  const auto before = b.source->take_change();  // an empty one at most
  CHECK((!before || before->partitions.empty()));
  a.source->release(revoked);
  const AssignmentChange gained = b.gain();
  CHECK(partitions_of(gained) == partitions_of(revoked));

  // Records of what went come to the new owner alone, and of what stayed to the old one.
  for (const auto& p : gained.partitions) b.begin(p.name.partition, 3);
  for (int32_t p = 0; p < 4; ++p) fill(cluster, p, 3, 5);
  a.fetch_until([&] { return a.values.size() == 16; });
  b.fetch_until([&] { return b.values.size() == 4; });
  a.fetch_for(kQuiet / 2);
  CHECK(a.values.size() == 16);
  for (const auto& p : gained.partitions) CHECK(b.read(p.name.partition) == Offsets{3, 4});
  CHECK(!a.source->take_change());
}

TEST_CASE_TEMPLATE("consumer (group): what a member leaves goes to the others", C, ClusterInMemory, ClusterOfLibrdkafka) {
  C cluster;
  cluster.create(4);
  Pair pair(cluster);
  pair.b.source->close(true);
  const AssignmentChange gained = pair.a.next_change(Kind::gained);
  CHECK(partitions_of(gained) == partitions_of(pair.gained));
  for (const auto& p : gained.partitions) CHECK(p.handle != pair.a.handles[p.name.partition]);  // it had them before
}

TEST_CASE_TEMPLATE("consumer (group): a member that the group has forgotten loses all, then gains it anew under other handles", C, ClusterInMemory, ClusterOfLibrdkafka) {
  C cluster;
  cluster.create(2);
  fill(cluster, 0, 0, 3);
  Member a(cluster, "a");
  a.take();
  const auto before = a.handles;
  a.fetch_until([&] { return a.values.size() == 3; });
  cluster.forget_member("a");
  const AssignmentChange lost = a.next_change(Kind::lost);
  CHECK(partitions_of(lost) == std::set<int32_t>{0, 1});
  for (const auto& p : lost.partitions) CHECK(p.handle == before.at(p.name.partition));
  a.source->release(lost);
  const AssignmentChange gained = a.gain();
  CHECK(partitions_of(gained) == std::set<int32_t>{0, 1});
  for (const auto& p : gained.partitions) CHECK(p.handle != before.at(p.name.partition));
  fill(cluster, 0, 3, 5);
  a.fetch_for(kQuiet);
  CHECK(a.values.size() == 3);  // nobody has said where to begin
  a.begin(0, 3);
  a.fetch_until([&] { return a.values.size() == 5; });
  CHECK(a.read(0) == Offsets{3, 4});
}

TEST_CASE_TEMPLATE("consumer (group): a revocation that is not answered is given up after twice the grace, and its release then does nothing", C, ClusterInMemory,
                   ClusterOfLibrdkafka) {
  C cluster;
  cluster.create(2);
  Member a(cluster, "a");
  a.take();
  Member b(cluster, "b");
  const AssignmentChange revoked = a.next_change(Kind::revoked);
  const milliseconds begun = cluster.now();
  const AssignmentChange gained = b.gain();
  CHECK(cluster.now() - begun >= cluster.revoke_grace() * 2 - 200ms);
  CHECK(partitions_of(gained) == partitions_of(revoked));
  a.source->release(revoked);
  cluster.wait(kQuiet);
  CHECK(!b.source->take_change());
  const int32_t gone = revoked.partitions.at(0).name.partition;
  fill(cluster, gone, 0, 2);
  b.begin(gone, 0);
  b.fetch_until([&] { return b.values.size() == 2; });
  a.fetch_for(kQuiet / 2);
  CHECK(a.values.empty());
}

TEST_CASE_TEMPLATE("consumer (group): a member whose task hangs can be made to leave, says so and is followed by another", C, ClusterInMemory, ClusterOfLibrdkafka) {
  C cluster;
  cluster.create(2);
  Pair pair(cluster);
  pair.b.source->give_up_membership();
  const AssignmentChange gained = pair.a.next_change(Kind::gained);
  CHECK(partitions_of(gained) == partitions_of(pair.gained));
  CHECK(pair.b.source->fatal().find("left its consumer group") != std::string::npos);
}

// ---- where partitions stand -------------------------------------------------------------------------------------------

TEST_CASE_TEMPLATE("consumer: where a partition stands is told with the log's ends, and begins at the low one without a commit", C, ClusterInMemory, ClusterOfLibrdkafka) {
  C cluster;
  cluster.create(2);
  fill(cluster, 0, 0, 7);
  Member a(cluster, "a");
  a.gain();
  const PartitionStart start = a.look_up(0), empty = a.look_up(1);
  CHECK(start.low_watermark == 0);
  CHECK(start.high_watermark == 7);
  CHECK(start.committed == -1);
  CHECK(!start.committed_as_written);
  CHECK(start.start_offset == 0);
  CHECK(start.generation >= 0);
  CHECK(empty.high_watermark == 0);
  CHECK(empty.start_offset == 0);
  CHECK(empty.topic_id == start.topic_id);
  cluster.cut_beginning(0);
  const PartitionStart later = a.look_up(0);
  CHECK(later.low_watermark > 0);
  CHECK(later.high_watermark == 17);
  CHECK(later.start_offset == later.low_watermark);
}

TEST_CASE_TEMPLATE("consumer: several partitions are told in the order in which they were asked", C, ClusterInMemory, ClusterOfLibrdkafka) {
  C cluster;
  cluster.create(3);
  for (int32_t p = 0; p < 3; ++p) fill(cluster, p, 0, p + 1);
  Member a(cluster, "a");
  a.gain();
  std::vector<PartitionStart> starts(9);  // what was in it goes
  const AssignmentChange::Partition asked[] = {{a.handles[2], {kTopic, 2}}, {a.handles[0], {kTopic, 0}}, {a.handles[1], {kTopic, 1}}};
  REQUIRE(a.source->look_up(asked, starts).ok());
  REQUIRE(starts.size() == 3);
  CHECK(starts[0].high_watermark == 3);
  CHECK(starts[1].high_watermark == 1);
  CHECK(starts[2].high_watermark == 2);
}

TEST_CASE_TEMPLATE("consumer (group): a generation grows with each assignment", C, ClusterInMemory, ClusterOfLibrdkafka) {
  C cluster;
  cluster.create(2);
  Member a(cluster, "a");
  a.take();
  const int64_t alone = a.look_up(0).generation;
  Member b(cluster, "b");
  const AssignmentChange revoked = a.next_change(Kind::revoked);
  a.source->release(revoked);
  b.take();
  CHECK(b.look_up(revoked.partitions.at(0).name.partition).generation > alone);
}

// ---- records ----------------------------------------------------------------------------------------------------------

TEST_CASE_TEMPLATE("consumer: nothing comes before it is said where to begin", C, ClusterInMemory, ClusterOfLibrdkafka) {
  C cluster;
  cluster.create(2);
  fill(cluster, 0, 0, 5);
  fill(cluster, 1, 0, 5);
  Member a(cluster, "a");
  a.gain();
  a.look_up(0);
  a.fetch_for(kQuiet);
  CHECK(a.values.empty());
  CHECK(a.events.empty());
  a.begin(0, 0);
  a.fetch_until([&] { return a.values.size() == 5; });
  a.fetch_for(kQuiet / 2);
  CHECK(a.read(1).empty());
}

TEST_CASE_TEMPLATE("consumer: records come from the position on, each once and in order, with what is in them", C, ClusterInMemory, ClusterOfLibrdkafka) {
  C cluster;
  cluster.create(1);
  fill(cluster, 0, 0, 20);
  Member a(cluster, "a");
  a.gain();
  a.begin(0, 6);
  a.fetch_until([&] { return a.values.size() == 14; });
  fill(cluster, 0, 20, 30);
  a.fetch_until([&] { return a.values.size() == 24; });
  a.fetch_for(kQuiet / 2);
  CHECK(a.read(0) == range(6, 30));
  for (size_t i = 0; i < a.values.size(); ++i) CHECK(a.values[i] == "value " + std::to_string(i + 6));
}

TEST_CASE_TEMPLATE("consumer: reading begins anew wherever it is said to, and what was fetched before is dropped", C, ClusterInMemory, ClusterOfLibrdkafka) {
  C cluster;
  cluster.create(1);
  fill(cluster, 0, 0, 40);
  Member a(cluster, "a");
  a.gain();
  a.begin(0, 0);
  a.fetch_until([&] { return !a.values.empty(); });
  for (const int64_t position : {30, 3, 3, 38}) {
    CAPTURE(position);
    cluster.wait(100ms);  // what is on its way arrives
    a.offsets.clear();
    a.begin(0, position);
    a.fetch_until([&] { return a.read(0).size() >= static_cast<size_t>(40 - position); });
    CHECK(a.read(0) == range(position, 40));
  }
}

TEST_CASE_TEMPLATE("consumer: reading begins also where it was begun a moment ago, again and again", C, ClusterInMemory, ClusterOfLibrdkafka) {
  C cluster;
  cluster.create(1);
  fill(cluster, 0, 0, 6);
  Member a(cluster, "a");
  a.gain();
  for (const int pause : {0, 1, 5, 20, 100}) {
    for (const int64_t position : {0, 2, 2, 2, 4, 1}) {
      a.begin(0, position);
      cluster.wait(milliseconds(pause));
    }
    a.offsets.clear();
    CAPTURE(pause);
    a.fetch_until([&] { return a.read(0).size() >= 5; });
    CHECK(a.read(0) == range(1, 6));
  }
}

TEST_CASE_TEMPLATE("consumer: a fetch brings no more records than it may, and the next one goes on there", C, ClusterInMemory, ClusterOfLibrdkafka) {
  C cluster;
  cluster.create(2);
  fill(cluster, 0, 0, 15);
  fill(cluster, 1, 0, 15);
  Member a(cluster, "a");
  a.take();
  cluster.wait(300ms);
  size_t most = 0;
  for (const milliseconds end = cluster.now() + kPatience; a.values.size() < 30 && cluster.now() < end;) {
    a.fetch({4, 1 << 20, 100ms, 20ms});
    most = std::max(most, a.last_count);
  }
  CHECK(most <= 4);
  CHECK(most > 1);
  CHECK(a.read(0) == range(0, 15));
  CHECK(a.read(1) == range(0, 15));
}

TEST_CASE_TEMPLATE("consumer: a fetch ends once it has the bytes that it may have, with one record at least", C, ClusterInMemory, ClusterOfLibrdkafka) {
  C cluster;
  cluster.create(1);
  fill(cluster, 0, 0, 5);
  Member a(cluster, "a");
  a.take();
  cluster.wait(300ms);
  size_t most = 0;
  for (const milliseconds end = cluster.now() + kPatience; a.values.size() < 5 && cluster.now() < end;) {
    a.fetch({1000, 1, 100ms, 20ms});
    most = std::max(most, a.last_count);
  }
  CHECK(most == 1);
  CHECK(a.read(0) == range(0, 5));
}

TEST_CASE_TEMPLATE("consumer: the log's end is told when it is reached, and once each time", C, ClusterInMemory, ClusterOfLibrdkafka) {
  C cluster;
  cluster.create(1);
  fill(cluster, 0, 0, 5);
  Member a(cluster, "a");
  a.gain();
  a.begin(0, 2);
  a.fetch_until([&] { return a.count(PartitionEvent::Kind::end_reached) > 0; });
  CHECK(a.read(0) == range(2, 5));
  CHECK(a.events.at(0).next_offset == 5);
  CHECK(a.events.at(0).partition == a.handles[0]);
  a.fetch_for(kQuiet);
  CHECK(a.events.size() == 1);
  fill(cluster, 0, 5, 6);
  a.fetch_until([&] { return a.events.size() > 1; });
  CHECK(a.events.at(1).next_offset == 6);
  // To begin at the end is to reach it.
  a.events.clear();
  a.begin(0, 6);
  a.fetch_until([&] { return !a.events.empty(); });
  CHECK(a.events.at(0).kind == PartitionEvent::Kind::end_reached);
  CHECK(a.events.at(0).next_offset == 6);
  fill(cluster, 0, 6, 7);
  a.fetch_until([&] { return a.values.size() == 5; });
  CHECK(a.read(0) == range(2, 7));
}

TEST_CASE_TEMPLATE("consumer: a position that the log has lost or does not have yet is told once, and nothing comes until it is begun anew", C, ClusterInMemory,
                   ClusterOfLibrdkafka) {
  C cluster;
  cluster.create(1);
  fill(cluster, 0, 0, 7);
  cluster.cut_beginning(0);
  Member a(cluster, "a");
  a.gain();
  const PartitionStart start = a.look_up(0);
  REQUIRE(start.low_watermark > 0);
  SUBCASE("below") { a.begin(0, start.low_watermark - 1); }
  SUBCASE("above") { a.begin(0, start.high_watermark + 1); }
  a.fetch_until([&] { return !a.events.empty(); });
  CHECK(a.events.at(0).kind == PartitionEvent::Kind::out_of_range);
  CHECK(a.events.at(0).partition == a.handles[0]);
  a.fetch_for(kQuiet);
  CHECK(a.events.size() == 1);
  CHECK(a.values.empty());
  a.begin(0, start.low_watermark);
  const auto left = static_cast<size_t>(start.high_watermark - start.low_watermark);
  a.fetch_until([&] { return a.read(0).size() >= left; });
  CHECK(a.read(0) == range(start.low_watermark, start.high_watermark));
  CHECK(a.count(PartitionEvent::Kind::out_of_range) == 1);
}

// ---- commits ----------------------------------------------------------------------------------------------------------

TEST_CASE_TEMPLATE("consumer (group): what is committed, and that it was written, is told to whoever has the partition next", C, ClusterInMemory, ClusterOfLibrdkafka) {
  C cluster;
  cluster.create(2);
  fill(cluster, 0, 0, 9);
  fill(cluster, 1, 0, 9);
  {
    Member a(cluster, "a");
    a.take();
    a.commit(0, 5, true);
    a.commit(1, 9, false);
    a.source->close(true);
  }
  Member b(cluster, "b");
  b.gain();
  const PartitionStart first = b.look_up(0), second = b.look_up(1);
  CHECK(first.committed == 5);
  CHECK(first.start_offset == 5);
  CHECK(first.committed_as_written);
  CHECK(second.committed == 9);
  CHECK(second.start_offset == 9);
  CHECK(!second.committed_as_written);
}

TEST_CASE_TEMPLATE("consumer: a commit that the log has lost or does not have yet is told, and is no place to begin", C, ClusterInMemory, ClusterOfLibrdkafka) {
  C cluster;
  cluster.create(1);
  fill(cluster, 0, 0, 9);
  Member a(cluster, "a");
  a.take();
  a.commit(0, 40, true);
  CHECK(a.look_up(0).committed == 40);
  CHECK(a.look_up(0).start_offset == 0);
  a.commit(0, 2, true);
  cluster.cut_beginning(0);
  const PartitionStart start = a.look_up(0);
  REQUIRE(start.low_watermark > 2);
  CHECK(start.committed == 2);
  CHECK(start.start_offset == start.low_watermark);
}

TEST_CASE_TEMPLATE("consumer (group): a partition that has gone is not committed any more", C, ClusterInMemory, ClusterOfLibrdkafka) {
  C cluster;
  cluster.create(2);
  fill(cluster, 0, 0, 9);
  fill(cluster, 1, 0, 9);
  Pair pair(cluster);
  const int32_t gone = pair.revoked.partitions.at(0).name.partition;
  pair.b.commit(gone, 4, true);
  pair.a.commit(gone, 2, true);
  CHECK(pair.b.look_up(gone).committed == 4);
}

TEST_CASE_TEMPLATE("consumer: the group confirms a member that it knows by taking its positions", C, ClusterInMemory, ClusterOfLibrdkafka) {
  C cluster;
  cluster.create(1);
  fill(cluster, 0, 0, 9);
  Member a(cluster, "a");
  a.take();
  CHECK(a.confirm(0, 3).ok());
  CHECK(a.look_up(0).committed == 3);
}

TEST_CASE_TEMPLATE("consumer (group): the group does not confirm a member of a former generation until it has settled", C, ClusterInMemory, ClusterOfLibrdkafka) {
  C cluster;
  cluster.create(2);
  Member a(cluster, "a");
  a.take();
  REQUIRE(a.confirm(0, 0).ok());
  Member b(cluster, "b");
  const AssignmentChange revoked = a.next_change(Kind::revoked);
  const int32_t gone = revoked.partitions.at(0).name.partition, kept = 1 - gone;
  a.source->release(revoked);
  b.take();
  Outcome settled = a.confirm(kept, 0);
  for (const milliseconds end = cluster.now() + kPatience; !settled.ok() && cluster.now() < end; cluster.wait(50ms)) {
    CHECK(settled.verdict == Verdict::retry);
    settled = a.confirm(kept, 0);
  }
  CHECK(settled.ok());
  CHECK(b.confirm(gone, 0).ok());
}
