// Dead letters on their way back: each original once, held against the log that it came from, given to the plugin in the order of
// the log. The plugin marks what it has written, so a replay that was cut short is simply made again.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "config/check_connector.h"
#include "dlq/later_records.h"
#include "dlq/letter.h"
#include "kafka/log_reader.h"

namespace sluice {

enum class Fate { open, would_be_replayed, replayed, replayed_before, superseded, still_bad, refused };
const char* name_of(Fate fate);

// Told often, from the thread that calls run(): what is being done, and how much of it.
using ReplayProgress = std::function<void(const char* what, uint64_t done, uint64_t of)>;

struct ReplayedLetter {
  Letter letter;
  bool superseded = false;  // its topic holds a later record of the same key
  Fate fate = Fate::open;
  std::string why;  // where it was not written
};

class Replay {
 public:
  // Both outlive it; the connector has a plugin with sluice.replay/1 and sound options.
  Replay(const CheckedConnector& connector, kafka::LogReader& reader) : connector_(connector), reader_(reader) {}

  // Of two letters of the same record the later one counts.
  void add(Letter letter);
  // Anything but OK: some letters are still open, and the outcome says why.
  Outcome run(bool dry, ReplayProgress progress = {});

  // In the order of the log.
  const std::map<Coordinates, ReplayedLetter>& letters() const { return letters_; }

 private:
  struct Log {  // one partition that letters came out of
    std::vector<ReplayedLetter*> letters;
    LaterRecords later;
    int64_t scanned_to = 0;
  };
  Outcome look_up_logs();
  Outcome scan();
  void judge();
  Outcome give_all();
  Outcome give(const std::vector<ReplayedLetter*>& letters);
  size_t count_open() const;

  void tell_given() const;

  const CheckedConnector& connector_;
  kafka::LogReader& reader_;
  ReplayProgress progress_;
  std::map<Coordinates, ReplayedLetter> letters_;
  std::map<TopicPartition, Log> logs_;
};

}  // namespace sluice
