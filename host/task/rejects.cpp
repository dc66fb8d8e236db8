#include "task/rejects.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include "base/log_context.h"
#include "base/loggers.h"

#include <algorithm>
#include <cctype>
#include <exception>
#include <string_view>

#include "failpoint/failpoint.h"

namespace sluice {
namespace {

constexpr uint32_t kShareCounts = 20;  // in fewer records a share says nothing

std::string place_of(const LentBatch& batch, uint32_t index) {
  return fmt::format("{}@{}", batch.part_of(index).name.text(), batch.records[index].offset);
}

bool is_sqlstate(std::string_view code) {
  return code.size() == 5 && std::ranges::all_of(code, [](unsigned char c) { return std::isdigit(c) || (c >= 'A' && c <= 'Z'); });
}

}  // namespace

Rejects::Rejects(RejectOptions options) : options_(std::move(options)) {}

Outcome Rejects::reject(const LentBatch& batch, std::span<const uint32_t> indexes, std::span<const sluice_error> errors) {
  if (indexes.empty()) return Outcome::good();
  std::lock_guard lock(mutex_);
  if (Outcome judged = judge(batch, indexes, errors); !judged.ok()) return judged;
  SLUICE_FAILPOINT("reject.judged");
  if (Outcome sent = send(batch, indexes, errors); !sent.ok()) return sent;
  SLUICE_FAILPOINT("reject.durable");
  for (size_t i = 0; i < indexes.size(); ++i) {
    batch.rejected_by_sink.insert(indexes[i]);
    settle(batch, indexes[i], errors[i]);
  }
  return Outcome::good();
}

void Rejects::settle(const LentBatch& batch, uint32_t index, const sluice_error& why) {
  if (!done_[batch.part_of(index).name].insert(batch.records[index].offset).second) return;
  ++count_;
  if (options_.log) log(batch, index, why);
}

Outcome Rejects::judge(const LentBatch& batch, std::span<const uint32_t> indexes, std::span<const sluice_error> errors) {
  const size_t first = static_cast<size_t>(std::ranges::min_element(indexes) - indexes.begin());
  const std::string reason = fmt::format("{}: {}", place_of(batch, indexes[first]), errors[first].message);
  if (!options_.tolerate) {
    Outcome fatal = Outcome::fatal("bad record at " + reason, errors[first].code);
    fatal.field = errors[first].field;
    return fatal;
  }
  std::set<uint32_t> all = batch.rejected_by_sink;
  all.insert(indexes.begin(), indexes.end());
  const size_t bad = batch.rejected_before + all.size();
  const double most = options_.max_share * batch.first_delivered + 1e-9;  // 0.1 * 30 is a little more than 3
  if (batch.first_delivered < kShareCounts || static_cast<double>(bad) <= most) return Outcome::good();
  return Outcome::retry(fmt::format("{} of {} records of a batch are bad, which is more than errors.max.share allows ({}), so that none "
                                    "is taken for a matter of its own. The first: {}. Mend the target or the mapping, or raise "
                                    "errors.max.share", bad, batch.first_delivered, options_.max_share, reason),
                        "blocked.share");
}

// A batch that is only redelivered brings its bad records again: what is done already is not sent a second time.
Outcome Rejects::send(const LentBatch& batch, std::span<const uint32_t> indexes, std::span<const sluice_error> errors) {
  if (!options_.dead_letters) return Outcome::good();
  std::vector<DeadLetter> letters;
  std::vector<size_t> of;  // of each letter, its place in `indexes`
  std::set<uint32_t> once;
  for (size_t i = 0; i < indexes.size(); ++i) {
    const auto done = done_.find(batch.part_of(indexes[i]).name);
    if (done != done_.end() && done->second.contains(batch.records[indexes[i]].offset)) continue;
    if (!once.insert(indexes[i]).second) continue;
    letters.push_back(letter_for(batch, indexes[i], errors[i]));
    of.push_back(i);
  }
  if (letters.empty()) return Outcome::good();
  try {
    if (!queue_) queue_ = options_.dead_letters();
  } catch (const std::exception& e) {
    return Outcome::retry(fmt::format("the dead-letter topic: {}", e.what()), "blocked.deadletters");
  }
  Outcome sent = queue_->send(letters, interrupted_);
  for (size_t i = 0; i < letters.size(); ++i) {
    ++(letters[i].acknowledged ? letters_ : letter_failures_);
    if (letters[i].acknowledged) settle(batch, indexes[of[i]], errors[of[i]]);
  }
  return sent;
}

void Rejects::report_last(const LentBatch& batch, uint32_t index, const sluice_error& why) {
  const uint32_t indexes[] = {index};
  const sluice_error errors[] = {why};
  std::lock_guard lock(mutex_);
  if (const Outcome sent = send(batch, indexes, errors); !sent.ok())
    task_log().warn("the record that stops the task is not among the dead letters: {}", sent.message);
}

// Connect's context headers, which tools for dead letters read, and what a database says beyond them.
DeadLetter Rejects::letter_for(const LentBatch& batch, uint32_t index, const sluice_error& why) const {
  const sluice_record& record = batch.records[index];
  const TopicPartition& at = batch.part_of(index).name;
  DeadLetter letter;
  letter.key = record.key;
  letter.key_len = record.key_len;
  letter.value = record.value;
  letter.value_len = record.value_len;
  letter.timestamp_ms = record.timestamp_ms;
  for (const sluice_header& header : batch.origin_of(index).all_headers()) {
    DeadLetter::Header copy{std::string(header.name, header.name_len), {}};
    if (header.value) copy.value.emplace(static_cast<const char*>(header.value), header.value_len);
    letter.headers.push_back(std::move(copy));
  }
  if (!options_.context_headers) return letter;

  const auto add = [&](const char* name, std::string value) { letter.headers.push_back({name, std::move(value)}); };
  add("__connect.errors.topic", at.topic);
  add("__connect.errors.partition", std::to_string(at.partition));
  add("__connect.errors.offset", std::to_string(record.offset));
  add("__connect.errors.connector.name", options_.connector);
  add("__connect.errors.task.id", std::to_string(options_.task));
  add("__connect.errors.stage", "TASK_PUT");
  add("__connect.errors.class.name", options_.plugin);
  // What a sink of Connect throws for such a record: tools group dead letters by it.
  add("__connect.errors.exception.class.name", "org.apache.kafka.connect.errors.DataException");
  add("__connect.errors.exception.message", why.message);
  add("__connect.errors.exception.stacktrace", fmt::format("TASK_PUT: {} at {}", why.message, place_of(batch, index)));
  if (is_sqlstate(why.code)) add("__sluice.errors.sqlstate", why.code);
  if (why.field[0]) add("__sluice.errors.column", why.field);
  return letter;
}

void Rejects::log(const LentBatch& batch, uint32_t index, const sluice_error& why) const {
  std::string line = fmt::format("Error encountered in task {}-{}. Executing stage 'TASK_PUT' with class '{}'", options_.connector,
                                 options_.task, options_.plugin);
  if (options_.log_coordinates) {
    const sluice_record& record = batch.records[index];
    const TopicPartition& at = batch.part_of(index).name;
    line += fmt::format(", where consumed record is {{topic='{}', partition={}, offset={}, timestamp={}, timestampType={}}}", at.topic,
                        at.partition, record.offset, record.timestamp_ms,
                        record.flags & SLUICE_REC_LOG_APPEND_TIME ? "LogAppendTime" : "CreateTime");
  }
  const LogContext about(batch.part_of(index).name, batch.records[index].offset);
  task_log().warn("{}. bad record at {}: {}", line, place_of(batch, index), why.message);
}

// A sink that finds a batch written, by a commit whose answer was lost, does not reject its bad records again.
std::set<uint32_t> Rejects::rejected_by_sink(const LentBatch& batch) const {
  std::lock_guard lock(mutex_);
  std::set<uint32_t> rejected = batch.rejected_by_sink;
  if (done_.empty()) return rejected;
  for (uint32_t i = 0; i < batch.record_count; ++i)
    if (const auto done = done_.find(batch.part_of(i).name); done != done_.end() && done->second.contains(batch.records[i].offset)) rejected.insert(i);
  return rejected;
}

void Rejects::forget_below(const TopicPartition& partition, int64_t offset) {
  std::lock_guard lock(mutex_);
  const auto done = done_.find(partition);
  if (done == done_.end()) return;
  done->second.erase(done->second.begin(), done->second.lower_bound(offset));
  if (done->second.empty()) done_.erase(done);
}

}  // namespace sluice
