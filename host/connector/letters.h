// The dead letters of a connector as REST shows them and brings them back. Plain values.
#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

struct LetterLine {
  std::string letter;  // TOPIC-PARTITION@OFFSET, its own place
  std::string origin;  // of the record; empty: it does not say
  int64_t timestamp_ms = -1;
  std::string code, column, reason;
};

struct LetterText {
  LetterLine line;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string key, value;  // for people
};

struct ReplayLine {
  std::string letter, origin, fate, why;
};

struct LettersAnswer {
  // none: there is no such letter, or no place for them; busy: too many ask at the same time; failed: somebody did not answer
  enum class Kind { done, invalid, none, busy, failed } kind = Kind::done;
  std::string message;              // for people: why it is not done; of a replay, why it stopped
  std::string topic;
  std::vector<LetterLine> lines;    // list: the newest first
  bool more = false;                // than were asked for
  std::optional<LetterText> text;   // show
  std::vector<ReplayLine> replayed;
  std::vector<std::string> remarks;
};

}  // namespace sluice
