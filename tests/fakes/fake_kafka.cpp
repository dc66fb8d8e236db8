#include "fakes/fake_kafka.h"

#include <algorithm>
#include <numeric>

namespace sluice {
namespace {

using std::chrono::seconds;

constexpr seconds kSessionTimeout{10};
constexpr seconds kRevokeGrace{5};

}  // namespace

// ---- logs -------------------------------------------------------------------------------------------------------------

void FakeKafka::create(const std::string& topic, int32_t partitions) {
  TopicId id{};
  if (tells_topic_ids_) id[0] = next_id_++;
  for (int32_t p = 0; p < partitions; ++p) {
    names_.push_back({topic, p});
    lives_[names_.back()].push_back(std::make_unique<Log>(Log{0, id, {}, 0, 0}));
    owners_[names_.back()];
  }
}

void FakeKafka::recreate(const std::string& topic) {
  TopicId id{};
  if (tells_topic_ids_) id[0] = next_id_++;
  for (auto& [name, lives] : lives_) {
    if (name.topic != topic) continue;
    lives.push_back(std::make_unique<Log>(Log{static_cast<int>(lives.size()), id, {}, 0, 0}));
    committed.erase(name);
  }
}

FakeKafka::Entry& FakeKafka::append(const TopicPartition& name, std::string value) {
  Log& log = *lives_.at(name).back();
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now().time_since_epoch()).count();
  log.entries.push_back({log.high, Entry::Kind::data, std::move(value), now});
  ++log.high;
  return log.entries.back();
}

void FakeKafka::append_invisible(const TopicPartition& name) {
  Log& log = *lives_.at(name).back();
  log.entries.push_back({log.high, Entry::Kind::invisible, {}, 0});
  ++log.high;
}

void FakeKafka::remove_below(const TopicPartition& name, int64_t offset) {
  Log& log = *lives_.at(name).back();
  log.low = std::max(log.low, std::min(offset, log.high));
}

// ---- the group --------------------------------------------------------------------------------------------------------

// A static member that comes back within its session takes its old place, without a rebalance; whoever sat there is fenced.
void FakeKafka::join(FakeConsumer& consumer) {
  const auto [at, is_new] = members_.try_emplace(consumer.instance_);
  at->second = {&consumer, clock_.now()};
  consumer.joined_ = true;
  if (is_new) {
    ++generation_;
    rebalance();
    return;
  }
  std::vector<TopicPartition> again;
  for (auto& [name, ownership] : owners_) {
    if (ownership.owner != consumer.instance_) continue;
    if (ownership.is_going) ownership = {};
    else again.push_back(name);
  }
  consumer.generation_ = generation_;
  if (!again.empty()) consumer.gain(again);
  rebalance();
}

void FakeKafka::leave(const std::string& instance) {
  if (members_.erase(instance) == 0) return;
  for (auto& [name, ownership] : owners_)
    if (ownership.owner == instance) ownership = {};
  ++generation_;
  rebalance();
}

void FakeKafka::tick() {
  std::vector<std::string> silent;
  for (const auto& [instance, member] : members_)
    if (member.heard_at + kSessionTimeout < clock_.now()) silent.push_back(instance);
  for (const std::string& instance : silent) leave(instance);
}

// Each member gets its share and keeps what it has of it; what it has beyond is asked back first, and given on when it is let go.
void FakeKafka::rebalance() {
  if (members_.empty()) return;
  const size_t share = names_.size() / members_.size();
  size_t extra = names_.size() % members_.size();
  std::map<std::string, size_t> room;
  for (const auto& [instance, member] : members_) room[instance] = share;
  std::map<std::string, std::vector<TopicPartition>> asked_back, given;
  for (auto& [name, ownership] : owners_) {
    if (ownership.owner.empty()) continue;
    size_t& left = room[ownership.owner];
    if (ownership.is_going) continue;
    if (left > 0) {
      --left;
    } else if (extra > 0) {
      --extra;
    } else {
      ownership.is_going = true;
      asked_back[ownership.owner].push_back(name);
    }
  }
  for (auto& [name, ownership] : owners_) {
    if (!ownership.owner.empty()) continue;
    auto taker = std::ranges::find_if(room, [](const auto& each) { return each.second > 0; });
    if (taker != room.end()) {
      --taker->second;
    } else {
      taker = room.begin();  // an extra one
    }
    ownership.owner = taker->first;
    given[taker->first].push_back(name);
  }
  for (const auto& [instance, names] : asked_back)
    if (FakeConsumer* consumer = members_[instance].consumer) consumer->revoke(names);
  if (!given.empty()) ++generation_;
  for (const auto& [instance, names] : given) {
    FakeConsumer* consumer = members_[instance].consumer;
    if (!consumer) continue;  // its process is dead, which the group has yet to notice
    consumer->generation_ = generation_;
    consumer->gain(names);
  }
}

