// The protocol of debezium-postgres-sink over FakePostgres: claim, compare-and-swap, adoption after a lost connection, dead letters
// inside the transaction. It follows write/positions.cpp and write/writer.cpp of the plugin call by call; what it lacks is rows'
// contents and the tables that they go to.
#pragma once
#include <functional>
#include <list>
#include <string_view>

#include "fakes/fake_postgres.h"
#include "fakes/surroundings.h"
#include "task/rejects.h"
#include "task/sink.h"

namespace sluice {

class FakePostgresSink : public Sink {
 public:
  enum class Quality { good, undecodable, refused };  // refused: by the database, when the row is written
  struct Options {
    bool tolerates_errors = false;
    bool finds_bad_records = true;  // among those that the database refuses; else the host halves the batch
    bool one_message = false;       // a transaction's statements go in one message, which the server works off whatever befalls us
    std::function<Quality(std::string_view value)> quality = [](std::string_view) { return Quality::good; };
  };

  FakePostgresSink(FakePostgres& server, Surroundings& surroundings, const Clock& clock, Rejects& rejects, Options options);
  ~FakePostgresSink() override;

  Outcome open(std::span<sluice_partition> partitions) override;
  Outcome put(const BatchView& batch) override;
  Outcome commit(std::span<sluice_partition>) override { return Outcome::good(); }
  Outcome close(std::span<sluice_partition> partitions, int32_t why) override;
  void interrupt() override { interrupted_ = true; }
  bool wants_commit() override { return false; }
  uint64_t retained_bytes() const override { return 0; }

 private:
  struct Held {
    TopicPartition name;
    TopicId topic_id{};
    int64_t epoch = 0, next_offset = 0;
    std::optional<int64_t> in_doubt;
    std::optional<FakePostgres::Witness> witness;
  };
  struct Write {  // what a batch becomes
    std::vector<std::pair<Held*, FakePostgres::Step>> steps;
    std::vector<std::pair<const Held*, FakePostgres::Row>> rows;
    std::vector<uint32_t> rejected;
    std::vector<sluice_error> why;
    bool refused = false;
  };
  template <class Call>
  Outcome answering(Call&& call);
  void prepare();
  void claim(std::span<sluice_partition> partitions);
  void claim_locked(std::span<sluice_partition> partitions, std::vector<FakePostgres::Position>& claimed);
  void adopt();
  void take_over();
  void verify();
  Write read(const LentBatch& batch);
  void write(const LentBatch& batch);
  void carry_out(const LentBatch& batch, Write& write, bool& in_doubt);
  void finish(bool& in_doubt);
  void statement(Point point);
  [[noreturn]] void fail(const DatabaseFault& fault);
  void read_answer();
  void check_session();
  void take_lock(const TopicPartition& name, std::chrono::milliseconds patience);
  void end_owners(const std::vector<TopicPartition>& names, FakePostgres::SessionId only, FakePostgres::Ended which);
  void drop();
  void forget(const TopicPartition& name);
  [[noreturn]] void give_up(const std::string& why);

  FakePostgres& server_;
  Surroundings& surroundings_;
  const Clock& clock_;
  Rejects& rejects_;
  const Options options_;
  std::list<Held> held_;                     // stable addresses: spans point to them
  FakePostgres::SessionId session_ = 0;
  FakePostgres::SessionId adopted_by_ = 0;   // the session that the positions were last made sure of
  FakePostgres::SessionId owner_ = 0;        // the one that the rows name as ours
  std::optional<Clock::Time> blocked_since_;
  bool interrupted_ = false;
};

}  // namespace sluice
