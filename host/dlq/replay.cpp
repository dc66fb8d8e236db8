#include "dlq/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "plugin/extensions.h"
#include "plugin/plugin_sink.h"
#include "task/batch.h"

namespace sluice {
namespace {

constexpr size_t kBatchRecords = 500;
constexpr uint64_t kBatchBytes = uint64_t{16} << 20;
// A sink that says "superseded" of a letter that the scan did not find superseded has written on meanwhile. Looking again, from
// where the scan ended, settles it unless the partition is very busy.
constexpr int kRounds = 5;
constexpr int kTries = 5;  // of one batch, with pauses of 1, 2, 4 and 8 s

Fate fate_of(Replayed::What what) {
  switch (what) {
    case Replayed::What::done: return Fate::replayed;
    case Replayed::What::before: return Fate::replayed_before;
    case Replayed::What::superseded: return Fate::superseded;
    default: return Fate::still_bad;
  }
}

}  // namespace

const char* name_of(Fate fate) {
  switch (fate) {
    case Fate::open: return "not replayed";
    case Fate::would_be_replayed: return "would be replayed";
    case Fate::replayed: return "replayed";
    case Fate::replayed_before: return "replayed before";
    case Fate::superseded: return "superseded";
    case Fate::still_bad: return "still bad";
    case Fate::refused: return "refused";
  }
  return "?";
}

void Replay::add(Letter letter) {
  const Coordinates origin = *letter.origin;
  letters_[origin].letter = std::move(letter);
}

Outcome Replay::run(bool dry, ReplayProgress progress) {
  progress_ = progress ? std::move(progress) : [](const char*, uint64_t, uint64_t) {};
  if (Outcome told = look_up_logs(); !told.ok()) return told;
  for (int round = 0; round < kRounds && count_open() > 0; ++round) {
    if (Outcome scanned = scan(); !scanned.ok()) return scanned;
    judge();
    if (dry) {
      for (auto& [_, letter] : letters_)
        if (letter.fate == Fate::open) letter.fate = Fate::would_be_replayed;
      return Outcome::good();
    }
    if (Outcome given = give_all(); !given.ok()) return given;
  }
  for (auto& [_, letter] : letters_)
    if (letter.fate == Fate::open) letter.fate = Fate::superseded;
  return Outcome::good();
}

Outcome Replay::look_up_logs() {
  std::map<std::string, int32_t> topics;
  if (Outcome told = reader_.topics(topics); !told.ok()) return told;
  std::vector<TopicPartition> names;
  for (auto& [origin, letter] : letters_) {
    const auto topic = topics.find(origin.partition.topic);
    if (topic == topics.end() || topic->second <= origin.partition.partition) {
      letter.fate = Fate::refused;
      letter.why = fmt::format("{} does not exist any more, so that later records of the same key cannot be looked for", origin.partition.text());
      continue;
    }
    if (names.empty() || names.back() != origin.partition) names.push_back(origin.partition);
  }
  if (names.empty()) return Outcome::good();

  std::vector<PartitionStart> starts;
  if (Outcome told = reader_.look_up(names, starts); !told.ok()) return told;
  for (size_t i = 0; i < names.size(); ++i) {
    Log log;
    const auto first = letters_.lower_bound({names[i], 0});
    for (auto at = first; at != letters_.end() && at->first.partition == names[i]; ++at) {
      ReplayedLetter& letter = at->second;
      letter.why = why_later_is_unknown(at->first.offset, starts[i].low_watermark, starts[i].high_watermark);
      if (!letter.why.empty()) {
        letter.fate = Fate::refused;
        continue;
      }
      if (log.letters.empty()) log.scanned_to = std::max(at->first.offset, starts[i].low_watermark);
      log.letters.push_back(&letter);
      log.later.look_for(at->first.offset, letter.letter.record);
    }
    if (!log.letters.empty()) logs_.emplace(names[i], std::move(log));
  }
  return Outcome::good();
}

// On from where the last scan ended, to the end that the logs have now.
Outcome Replay::scan() {
  std::vector<TopicPartition> names;
  for (const auto& [name, log] : logs_)
    if (std::ranges::any_of(log.letters, [](const ReplayedLetter* letter) { return letter->fate == Fate::open; })) names.push_back(name);
  if (names.empty()) return Outcome::good();
  std::vector<PartitionStart> starts;
  if (Outcome told = reader_.look_up(names, starts); !told.ok()) return told;
  std::vector<kafka::LogRange> ranges;
  for (size_t i = 0; i < names.size(); ++i)
    ranges.push_back({.name = names[i], .from = logs_.at(names[i]).scanned_to, .to = starts[i].high_watermark});
  uint64_t seen = 0, all = 0;
  for (const kafka::LogRange& range : ranges) all += static_cast<uint64_t>(std::max<int64_t>(range.to - range.from, 0));
  Outcome read = reader_.read(ranges, [&](const kafka::LogRange& range, const Record& record) {
    logs_.at(range.name).later.see(record);
    progress_("looking for later records of the same key", ++seen, all);
  });
  if (!read.ok()) return read;
  for (const kafka::LogRange& range : ranges) logs_.at(range.name).scanned_to = range.reached;
  return Outcome::good();
}

void Replay::judge() {
  for (auto& [_, log] : logs_)
    for (ReplayedLetter* letter : log.letters) {
      const LaterRecords::Found& found = log.later.found(letter->letter.origin->offset);
      letter->superseded = found.superseded;
      if (!found.another_record || letter->fate != Fate::open) continue;
      letter->fate = Fate::refused;
      letter->why = "the topic has another record at this offset: it is not the one that the letter came from";
    }
}

Outcome Replay::give_all() {
  tell_given();
  std::vector<ReplayedLetter*> batch;
  uint64_t bytes = 0;
  for (auto& [_, letter] : letters_) {
    if (letter.fate != Fate::open) continue;
    if (batch.size() == kBatchRecords || (!batch.empty() && bytes + letter.letter.record.bytes() > kBatchBytes)) {
      if (Outcome given = give(batch); !given.ok()) return given;
      batch.clear();
      bytes = 0;
    }
    batch.push_back(&letter);
    bytes += letter.letter.record.bytes();
  }
  return batch.empty() ? Outcome::good() : give(batch);
}

Outcome Replay::give(const std::vector<ReplayedLetter*>& letters) {
  const bool wants_headers = traits_of(*connector_.plugin).wants_headers;
  std::vector<BatchPart> parts;
  for (const ReplayedLetter* letter : letters) {
    const TopicPartition& name = letter->letter.origin->partition;
    if (parts.empty() || parts.back().name != name) {
      BatchPart part;
      part.name = name;
      part.routed_topic = connector_.settings.transforms.of_topic(name.topic).topic();
      part.next_offset = logs_.at(name).scanned_to;
      parts.push_back(std::move(part));
    }
    Record record = original_of(letter->letter, wants_headers);
    record.superseded = letter->superseded;
    parts.back().records.push_back(std::move(record));
  }
  const Batch batch(std::move(parts), 0);
  std::vector<Replayed> told;
  Outcome outcome;
  auto pause = std::chrono::seconds(1);
  for (uint32_t attempt = 0; attempt < kTries; ++attempt, pause *= 2) {
    if (attempt > 0) std::this_thread::sleep_for(pause / 2);
    const BatchView view = batch.view({0, batch.size()}, attempt);
    outcome = call_replay(*connector_.plugin, connector_.settings.name, *connector_.options, *view, told);
    const bool passes = outcome.verdict == Verdict::retry || outcome.verdict == Verdict::restart;
    if (!passes || outcome.blocked()) break;
  }
  if (!outcome.ok()) return outcome;
  for (size_t i = 0; i < letters.size(); ++i) {
    letters[i]->why = told[i].what == Replayed::What::not_told ? "the plugin did not say what became of it" : told[i].why;
    if (told[i].what == Replayed::What::superseded && !letters[i]->superseded) continue;  // stays open: look again
    letters[i]->fate = fate_of(told[i].what);
  }
  tell_given();
  return Outcome::good();
}

void Replay::tell_given() const { progress_("replaying", letters_.size() - count_open(), letters_.size()); }

size_t Replay::count_open() const {
  return static_cast<size_t>(std::ranges::count_if(letters_, [](const auto& entry) { return entry.second.fate == Fate::open; }));
}

}  // namespace sluice
