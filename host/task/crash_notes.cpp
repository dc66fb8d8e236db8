#include "task/crash_notes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <new>
#include <span>

#include "base/crash_handler.h"
#include "base/log.h"
#include "base/loggers.h"

namespace sluice {
namespace {

constexpr uint32_t kCrashes = 3;   // a crash may be chance
constexpr uint32_t kSmaller = 16;  // parts cost little, each crash a start of the process

std::string name_of(int signal) {
  const char* name = sigabbrev_np(signal);
  return name ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

bool is(const NotedRange& range, const TopicPartition& partition) {
  return range.partition == partition.partition && partition.topic == range.topic;
}

bool overlap(const NotedRange& a, const NotedRange& b) {
  return a.partition == b.partition && a.first <= b.last && b.first <= a.last && std::strcmp(a.topic, b.topic) == 0;
}

// The file may hold anything.
void close_texts(CallNote& note) {
  note.connector[sizeof note.connector - 1] = note.plugin[sizeof note.plugin - 1] = note.call[sizeof note.call - 1] = '\0';
  note.range_count = std::min(note.range_count, CallNote::kMostRanges);
  for (NotedRange& range : note.ranges) range.topic[sizeof range.topic - 1] = '\0';
}

std::string text_of(const CallNote& note) {
  std::string text = fmt::format("in {} of plugin {}", printable(note.call), printable(note.plugin));
  for (const NotedRange& range : std::span(note.ranges, std::min<size_t>(note.range_count, 4)))
    text += fmt::format(", {}-{} offsets {}..{}", printable(range.topic), range.partition, range.first, range.last);
  if (note.range_count > 4) text += fmt::format(" and {} more partitions", note.range_count - 4 + note.ranges_left_out);
  return text;
}

}  // namespace

int CrashNotes::open_file(const std::filesystem::path& file) {
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  const int handle = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (handle < 0 || posix_fallocate(handle, 0, sizeof(File)) == 0) return handle;
  // A disk that is full would end the process at the first store.
  close(handle);
  return -1;
}

std::string CrashNotes::last_words(const std::filesystem::path& file) {
  const int handle = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (handle < 0) return "";
  const auto note = std::make_unique<CallNote>();
  const bool whole = read(handle, note.get(), sizeof(CallNote)) == sizeof(CallNote);
  close(handle);
  if (!whole) return "";
  close_texts(*note);
  return note->call[0] ? text_of(*note) : "";
}

CrashNotes::CrashNotes(int file, const Who& who) {
  void* memory = MAP_FAILED;
  if (file >= 0) {
    memory = mmap(nullptr, sizeof(File), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
  }
  if (memory == MAP_FAILED) {
    task_log().warn("what the plugin has in hand cannot be noted in state.dir: a record that crashes the process again and again would not be found");
    memory = mmap(nullptr, sizeof(File), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  }
  if (memory == MAP_FAILED) throw std::bad_alloc();
  file_ = static_cast<File*>(memory);
  CallNote& now = file_->now;
  close_texts(now);
  const bool known = now.plugin_mark == who.plugin_mark && who.plugin == now.plugin && file_->range_count <= CallNote::kMostRanges;
  if (!known) std::memset(static_cast<void*>(file_), 0, sizeof(File));
  if (known && now.signal != 0) conclude();
  now.signal = 0;
  now.range_count = now.ranges_left_out = now.records = 0;
  now.call[0] = '\0';
  now.task = who.task;
  now.plugin_mark = who.plugin_mark;
  keep_text(now.connector, who.connector);
  keep_text(now.plugin, who.plugin);
  if (who.own_process) blame_for_all(&now);
}

CrashNotes::~CrashNotes() {
  take_back(&file_->now);
  all_durable();
  file_->now.call[0] = '\0';
  munmap(file_, sizeof(File));
}

void CrashNotes::conclude() {
  const CallNote& now = file_->now;
  file_->signal = now.signal;
  if (now.range_count > 0) return conclude_on_records();
  if (++file_->elsewhere < kCrashes) return;
  file_->elsewhere = kCrashes - 1;  // whoever starts it again has a reason to
  given_up_ = fmt::format("the plugin {} crashed the process {} times in a row with {}, the last time {}. It is not called any more. Replace "
                          "the plugin or mend what it stumbles over, then restart the connector", printable(now.plugin), kCrashes,
                          name_of(now.signal), now.call[0] ? fmt::format("in {}", printable(now.call)) : "on a thread of its own");
}

void CrashNotes::conclude_on_records() {
  const CallNote& now = file_->now;
  const bool same = suspects_overlap();
  file_->crashes = same ? file_->crashes + 1 : 1;
  if (!same) file_->part_size = 0;
  std::memcpy(static_cast<void*>(file_->ranges), now.ranges, sizeof now.ranges);
  file_->range_count = now.range_count;
  file_->ranges_left_out = now.ranges_left_out;
  file_->elsewhere = 0;
  const std::string what = text_of(now);
  if (file_->crashes < kCrashes) {
    task_log().warn("the process died of {} {}; the same is tried again", name_of(now.signal), what);
  } else if (now.records == 1) {
    file_->alone = 1;
  } else {
    const uint32_t before = file_->part_size ? file_->part_size : now.records;
    file_->part_size = std::max<uint32_t>(1, std::min(before / kSmaller, CallNote::kMostRanges));
    task_log().error("the process died of {} {}, {} times by now; these records are given to the plugin {} at a time, until the one that it "
                     "crashes on is found", name_of(now.signal), what, file_->crashes, file_->part_size);
  }
}

bool CrashNotes::suspects_overlap() const {
  for (const NotedRange& range : std::span(file_->now.ranges, file_->now.range_count))
    for (const NotedRange& before : std::span(file_->ranges, file_->range_count))
      if (overlap(range, before)) return true;
  return false;
}

uint32_t CrashNotes::part_size(const std::vector<BatchPart>& parts) const {
  if (file_->part_size == 0 && !file_->alone) return 0;
  const uint32_t size = file_->alone ? 1 : file_->part_size;
  if (file_->ranges_left_out > 0) return size;
  for (const BatchPart& part : parts)
    for (const NotedRange& range : std::span(file_->ranges, file_->range_count))
      if (is(range, part.name) && !part.records.empty() && part.records.front().offset <= range.last && range.first <= part.records.back().offset)
        return size;
  return 0;
}

bool CrashNotes::is_guilty(const TopicPartition& partition, int64_t offset, std::string& why) const {
  if (!file_->alone || file_->range_count != 1) return false;
  const NotedRange& range = file_->ranges[0];
  if (!is(range, partition) || offset < range.first || offset > range.last) return false;
  why = fmt::format("the plugin {} crashed the process {} times on this record, with {}: it is not given to it any more", file_->now.plugin,
                    file_->crashes, name_of(file_->signal));
  return true;
}

void CrashNotes::in_hand(const LentBatch& batch, const std::vector<int64_t>& durable) {
  CallNote& now = file_->now;
  now.range_count = now.ranges_left_out = 0;
  for (uint32_t i = 0; i < batch.span_count; ++i) {
    const sluice_span& span = batch.spans[i];
    if (span.count == 0) continue;
    if (now.range_count == CallNote::kMostRanges) {
      ++now.ranges_left_out;
      continue;
    }
    NotedRange& range = now.ranges[now.range_count];
    keep_text(range.topic, {span.topic.data, span.topic.len});
    range.partition = span.partition;
    range.first = durable[i] >= 0 ? std::min(durable[i], batch.records[span.first].offset) : batch.records[span.first].offset;
    range.last = batch.records[span.first + span.count - 1].offset;
    ++now.range_count;
  }
  now.records = batch.record_count;
}

void CrashNotes::passed(const TopicPartition& partition, int64_t next_offset) {
  if (file_->crashes == 0) return;
  bool any = file_->ranges_left_out > 0;
  for (NotedRange& range : std::span(file_->ranges, file_->range_count)) {
    if (is(range, partition)) range.first = std::max(range.first, next_offset);
    any = any || range.first <= range.last;
  }
  if (any) return;
  file_->crashes = file_->part_size = file_->alone = file_->range_count = 0;
}

void CrashNotes::all_durable() {
  file_->now.range_count = file_->now.ranges_left_out = file_->now.records = 0;
}

void CrashNotes::sink_works() { file_->elsewhere = 0; }

}  // namespace sluice
