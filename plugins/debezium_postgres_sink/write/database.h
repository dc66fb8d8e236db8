// The task's one connection to Postgres: made when needed, dropped when in doubt, and cut from any thread by interrupt().
// Owns the socket. Task thread only, but for interrupt().
//
// libpq makes the connection, since libpqxx cannot be interrupted while it connects; libpqxx runs the statements on it, and
// COPY goes through libpq's own buffer functions, which libpqxx keeps private.
#pragma once
#include <libpq-fe.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <string_view>

#include "debezium_postgres_sink/settings.h"
#include "debezium_postgres_sink/write/script.h"

namespace sluice::debezium {

// Observes the seconds of its life.
class Timer {
 public:
  Timer(Context context, Metric metric) : context_(context), metric_(metric), begun_(context.monotonic_ns()) {}
  ~Timer() { metric_.observe(static_cast<double>(context_.monotonic_ns() - begun_) / 1e9); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  const Context context_;
  const Metric metric_;
  const int64_t begun_;
};

class Database {
 public:
  // `task`: "orders-0", part of the session's application_name.
  Database(const Settings& settings, std::string task, Context context);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  struct Server {
    std::string host, port;  // empty: as the URL or libpq has it
  };

  // The connection, made anew if there is none. Throws SqlFault, or Fatal where it leads to another database than before.
  pqxx::connection& session();
  bool connected() const { return connection_.has_value(); }
  // What was under way is in doubt or lost; the next session() is another one.
  void drop();
  // Ends the call in progress soon, by shutting the socket: that works with a server that hangs, too. [any thread]
  void interrupt();
  // From here on a call is in progress; interrupts that came before it were for another one.
  void begin_call() { interrupted_ = false; }

  const std::string& owner_id() const { return owner_id_; }  // a new UUID for each connection

  // Runs `body` in one transaction on the session and commits. Throws SqlFault; after in-doubt commits and lost connections
  // the connection has been dropped. `in_doubt` is set where the commit may have happened.
  template <class Body>
  void transact(Body&& body, bool* in_doubt = nullptr);

  // Runs `body` outside of a transaction: a round trip each statement, or each script, which happens as a whole or not at all.
  // Throws SqlFault.
  template <class Body>
  void without_transaction(Body&& body);

  // As transact(), but what it did is rolled back in the end.
  template <class Body>
  void attempt(Body&& body);

  // One transaction of what the script has, in as few round trips as its checks allow. As transact() otherwise; throws what the
  // script's checks throw, too, after a rollback.
  void commit(const Script& script, bool* in_doubt);

  // Within either: what the script has. Throws SqlFault and what its checks throw.
  void run(const Script& script);
  // Within either: one statement without parameters. Unlike libpqxx's errors, its SqlFault names the column. Throws SqlFault.
  void run(const std::string& sql);
  // Within either: one COPY of `text` (COPY's text format). Throws SqlFault.
  void copy(const std::string& command, std::string_view text);
  // The same in steps. Until end_copy() or abandon_copy() nothing else may be asked. Throw SqlFault, but for abandon_copy().
  void begin_copy(const std::string& command);
  void put_copy(std::string_view rows);  // in the format of the COPY
  void end_copy();
  void abandon_copy() noexcept;

 private:
  using Result = std::unique_ptr<PGresult, void (*)(PGresult*)>;
  Result execute(const std::string& sql);
  void carry_out(const Script& script, const std::string& before, const std::string& after, bool* may_be_committed);
  void carry_out(const Script::Statement& statement, bool* may_be_committed);
  void finish_answers() noexcept;
  PGconn* connect();
  PGconn* connect_to(const Server& server);
  void wait_for_socket(PGconn* handle, PostgresPollingStatusType status, int64_t deadline_ns);
  void set_up();
  void check_pooling();
  void check_identity(PGconn* handle);
  void make_interruptible(int socket);  // -1: nothing is
  [[noreturn]] void fail(PGresult* result);
  [[noreturn]] void rethrow(bool* in_doubt);  // the exception in flight, as SqlFault

  const Settings& settings_;
  const std::string task_;
  const Context context_;
  const Metric round_trips_, commits_;

  std::string owner_id_;
  std::optional<pqxx::connection> connection_;
  PGconn* handle_ = nullptr;  // the one inside connection_
  std::string backend_;       // the process id that the server itself says, of what was connected to last

  std::atomic<bool> interrupted_{false};
  std::mutex mutex_;
  int socket_ = -1;  // guarded by mutex_: of the connection that may be shut
};

template <class Body>
void Database::transact(Body&& body, bool* in_doubt) {
  pqxx::connection& on = session();
  try {
    pqxx::work transaction(on);
    body(transaction);
    const Timer timer(context_, commits_);
    transaction.commit();
  } catch (...) {
    rethrow(in_doubt);
  }
}

template <class Body>
void Database::without_transaction(Body&& body) {
  pqxx::connection& on = session();
  try {
    pqxx::nontransaction work(on);
    body(work);
  } catch (...) {
    rethrow(nullptr);
  }
}

template <class Body>
void Database::attempt(Body&& body) {
  pqxx::connection& on = session();
  try {
    pqxx::work transaction(on);
    body(transaction);
    transaction.abort();
  } catch (...) {
    rethrow(nullptr);
  }
}

}  // namespace sluice::debezium