void FakeKafka::released(std::span<const TopicPartition> names, const FakeConsumer& by) {
  if (!is_member(by)) return;
  bool any = false;
  for (const TopicPartition& name : names) {
    Ownership& ownership = owners_.at(name);
    if (ownership.owner != by.instance_) continue;
    ownership = {};
    any = true;
  }
  if (any) rebalance();
}

bool FakeKafka::is_member(const FakeConsumer& consumer) const {
  const auto at = members_.find(consumer.instance_);
  return at != members_.end() && at->second.consumer == &consumer;
}

// ---- a member ---------------------------------------------------------------------------------------------------------

FakeConsumer::FakeConsumer(FakeKafka& kafka, Surroundings& surroundings, const Clock& clock, std::string instance)
    : kafka_(kafka), surroundings_(surroundings), clock_(clock), instance_(std::move(instance)) {}

// Without close(): the process was killed, and the group does not know yet.
FakeConsumer::~FakeConsumer() {
  if (kafka_.is_member(*this)) kafka_.members_[instance_].consumer = nullptr;
}

bool FakeConsumer::is_fenced() const {
  const auto at = kafka_.members_.find(instance_);
  return joined_ && at != kafka_.members_.end() && at->second.consumer != this;
}

bool FakeConsumer::control() {
  if (offline_ || !fatal_.empty()) return false;
  if (is_fenced()) {
    fatal_ = "another process runs with the same worker.id";
    return false;
  }
  if (gives_up_) {
    fatal_ = "the task left its consumer group, since a call of its sink hung; it starts anew";
    entries_.clear();
    kafka_.leave(instance_);
    return false;
  }
  if (!kafka_.is_member(*this)) {
    lose_all();
    kafka_.join(*this);
  }
  kafka_.members_[instance_].heard_at = clock_.now();
  generation_ = kafka_.generation_;
  kafka_.released(std::exchange(untold_, {}), *this);
  for (const auto& [handle, reading] : entries_)
    if (reading.life >= 0 && reading.life != kafka_.log(reading.name).life && kafka_.tells_topic_ids_)
      fatal_ = reading.name.topic + ": the topic was deleted and made anew while it was read";

  bool overdue = false;
  std::vector<TopicPartition> answered;
  for (auto at = going_.begin(); at != going_.end();) {
    const auto since = clock_.now() - at->second;
    overdue = overdue || since > kRevokeGrace;
    if (since <= 2 * kRevokeGrace) {
      ++at;
      continue;
    }
    // The sink does not even react to an interrupt: the group goes on without us.
    surroundings_.happened("a revocation was answered for a task that did not");
    answered.push_back(entries_.at(at->first).name);
    entries_.erase(at->first);
    at = going_.erase(at);
  }
  kafka_.released(answered, *this);
  const bool tell = overdue && !overdue_told_;
  overdue_told_ = overdue;
  return tell;
}

void FakeConsumer::gain(const std::vector<TopicPartition>& names) {
  AssignmentChange change{AssignmentChange::Kind::gained, {}};
  for (const TopicPartition& name : names) {
    entries_[next_handle_].name = name;
    change.partitions.push_back({next_handle_++, name});
  }
  changes_.push_back(std::move(change));
}

