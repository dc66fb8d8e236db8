// Runs seeds of the simulation: bin/sim [--seeds N], from SLUICE_SEED on. One seed alone is replayed with its whole schedule.
// bin/sim_mutant_* --caught-within N: succeeds if one of N seeds finds what is wrong.
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/loggers.h"
#include "sim/world.h"

using namespace sluice;
using namespace sluice::sim;

namespace {

// Each has to happen in a run of some length: a fault that never fires proves nothing.
constexpr const char* kMustHappen[] = {
    "Postgres failed over to an earlier state",
    "Postgres refused the credentials",
    "Postgres was down",
    "a COMMIT's answer was lost, and it had happened",
    "a COMMIT's answer was lost, and it had not happened",
    "a bad record stopped a task",
    "a bad record",
    "a call was interrupted",
    "a claim of an older generation was put off",
    "a claim waited for the group",
    "a commit in doubt had happened",
    "a commit in doubt had not happened",
    "a commit to Kafka failed",
    "a compare-and-swap matched nothing",
    "a connection was lost",
    "a damaged batch arrived",
    "a database that went back was noticed",
    "a dead letter was refused",
    "a dead letter was taken",
    "a dead letter was taken, and nobody heard of it",
    "a frozen owner's session was ended",
    "a frozen process went on",
    "a group's commit was taken over",
    "a lock was waited for in vain",
    "a lost range was noticed",
    "a person set a position",
    "a person unset a position",
    "a process froze between CAS and COMMIT",
    "a process froze between COMMIT and its answer",
    "a process froze between assignment and claim",
    "a process froze",
    "a process was killed in the middle of a call",
    "a process was killed",
    "a process was stopped",
    "a question to Kafka failed",
    "a record went astray inside the client",
    "a revocation was answered for a task that did not",
    "a second process of a frozen one was started",
    "a statement was not answered for a while",
    "a table was missing (class schema)",
    "a task failed",
    "a task was paused",
    "a task was resumed",
    "a topic made anew was noticed by the witness",
    "a topic made anew was noticed",
    "a topic was made anew",
    "a transaction was rolled back (class time)",
    "a twin was fenced",
    "an edit met a lock",
    "another database was met",
    "an idle task looked after its positions",
    "another owner was noticed by its epoch",
    "brokers were out of reach",
    "control records or compacted ones",
    "dead letters were taken in part",
    "partitions were lost",
    "positions were missed",
    "retention removed what it liked",
    "retention removed what was written",
    "the client passed over a record",
    "the client read records again",
    "too many records of a batch were bad",
};
constexpr uint64_t kLength = 2000;  // seeds

int replay(uint64_t seed) {
  set_log_level("root", spdlog::level::info);
  spdlog::set_level(spdlog::level::info);
  Counts counts;
  const std::string wrong = World(seed, counts, true).run();
  std::fprintf(stderr, "seed %llu: %s\n", static_cast<unsigned long long>(seed), wrong.empty() ? "nothing is wrong" : wrong.c_str());
  return wrong.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const char* given = std::getenv("SLUICE_SEED");
  const uint64_t first = given ? std::strtoull(given, nullptr, 10) : 1;
  uint64_t seeds = 1;
  bool is_mutant = false;
  for (int i = 1; i + 1 < argc; i += 2) {
    is_mutant = std::strcmp(argv[i], "--caught-within") == 0;
    if (is_mutant || std::strcmp(argv[i], "--seeds") == 0) seeds = std::strtoull(argv[i + 1], nullptr, 10);
  }
  set_log_level("root", spdlog::level::off);
  if (seeds == 1) return replay(first);

  const auto begun = std::chrono::steady_clock::now();
  Counts counts;
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    const std::string wrong = World(seed, counts, false).run();
    if (wrong.empty()) continue;
    if (is_mutant) {
      std::printf("caught by the %lluth seed, %llu: %s\n", static_cast<unsigned long long>(seed - first + 1), static_cast<unsigned long long>(seed), wrong.c_str());
      return 0;
    }
    std::printf("seed %llu, the %lluth: %s\nIts schedule follows; SLUICE_SEED=%llu %s shows it again.\n", static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(seed - first + 1), wrong.c_str(), static_cast<unsigned long long>(seed), argv[0]);
    std::fflush(stdout);
    replay(seed);
    return 1;
  }
  if (is_mutant) {
    std::printf("not caught by %llu seeds from %llu\n", static_cast<unsigned long long>(seeds), static_cast<unsigned long long>(first));
    return 1;
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  for (const auto& [what, times] : counts) std::printf("%10llu  %s\n", static_cast<unsigned long long>(times), std::string(what).c_str());
  std::printf("%llu seeds from %llu, nothing wrong, %.1f s, %.0f a second\n", static_cast<unsigned long long>(seeds), static_cast<unsigned long long>(first),
              seconds, static_cast<double>(seeds) / seconds);
  int missing = 0;
  for (const char* what : kMustHappen)
    if (seeds >= kLength && counts[what] == 0) {
      std::printf("never happened: %s\n", what);
      ++missing;
    }
  return missing == 0 ? 0 : 1;
}
