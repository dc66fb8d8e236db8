// A batch -> one transaction: the positions move and the rows are written together, or not at all. This is where everything
// in this folder meets; read it first. Task thread only, but for interrupt().
//
//   read each record into its target's rows -> BEGIN; compare-and-swap the positions; COPY, merge; COMMIT
//
// A large batch that only appends is written while it is read: BEGIN; lock the positions; COPY what is read; compare-and-swap
// the positions; COMMIT. Whatever is out of the ordinary about such a batch rolls that back, and the batch takes the first way.
//
// A record that cannot be decoded is known by then. One that the database refuses is looked for in a transaction that is
// rolled back: halves of the batch are tried in savepoints until the bad ones stand alone. Then the batch is written without
// them, after the host has taken them as dead letters.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "debezium_postgres_sink/write/batch_reader.h"
#include "debezium_postgres_sink/write/bet.h"
#include "debezium_postgres_sink/write/database.h"
#include "debezium_postgres_sink/write/dead_letters.h"
#include "debezium_postgres_sink/write/meters.h"
#include "debezium_postgres_sink/write/positions.h"
#include "debezium_postgres_sink/write/row_writer.h"
#include "debezium_postgres_sink/write/sql_fault.h"
#include "debezium_postgres_sink/write/targets.h"

namespace sluice::debezium {

class Writer {
 public:
  // Connects to nothing: a call that hangs can be interrupted only once the task is made.
  Writer(Context context, const Config& config);
  // All throw the SDK's Retry, Restart, BadData or Fatal.
  void open(Partitions partitions);
  void put(const Batch& batch);
  void close(Partitions partitions);
  void interrupt() { database_.interrupt(); }  // [any thread]

 private:
  template <class Call>
  void answering(Call&& call);
  bool connect();
  void prepare();
  void write_batch(const Batch& batch);
  bool may_pour(const Batch& batch);
  bool pour(const Batch& batch);
  void write_kept(const Batch& batch);
  void start(const Batch& batch);
  bool start_afresh(const Batch& batch);
  void read(const Batch& batch);
  void commit(const Batch& batch);
  void commit_in_parts(pqxx::work& transaction, const Batch& batch, const std::vector<Step>& steps);
  template <class Commit>
  void commit_steps(std::vector<Step>& steps, Commit&& commit);
  bool fetch_values(pqxx::work& transaction);
  void find_bad_records(const Batch& batch, const SqlFault& fault);
  bool try_range(pqxx::work& transaction, const Batch& batch, uint32_t first, uint32_t last);
  bool too_many_bad(const Batch& batch) const;
  void give_up_on_rejects(const Batch& batch);
  void log_notes();

  const Settings settings_;
  const Context context_;
  Meters meters_;
  Database database_;
  Positions positions_;
  Targets targets_;
  BatchReader reader_;
  RowWriter rows_;
  DeadLetterTable dead_letters_;

  std::string session_owner_;    // the connection that the positions were last made sure of
  int64_t now_us_ = 0;           // of the batch in hand: what @now is
  Bet pouring_, binary_;
  std::set<std::string> noted_;  // what has been said once
};

}  // namespace sluice::debezium
