// The next offset of each partition, kept in sluice.sink_offsets beside the rows: claimed with a fence, moved by a
// compare-and-swap in the transaction that writes the rows. This is what makes delivery exactly once; the statements are
// explained where they stand. Task thread only.
#pragma once
#include <array>
#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "debezium_postgres_sink/write/database.h"

namespace sluice::debezium {

// One claimed partition: what this task knows of its row in sluice.sink_offsets.
struct Position {
  std::string topic;
  int32_t partition = 0;
  std::string topic_id;     // as the row has it, a UUID's text
  int64_t epoch = 0;        // the fencing token of our claim
  int64_t next_offset = 0;  // stored, or about to be known: see in_doubt
  // Set where a COMMIT was sent and its answer never came: then next_offset or this is stored.
  std::optional<int64_t> in_doubt;
  int32_t leader_epoch = -1;
  std::optional<int64_t> witness_offset, witness_crc, witness_ts;
  // crc32c of the key, where the last record written deleted its row: the tombstone that follows it says nothing new.
  std::optional<int64_t> deleted_key;
};

// One partition's share of a batch: from where to where its position moves.
struct Step {
  Position* position = nullptr;
  int64_t next_offset = 0;
  int64_t records = 0;   // written, or known to say nothing
  int64_t rejected = 0;  // by us or by the host
  int32_t leader_epoch = -1;
  std::optional<int64_t> witness_offset, witness_crc, witness_ts;  // of the last record written; none: the old one stays
  std::optional<int64_t> deleted_key;  // as it is after these records
};

// Makes sluice.sink_offsets and sluice.sink_events where they are missing. Throws SqlFault, Retry where the role may not.
void ensure_position_tables(Database& database);

class Positions {
 public:
  Positions(Database& database, std::string connector, Context context);

  // Takes the partitions from whoever had them and fills in what is stored: offset, topic id, leader epoch, witness, and
  // `user`, which points to a Position until forget(). Throws Retry while an old owner's transaction holds the row, SqlFault.
  void claim(Partitions partitions);
  // After the connection was lost: makes the new one the owner under the same epoch and settles what is in doubt. Unlike a
  // claim it takes nothing from a newer owner. Throws Restart where the position is no longer ours.
  void adopt();
  // Whether the positions are still as they were left: one read, which costs the server neither a transaction id nor WAL. Throws as adopt().
  void verify();
  // Within the transaction that writes the rows, and before them: locks the positions as they are expected to be, for rows that
  // are written before it is known how far they reach. Throws Restart where a position is no longer ours.
  void hold(pqxx::work& transaction, std::span<Position* const> positions);
  // Outside of a transaction, once a batch: what advance() needs of the connection. Throws SqlFault, Restart.
  void prepare();
  // Within the transaction that writes the rows; before them, unless the positions are held. The script ends as hold() does.
  void advance(Script& script, std::span<const Step> steps);
  // After the commit of that transaction, or where it is unknown whether it happened.
  static void committed(std::span<const Step> steps);
  static void doubt(std::span<const Step> steps);
  void forget(const sluice_partition& partition);
  // How many topics this connector has positions of, whoever holds them.
  int64_t count_topics(pqxx::work& transaction);

 private:
  void read_claim(const pqxx::result& claimed, Partitions partitions);
  struct Names {  // as parameters of a statement
    std::vector<std::string> topics;
    std::vector<int32_t> partitions;
    void add(std::string topic, int32_t partition) {
      topics.push_back(std::move(topic));
      partitions.push_back(partition);
    }
  };
  Names names_of_held() const;
  std::vector<std::string> topic_ids_of_held() const;
  enum class Ended { any, stalled };  // stalled: whose client has left it waiting in the middle of a transaction
  // Ends the sessions that hold these rows by what the rows say; `only_owner`: just that one's, empty: anybody's.
  void end_owners(const Names& names, const std::string& only_owner, Ended which);
  std::string take_over(pqxx::work& transaction, std::optional<bool>& happened);
  pqxx::result run_on_positions(pqxx::transaction_base& transaction, const char* statement, const pqxx::params& parameters);
  void note_event(pqxx::transaction_base& transaction, const Position& position, const char* kind, int64_t stored_epoch, int64_t stored_offset);
  [[noreturn]] void give_up(const std::string& why);
  [[noreturn]] void give_up_claimed(const Names& names);
  [[noreturn]] void give_up_without_table();
  void missing_table(const SqlFault& fault);  // gives up if that is it

  Database& database_;
  const std::string connector_;
  const Context context_;
  std::list<Position> held_;  // stable addresses: spans point to them
  std::string owner_id_;          // the session that the rows name as ours
  std::string prepared_on_;       // the session that knows kAdvance
  int64_t blocked_since_ns_ = 0;  // a claim waits for an old owner's lock; 0 = none does
  bool tables_checked_ = false;
};

}  // namespace sluice::debezium
