// debezium-postgres-sink, through the plugin ABI as the host calls it, on a real Postgres: the one whose URLs run.py hands over. Each of
// these is a connector of its own, so that no case sees what another has left.
#pragma once
#include <atomic>
#include <list>
#include <mutex>
#include <pqxx/pqxx>
#include <thread>

#include "conformance/store.h"
#include "config/option_values.h"

namespace sluice::conformance {

class StoreOnPostgres : public Store {
 public:
  StoreOnPostgres() : StoreOnPostgres(false) {}
  ~StoreOnPostgres() override;

  std::unique_ptr<Sink> make_sink(Rejects& rejects) override;
  std::optional<Stored> stored(const TopicPartition& name) override;
  std::vector<int64_t> rows(const TopicPartition& name) override;
  Outcome alter(const TopicPartition& name, const TopicId& id, std::optional<int64_t> next_offset) override;
  std::shared_ptr<void> hold(const TopicPartition& name) override;
  void overwrite(const TopicPartition& name, int64_t next_offset) override;
  std::unique_ptr<Paused> pause(Call call, Step step) override;
  std::unique_ptr<Paused> slow_down(Call call, const TopicPartition& name) override;
  void lose_connection(Step step) override;
  void cut_cable(Step step) override;
  bool is_lost() const override { return !loses_; }
  void end_session_of_owner(const TopicPartition& name) override;
  void remember() override;
  void go_back() override;
  milliseconds now() override;
  void wait(milliseconds time) override { std::this_thread::sleep_for(time); }
  void meanwhile(milliseconds after, std::function<void()> what) override;
  void age_claims(seconds by) override;

 protected:
  explicit StoreOnPostgres(bool pours);

 private:
  class PausedThread;
  const char* failpoint_of(Step step) const;
  pqxx::result ask(const std::string& sql, const pqxx::params& parameters = {});
  void until(const char* what, const std::function<bool()>& is_so);
  void cut();
  void end_sessions(const std::string& which);

  const bool pours_;
  const std::string connector_;
  std::mutex mutex_;  // one connection, asked by a call that a failpoint has stopped, too
  pqxx::connection admin_;
  std::unique_ptr<OptionValues> options_;
  std::vector<int> cut_sockets_;  // which the server still takes for those of its clients
  std::list<std::thread> events_;
  std::atomic<bool> loses_{false};  // a connection is to be lost, and is not yet
};

// With batches so large that they are poured: their rows go into COPY while they are read, between the lock on the positions and the
// statement that moves them.
class StorePoured : public StoreOnPostgres {
 public:
  StorePoured() : StoreOnPostgres(true) {}
  size_t batch_bytes() const override { return size_t{1} << 20; }
};

}  // namespace sluice::conformance
