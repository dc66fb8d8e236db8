// A dead-letter topic in memory, which outlives the producers that are made over it. A test can tell it what to answer next.
#pragma once
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "task/dead_letters.h"

namespace sluice {

struct FakeDeadLetters {
  struct Letter {
    std::string value;
    int64_t timestamp_ms;
    std::map<std::string, std::string> headers;
  };
  std::vector<Letter> letters;
  std::deque<Outcome> next_sends;  // answers to come; then OK
  size_t before_failing = 0;       // so many letters of a call that fails are taken all the same
  int producers_made = 0;

  DeadLetterQueueFactory factory() {
    return [this] {
      ++producers_made;
      return std::make_unique<Producer>(*this);
    };
  }
  std::vector<std::string> values() const {
    std::vector<std::string> found;
    for (const Letter& letter : letters) found.push_back(letter.value);
    return found;
  }

 private:
  class Producer : public DeadLetterQueue {
   public:
    explicit Producer(FakeDeadLetters& topic) : topic_(topic) {}
    Outcome send(std::span<DeadLetter> sent, const std::atomic<bool>&) override {
      Outcome answer = Outcome::good();
      size_t taken = sent.size();
      if (!topic_.next_sends.empty()) {
        answer = std::move(topic_.next_sends.front());
        topic_.next_sends.pop_front();
        if (!answer.ok()) taken = topic_.before_failing;
      }
      for (DeadLetter& letter : sent.first(taken)) {
        Letter kept{{static_cast<const char*>(letter.value), letter.value_len}, letter.timestamp_ms, {}};
        for (const DeadLetter::Header& header : letter.headers) kept.headers[header.name] = header.value.value_or("null");
        topic_.letters.push_back(std::move(kept));
        letter.acknowledged = true;
      }
      return answer;
    }

   private:
    FakeDeadLetters& topic_;
  };
};

}  // namespace sluice