void FakeConsumer::revoke(const std::vector<TopicPartition>& names) {
  AssignmentChange change{AssignmentChange::Kind::revoked, {}};
  for (const auto& [handle, reading] : entries_) {
    if (std::ranges::find(names, reading.name) == names.end()) continue;
    change.partitions.push_back({handle, reading.name});
    going_[handle] = clock_.now();
  }
  changes_.push_back(std::move(change));
}

void FakeConsumer::lose_all() {
  AssignmentChange change{AssignmentChange::Kind::lost, {}};
  for (const auto& [handle, reading] : entries_) change.partitions.push_back({handle, reading.name});
  entries_.clear();
  going_.clear();
  untold_.clear();
  if (change.partitions.empty()) return;
  surroundings_.happened("partitions were lost");
  changes_.push_back(std::move(change));
}

void FakeConsumer::leak_once() {
  for (const auto& [handle, reading] : entries_)
    if (reading.next) return changes_.push_back({AssignmentChange::Kind::reread, {{handle, reading.name}}});
}

// ---- the task's side --------------------------------------------------------------------------------------------------

std::optional<AssignmentChange> FakeConsumer::take_change() {
  if (changes_.empty()) return {};
  AssignmentChange change = std::move(changes_.front());
  changes_.pop_front();
  return change;
}

Outcome FakeConsumer::look_up(std::span<const AssignmentChange::Partition> partitions, std::vector<PartitionStart>& starts) {
  surroundings_.at(Point::look_up);
  if (offline_ || surroundings_.kafka_fails(Point::look_up)) return Outcome::retry("Kafka to answer");
  starts.clear();
  for (const auto& p : partitions) {
    const FakeKafka::Log& log = kafka_.log(p.name);
    PartitionStart start;
    start.topic_id = log.id;
    start.low_watermark = log.low;
    start.high_watermark = log.high;
    start.generation = generation_;
    if (const auto at = kafka_.committed.find(p.name); at != kafka_.committed.end()) {
      start.committed = at->second.next_offset;
      start.committed_as_written = at->second.written;
    }
    const bool usable = start.committed >= start.low_watermark && start.committed <= start.high_watermark;
    start.start_offset = usable ? start.committed : start.low_watermark;
    starts.push_back(start);
    if (surroundings_.tracing())
      surroundings_.note("looks " + p.name.text() + " up: " + std::to_string(start.low_watermark) + " to " + std::to_string(start.high_watermark) + ", committed " + std::to_string(start.committed));
    if (const auto at = entries_.find(p.handle); at != entries_.end()) at->second.life = log.life;
  }
  surroundings_.at(Point::looked_up);
  return Outcome::good();
}

Outcome FakeConsumer::begin(std::span<const PartitionPosition> positions) {
  surroundings_.at(Point::begin);
  if (surroundings_.kafka_fails(Point::begin)) return Outcome::retry("the Kafka client to take a position");
  for (const PartitionPosition& p : positions) {
    const auto at = entries_.find(p.handle);
    if (at == entries_.end()) continue;  // gone meanwhile; the change is on its way to the task
    at->second.next = p.next_offset;
    if (surroundings_.tracing()) surroundings_.note("begins " + at->second.name.text() + " at " + std::to_string(p.next_offset));
    at->second.told_out_of_range = false;
    at->second.told_end = -1;
  }
  return Outcome::good();
}

void FakeConsumer::release(const AssignmentChange& change) {
  std::vector<TopicPartition> names;
  for (const auto& p : change.partitions) {
    const auto at = entries_.find(p.handle);
    if (at == entries_.end()) continue;  // the control side lost patience and answered
    entries_.erase(at);
    going_.erase(p.handle);
    (offline_ ? untold_ : names).push_back(p.name);
  }
  kafka_.released(names, *this);
}

void FakeConsumer::fetch(const FetchLimits& limits, Fetched& into) {
  surroundings_.at(Point::fetch);
  if (offline_) return;
  for (auto& [handle, reading] : entries_)
    if (reading.next) read(handle, reading, limits, into);
}

