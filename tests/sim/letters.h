// The dead-letter topic of the simulation, seen by one process. It may refuse, take a part, or take without anybody hearing of it.
#pragma once
#include "sim/process.h"
#include "sim/world.h"

namespace sluice::sim {

class Letters : public DeadLetterQueue {
 public:
  Letters(World& world, Process& process) : world_(world), process_(process) {}

  Outcome send(std::span<DeadLetter> letters, const std::atomic<bool>&) override {
    process_.at(Point::letter);
    const std::optional<Fault> fault = std::exchange(world_.letters_fault, std::nullopt);
    if (fault == Fault::letters_refused) {
      world_.count("a dead letter was refused");
      return Outcome::retry("the dead-letter topic");
    }
    const bool in_part = fault == Fault::letters_in_part && letters.size() > 1;
    for (DeadLetter& letter : letters.first(in_part ? letters.size() / 2 : letters.size())) {
      world_.letters.emplace(static_cast<const char*>(letter.value), letter.value_len);
      letter.acknowledged = fault != Fault::letters_unheard;
    }
    world_.count("a dead letter was taken");
    if (in_part) world_.count("dead letters were taken in part");
    if (fault == Fault::letters_unheard) world_.count("a dead letter was taken, and nobody heard of it");
    return in_part || fault == Fault::letters_unheard ? Outcome::retry("the dead-letter topic") : Outcome::good();
  }

 private:
  World& world_;
  Process& process_;
};

}  // namespace sluice::sim
