#include "letters_desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <utility>

#include "base/log.h"
#include "dlq/letter_box.h"
#include "dlq/readable.h"
#include "dlq/replay.h"
#include "plugin/extensions.h"

namespace sluice {
namespace {

using Kind = LettersAnswer::Kind;

constexpr std::chrono::seconds kLimit{60};
// What one request may hold of a topic that may be of any size, and show of a letter.
constexpr uint64_t kMostBytes = uint64_t{64} << 20;
constexpr size_t kMostText = 100'000, kMostReason = 2000;

// As it is where laying it out over many lines would make much more of it.
std::string shown(const void* data, size_t size) {
  if (size <= kMostText) return readable(data, size);
  return fmt::format("{} ({} bytes in all: sluice dlq show has them)", printable({static_cast<const char*>(data), size}, kMostText), size);
}

LettersAnswer not_done(Kind kind, std::string message) {
  LettersAnswer answer;
  answer.kind = kind;
  answer.message = std::move(message);
  return answer;
}

LetterLine line_of(const Letter& letter) {
  return {letter.at.text(), letter.origin ? letter.origin->text() : "", letter.record.timestamp_ms, letter.code, letter.column,
          printable(letter.reason, kMostReason)};
}

LetterText text_of(const Letter& letter) {
  LetterText text;
  text.line = line_of(letter);
  for (const sluice_header& header : letter.record.headers)
    text.headers.emplace_back(std::string(header.name, header.name_len), shown(header.value, header.value_len));
  text.key = shown(letter.record.key, letter.record.key_len);
  text.value = shown(letter.record.value, letter.record.value_len);
  return text;
}

}  // namespace

template <class Do>
LettersAnswer LettersDesk::with_box(Do&& what) const {
  if (connector_.settings.errors.dead_letter_topic.empty())
    return not_done(Kind::none, fmt::format("The connector {} has no dead letters: errors.deadletterqueue.topic.name is not set", connector_.settings.name));
  try {
    const auto until = std::chrono::steady_clock::now() + kLimit;
    LetterBox box(host_, connector_, [&, until] { return ending_ || std::chrono::steady_clock::now() > until; });
    LettersAnswer answer = what(box);
    answer.topic = box.topic();
    if (answer.kind == Kind::done) answer.remarks = box.remarks();
    return answer;
  } catch (const std::exception& e) {
    return not_done(Kind::failed, e.what());
  }
}

LettersAnswer LettersDesk::list(size_t most) const {
  return with_box([&](LetterBox& box) {
    LettersAnswer answer;
    // A topic may hold more than anybody wants to see, or than fits into memory: only the newest are kept while it is read.
    const auto newer = [](const LetterLine& a, const LetterLine& b) { return a.timestamp_ms > b.timestamp_ms; };
    const Outcome told = box.read([&](Letter letter) {
      answer.lines.push_back(line_of(letter));
      if (answer.lines.size() <= 2 * most) return;
      std::ranges::stable_sort(answer.lines, newer);
      answer.lines.resize(most);
      answer.more = true;
    });
    if (!told.ok()) return not_done(Kind::failed, told.message);
    std::ranges::stable_sort(answer.lines, newer);
    answer.more = answer.more || answer.lines.size() > most;
    answer.lines.resize(std::min(answer.lines.size(), most));
    return answer;
  });
}

LettersAnswer LettersDesk::show(const std::string& letter) const {
  const auto wanted = parse_coordinates(letter);
  if (!wanted) return not_done(Kind::invalid, fmt::format("\"{}\" is no place of a letter: TOPIC-PARTITION@OFFSET", letter));
  return with_box([&](LetterBox& box) {
    LettersAnswer answer;
    const Outcome told = box.read([&](const Letter& each) {
      if (each.at == *wanted) answer.text = text_of(each);
    });
    if (!told.ok()) return not_done(Kind::failed, told.message);
    return answer.text ? answer : not_done(Kind::none, fmt::format("There is no letter {}", letter));
  });
}

LettersAnswer LettersDesk::replay(const std::set<std::string>& letters, bool dry) const {
  if (!replay_extension(*connector_.plugin))
    return not_done(Kind::invalid, fmt::format("The plugin {} takes no dead letters back: it has no extension " SLUICE_REPLAY_1, connector_.plugin->name));
  return with_box([&](LetterBox& box) {
    Replay replay(connector_, box.reader());
    std::set<std::string> missing = letters;
    std::vector<ReplayLine> nameless;
    uint64_t bytes = 0;
    const Outcome told = box.read([&](Letter letter) {
      const bool named = missing.erase(letter.at.text()) > 0;
      if (!named && !letters.empty()) return;
      if (!letter.origin) {
        if (named) nameless.push_back({letter.at.text(), "", name_of(Fate::refused), "it does not say which record it is of"});
      } else if ((bytes += letter.record.bytes()) <= kMostBytes) {
        replay.add(std::move(letter));
      }
    });
    if (!told.ok()) return not_done(Kind::failed, told.message);
    if (bytes > kMostBytes)
      return not_done(Kind::invalid, fmt::format("These letters have {} MB, more than are replayed at once here: name fewer, or use sluice dlq replay", bytes >> 20));
    if (!missing.empty()) return not_done(Kind::none, fmt::format("There is no letter {}", *missing.begin()));
    LettersAnswer answer;
    answer.replayed = std::move(nameless);
    if (const Outcome outcome = replay.run(dry); !outcome.ok())
      answer.message = fmt::format("stopped: {}; what is done stays done, replay again for the rest", outcome.message);
    for (const auto& [origin, replayed] : replay.letters())
      answer.replayed.push_back({replayed.letter.at.text(), origin.text(), name_of(replayed.fate), replayed.why});
    return answer;
  });
}

}  // namespace sluice