void FakeConsumer::read(PartitionHandle handle, Reading& reading, const FetchLimits& limits, Fetched& into) {
  const FakeKafka::Log& log = kafka_.log(reading.name);
  int64_t& next = *reading.next;
  const bool other_life = log.life != reading.life;
  if (other_life ? next > log.high : next < log.low || next > log.high) {
    if (!reading.told_out_of_range) into.events.push_back({PartitionEvent::Kind::out_of_range, handle, -1, {}});
    reading.told_out_of_range = true;  // the client asks for no more until it is told where to go on
    return;
  }
  // A client would read on in the new log, until the topic's id is looked at. Nothing can be asked of records that come meanwhile, so
  // none does.
  if (other_life) return;
  if (damage_) {
    damage_ = false;
    surroundings_.happened("a damaged batch arrived");
    into.events.push_back({PartitionEvent::Kind::unreadable, handle, -1, "bad message"});
    reading.next.reset();
    return;
  }
  if (rewind_ > 0 && next - rewind_ >= log.low) {
    surroundings_.happened("the client read records again");
    next -= std::exchange(rewind_, 0);
  }
  uint64_t bytes = std::accumulate(into.records.begin(), into.records.end(), uint64_t{0}, [](uint64_t sum, const Record& r) { return sum + r.bytes(); });
  for (auto at = std::ranges::lower_bound(log.entries, next, {}, &FakeKafka::Entry::offset); at != log.entries.end(); ++at) {
    if (into.records.size() >= limits.records || bytes >= limits.bytes) return;
    next = at->offset + 1;
    if (at->kind != FakeKafka::Entry::Kind::data) continue;
    if (skip_ == true) {
      skip_ = false;
      surroundings_.happened("the client passed over a record");
      continue;
    }
    Record record;
    record.partition = handle;
    record.offset = at->offset;
    record.timestamp_ms = at->timestamp_ms;
    record.leader_epoch = log.life;
    record.value = at->value.data();
    record.value_len = static_cast<uint32_t>(at->value.size());
    bytes += record.bytes();
    into.records.push_back(std::move(record));
  }
  if (next != reading.told_end) into.events.push_back({PartitionEvent::Kind::end_reached, handle, next, {}});
  reading.told_end = next;
}

void FakeConsumer::commit(std::span<const PartitionPosition> positions, Commit) {
  surroundings_.at(Point::kafka_commit);
  if (offline_ || !kafka_.is_member(*this) || surroundings_.kafka_fails(Point::kafka_commit)) return;
  for (const PartitionPosition& p : positions) {
    const auto at = entries_.find(p.handle);
    if (at == entries_.end()) continue;
    kafka_.committed[at->second.name] = {p.next_offset, p.written};
    surroundings_.kafka_took(at->second.name, p.next_offset, p.written);
  }
}

Outcome FakeConsumer::confirm_membership(std::span<const PartitionPosition> positions) {
  surroundings_.at(Point::confirm);
  if (offline_ || surroundings_.kafka_fails(Point::confirm)) return Outcome::retry("Kafka to confirm the group membership");
  if (!kafka_.is_member(*this) || generation_ != kafka_.generation_) {
    surroundings_.happened("a claim waited for the group");
    return Outcome::retry("the consumer group to settle");
  }
  const auto is_gone = [&](const PartitionPosition& p) { return !entries_.contains(p.handle); };
  if (std::ranges::any_of(positions, is_gone)) return Outcome::retry("the consumer group to settle: partitions were lost meanwhile");
  for (const PartitionPosition& p : positions) {
    const auto at = entries_.find(p.handle);
    const auto had = kafka_.committed.find(at->second.name);
    if (had != kafka_.committed.end() && had->second.next_offset == p.next_offset && had->second.written == p.written) continue;
    kafka_.committed[at->second.name] = {p.next_offset, p.written};
    surroundings_.kafka_took(at->second.name, p.next_offset, p.written);
  }
  return Outcome::good();
}

void FakeConsumer::close(bool leave_group) {
  entries_.clear();
  if (!kafka_.is_member(*this)) return;
  if (leave_group && !offline_) kafka_.leave(instance_);
}

}  // namespace sluice
