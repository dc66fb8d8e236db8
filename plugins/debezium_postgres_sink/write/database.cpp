#include "debezium_postgres_sink/write/database.h"

#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <charconv>
#include <memory>
#include <utility>
#include <vector>

#include "debezium_postgres_sink/conninfo.h"
#include "debezium_postgres_sink/uuid.h"
#include "debezium_postgres_sink/write/sql_fault.h"
#include "failpoint/failpoint.h"

namespace sluice::debezium {
namespace {

constexpr int64_t kConnectTimeoutNs = 5'000'000'000;
constexpr size_t kNameMax = 63;  // the server cuts a longer application_name, and says so to everybody
constexpr int kPollMs = 100;  // how soon an interrupt is seen while connecting

constexpr const char* kInDoubt = "the connection was lost during COMMIT; the position will tell whether it happened";

constexpr const char* kGivenUp = "given up by the sink";

using Server = Database::Server;

SqlAnswer answer_of(const PGresult* result) {
  SqlAnswer answer;
  const std::string_view rows = PQcmdTuples(const_cast<PGresult*>(result));  // which only reads
  std::from_chars(rows.data(), rows.data() + rows.size(), answer.rows);
  if (PQntuples(result) > 0 && PQnfields(result) > 0) answer.text = PQgetvalue(result, 0, 0);
  return answer;
}

std::string new_uuid() {
  uint8_t bytes[16];
  if (getrandom(bytes, sizeof bytes, 0) != static_cast<ssize_t>(sizeof bytes)) throw Restart("the system gives no random numbers");
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0F) | 0x40);  // version 4
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3F) | 0x80);
  return uuid_text(bytes);
}

std::string first_line(std::string_view text) {
  std::string line(text.substr(0, text.find('\n')));
  while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.pop_back();
  return line;
}

std::string without_severity(std::string text) {
  for (const std::string_view severity : {"ERROR:  ", "FATAL:  "})
    if (text.starts_with(severity)) text.erase(0, severity.size());
  return text;
}

// libpq says no SQLSTATE for a connection that could not be made, but in its verbose messages the server's stands after the
// severity: `... failed: FATAL:  28P01: password authentication failed for user "warehouse"`.
//
// There is a line for each address that was tried. One that reached a server says more than one that did not.
SqlFault fault_of_connecting(const PGconn* handle) {
  const std::string_view all = PQerrorMessage(handle);
  for (const std::string_view severity : {"FATAL:  ", "ERROR:  "}) {
    const size_t at = all.find(severity);
    if (at == all.npos || all.size() < at + severity.size() + 7 || all[at + severity.size() + 5] != ':') continue;
    const std::string_view rest = all.substr(at + severity.size());
    return {std::string(rest.substr(0, 5)), first_line(rest.substr(7))};
  }
  return {"", first_line(all)};
}

// Which cluster each connector of this process has written to, and the newest history of each cluster. Kept beyond a task's
// life: a task that was made anew must not take an old primary that came back for the database it knows.
struct Identities {
  std::mutex mutex;
  std::map<std::string, std::string> cluster_of_connector;
  std::map<std::string, uint32_t> timeline_of_cluster;
};
Identities& identities() {
  static Identities all;
  return all;
}

// The servers that a URL names, in its order. One without a host of its own is libpq's business as a whole.
std::vector<Server> servers_of(const std::string& url) {
  const Parameters of_url = read_conninfo(url);
  const auto host = of_url.find("host"), port = of_url.find("port");
  if (host == of_url.end() || of_url.contains("hostaddr") || host->second.find(',') == host->second.npos) return {{}};
  std::vector<Server> servers;
  const auto each_port = split_at_commas(port == of_url.end() ? "" : port->second);
  for (std::string& name : split_at_commas(host->second)) {
    const size_t at = std::min(servers.size(), each_port.size() - 1);  // one port may stand for all
    servers.push_back({std::move(name), each_port[at]});
  }
  return servers;
}

}  // namespace

Database::Database(const Settings& settings, std::string task, Context context)
    : settings_(settings), task_(std::move(task)), context_(context),
      round_trips_(context.histogram("round_trip_seconds", "From sending statements to the last of their answers; what is asked while a batch is written.")),
      commits_(context.histogram("commit_seconds", "The statement, or the message of several, that ends with COMMIT.")) {}

Database::~Database() { drop(); }

pqxx::connection& Database::session() {
  if (connection_) return *connection_;
  owner_id_ = new_uuid();
  PGconn* handle = connect();
  try {
    connection_.emplace(pqxx::connection::seize_raw_connection(handle));
    handle_ = handle;
    SLUICE_FAILPOINT_OR("connect.opened", interrupt());
    connection_->set_notice_handler([this](pqxx::zview notice) { context_.debug("the database says: " + first_line(notice)); });
    check_pooling();
    set_up();
    SLUICE_FAILPOINT_OR("connect.ready", interrupt());
  } catch (const Error&) {
    drop();
    throw;
  } catch (...) {
    const auto close = [this](int*) { drop(); };
    int unused = 0;
    const std::unique_ptr<int, decltype(close)> guard(&unused, close);
    rethrow(nullptr);
  }
  return *connection_;
}

// One after the other, each with its own time: libpq's would be spent on a first server that accepts and never answers. One that
// takes writes is not yet the right one: an old primary that came back does so, too.
PGconn* Database::connect() {
  std::optional<SqlFault> told;
  for (const Server& server : servers_of(settings_.connection_url)) {
    try {
      return connect_to(server);
    } catch (const SqlFault& fault) {
      // One that answered says more than one that did not.
      if (!told || told->sqlstate.empty()) told.emplace(fault);
      if (interrupted_) break;
    }
  }
  throw *told;
}

PGconn* Database::connect_to(const Server& server) {
  // What stands before `dbname` the URL may override; what stands after it is ours to decide.
  const std::string application = ("sluice:" + owner_id_ + ":" + task_).substr(0, kNameMax);
  std::vector<const char*> names, values;
  const auto add = [&](const char* name, const char* value) {
    names.push_back(name);
    values.push_back(value);
  };
  add("keepalives_idle", "5");
  add("keepalives_interval", "2");
  add("keepalives_count", "3");
  add("tcp_user_timeout", "15000");
  add("gssencmode", kGssEncryption);
  add("dbname", settings_.connection_url.c_str());
  if (!server.host.empty()) add("host", server.host.c_str());
  if (!server.port.empty()) add("port", server.port.c_str());
  if (!settings_.password.empty()) add("password", settings_.password.c_str());
  add("application_name", application.c_str());
  add("client_encoding", "UTF8");
  add("target_session_attrs", "read-write");
  add(nullptr, nullptr);

  std::unique_ptr<PGconn, void (*)(PGconn*)> handle(PQconnectStartParams(names.data(), values.data(), 1), PQfinish);
  if (!handle) throw SqlFault("", "out of memory while connecting");
  // The settings were checked by what the URL, the environment and libpq's defaults should come to. This is what they came to, and
  // nothing was sent yet.
  if (const std::string refused = refused_servers(parameters_of(handle.get()), settings_.servers); !refused.empty())
    throw Fatal(refused, "server", "connection.url");
  PQsetErrorVerbosity(handle.get(), PQERRORS_VERBOSE);
  const int64_t deadline = context_.monotonic_ns() + kConnectTimeoutNs;
  auto status = PQstatus(handle.get()) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (status != PGRES_POLLING_OK) {
    if (status == PGRES_POLLING_FAILED) throw fault_of_connecting(handle.get());
    wait_for_socket(handle.get(), status, deadline);
    status = PQconnectPoll(handle.get());
  }
  PQsetErrorVerbosity(handle.get(), PQERRORS_DEFAULT);
  PQsetnonblocking(handle.get(), 0);
  make_interruptible(PQsocket(handle.get()));
  try {
    check_identity(handle.get());
  } catch (...) {
    make_interruptible(-1);
    throw;
  }
  return handle.release();
}

void Database::make_interruptible(int socket) {
  std::lock_guard lock(mutex_);
  socket_ = socket;
}

void Database::wait_for_socket(PGconn* handle, PostgresPollingStatusType status, int64_t deadline_ns) {
  for (;;) {
    if (interrupted_) throw SqlFault("", "interrupted while connecting");
    if (context_.monotonic_ns() > deadline_ns) throw SqlFault("", "no answer to the connection attempt within 5 s");
    pollfd at{PQsocket(handle), static_cast<short>(status == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
    if (poll(&at, 1, kPollMs) > 0) return;
  }
}

// In one message: a server that is just back has everybody's to answer.
void Database::set_up() {
  // Formats that values are read in, whatever server, role and database have as their default; then limits, so that no
  // statement of a sink that froze or lost its way holds locks for long.
  std::string sql =
      "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'iso_8601'; SET extra_float_digits = 1;"
      "SET lc_monetary = 'C'; SET bytea_output = 'hex'; SET standard_conforming_strings = on;"
      "SET lock_timeout = '2s'; SET statement_timeout = '300s'; SET idle_in_transaction_session_timeout = '30s';"
      "SET default_transaction_isolation = 'read committed';"
      "SET synchronous_commit = '" + settings_.synchronous_commit + "';";
  // A backend notices within this time that its client has gone, also in the middle of a statement.
  if (PQserverVersion(handle_) >= 140000) sql += "SET client_connection_check_interval = '2s';";
  // The role's own path decides where tables are found, and triggers and operators of the target are looked up by it, so that it stays. A function
  // that fits a call better than pg_catalog's would run with the role's rights.
  sql += "SELECT string_agg(quote_ident(s), ', ') FROM unnest(current_schemas(false)) s WHERE has_schema_privilege('public', s, 'CREATE')";
  const Result answer = execute(sql);
  if (PQgetisnull(answer.get(), 0, 0)) return;
  const std::string open_to_all = PQgetvalue(answer.get(), 0, 0);
  context_.warn("every role of the database may create functions in " + open_to_all + ", where this role looks for them, and have them run with its rights; "
                "as the database's owner: REVOKE CREATE ON SCHEMA " + open_to_all + " FROM PUBLIC");
}

// A pooler may give each transaction another session of the server's. The sink's settings and temporary tables would be gone, and
// the session that its positions name as their owner would be anybody's. A pooler shows in the process id that it hands out; in
// transaction mode another client is then given the session that this one has just used.
// Before anything is set: it would stay in a session of other people's.
void Database::check_pooling() {
  const std::string backend = backend_;
  if (backend == std::to_string(PQbackendPID(handle_))) return;
  const std::unique_ptr<PGconn, void (*)(PGconn*)> other(connect(), PQfinish);
  make_interruptible(PQsocket(handle_));  // what an interrupt shuts is still the first
  if (backend_ == backend)
    throw Fatal("connection.url leads to a connection pooler that pools by transaction, such as pgbouncer with pool_mode = transaction: settings, temporary "
                "tables and the ownership of positions need a session. Connect to Postgres itself, or use session pooling", "pooler", "connection.url");
}

void Database::check_identity(PGconn* handle) {
  const Result row(PQexec(handle,
      "SELECT pg_is_in_recovery(), (SELECT system_identifier FROM pg_control_system())::text,"
      " CASE WHEN NOT pg_is_in_recovery() THEN substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) END, pg_backend_pid()"), PQclear);
  if (PQntuples(row.get()) != 1) {
    const char* state = PQresultErrorField(row.get(), PG_DIAG_SQLSTATE);
    throw SqlFault(state ? state : "", without_severity(first_line(PQresultErrorMessage(row.get()))));
  }
  // pg_walfile_name does not run in recovery, hence the CASE.
  if (PQgetvalue(row.get(), 0, 0)[0] == 't') throw SqlFault("25006", "the server is a standby in recovery");
  const std::string cluster = PQgetvalue(row.get(), 0, 1);
  backend_ = PQgetvalue(row.get(), 0, 3);
  const auto timeline = static_cast<uint32_t>(std::stoul(PQgetvalue(row.get(), 0, 2), nullptr, 16));
  const std::string connector = task_.substr(0, task_.rfind('-'));

  Identities& known = identities();
  std::lock_guard lock(known.mutex);
  std::string& of_connector = known.cluster_of_connector[connector];
  if (!of_connector.empty() && of_connector != cluster && !settings_.accept_changed_database)
    throw Fatal("connection.url now leads to another database cluster (" + cluster + ") than before (" + of_connector +
                "); correct it, or set on.database.changed: accept if the move is meant", "database.changed");
  of_connector = cluster;
  uint32_t& newest = known.timeline_of_cluster[cluster];
  if (timeline < newest)
    throw SqlFault("25006", "this server follows timeline " + std::to_string(timeline) + " while a newer one, " +
                                std::to_string(newest) + ", was seen: an old primary has come back");
  newest = timeline;
}

void Database::drop() {
  make_interruptible(-1);
  handle_ = nullptr;
  connection_.reset();
}

void Database::interrupt() {
  interrupted_ = true;
  std::lock_guard lock(mutex_);
  if (socket_ >= 0) shutdown(socket_, SHUT_RDWR);
}

Database::Result Database::execute(const std::string& sql) {
  const Timer timer(context_, round_trips_);
  Result result(PQexec(handle_, sql.c_str()), PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) fail(result.get());
  return result;
}

void Database::run(const std::string& sql) { execute(sql); }

void Database::run(const Script& script) { carry_out(script, "", "", nullptr); }

void Database::commit(const Script& script, bool* in_doubt) {
  session();
  bool may_be_committed = false;
  try {
    const Timer timer(context_, commits_);
    if (script.is_checked()) {
      carry_out(script, "BEGIN", "COMMIT", &may_be_committed);
    } else {
      carry_out(script, "BEGIN", "", nullptr);
      SLUICE_FAILPOINT_OR("write.before_commit", interrupt());
      may_be_committed = true;
      execute("COMMIT");
    }
  } catch (...) {
    // A server that ends the session says so first, and only then is the connection seen to be gone.
    if (PQstatus(handle_) == CONNECTION_OK) PQclear(PQexec(handle_, "ROLLBACK"));
    if (PQstatus(handle_) == CONNECTION_OK) throw;
    drop();
    if (!may_be_committed) throw;
    *in_doubt = true;
    throw SqlFault("", kInDoubt);
  }
}

// Each statement has one answer, in its turn; a COPY has one more, which asks for its rows.
void Database::carry_out(const Script& script, const std::string& before, const std::string& after, bool* may_be_committed) {
  const Script::Statement begin{before}, end{after};
  std::vector<const Script::Statement*> all;
  if (!before.empty()) all.push_back(&begin);
  for (const Script::Statement& statement : script.statements()) all.push_back(&statement);
  if (!after.empty()) all.push_back(&end);
  std::string sql;
  for (const Script::Statement* statement : all) sql.append(statement->sql).append("; ");
  if (all.empty()) return;
  const Timer timer(context_, round_trips_);
  if (PQsendQuery(handle_, sql.c_str()) != 1) fail(nullptr);
  try {
    for (const Script::Statement* statement : all) carry_out(*statement, may_be_committed);
  } catch (...) {
    finish_answers();
    throw;
  }
  finish_answers();
}

void Database::carry_out(const Script::Statement& statement, bool* may_be_committed) {
  Result result(PQgetResult(handle_), PQclear);
  if (PQresultStatus(result.get()) == PGRES_COPY_IN) {
    put_copy(statement.text);
    SLUICE_FAILPOINT_OR("copy.sent", interrupt());
    if (may_be_committed) *may_be_committed = true;
    if (PQputCopyEnd(handle_, nullptr) != 1) fail(nullptr);
    result.reset(PQgetResult(handle_));
  }
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    try {
      fail(result.get());
    } catch (const SqlFault& fault) {
      if (statement.on_fault) statement.on_fault(fault);
      throw;
    }
  }
  if (statement.answered) statement.answered(answer_of(result.get()));
  SLUICE_FAILPOINT_OR("write.statement", interrupt());
}

// Whatever is still to come of what was asked. A COPY that waits for its rows is given up, and with it what comes after it.
void Database::finish_answers() noexcept {
  while (PGresult* more = PQgetResult(handle_)) {
    const bool waits = PQresultStatus(more) == PGRES_COPY_IN;
    PQclear(more);
    if (waits && PQputCopyEnd(handle_, kGivenUp) != 1) return;  // the connection is gone
  }
}

void Database::copy(const std::string& command, std::string_view text) {
  begin_copy(command);
  put_copy(text);
  end_copy();
}

void Database::begin_copy(const std::string& command) {
  const Result begun(PQexec(handle_, command.c_str()), PQclear);
  if (PQresultStatus(begun.get()) != PGRES_COPY_IN) fail(begun.get());
}

void Database::put_copy(std::string_view rows) {
  constexpr size_t kChunk = size_t{1} << 20;  // libpq copies each into its buffer: a batch at once would be held twice
  for (size_t at = 0; at < rows.size(); at += kChunk) {
    const std::string_view chunk = rows.substr(at, kChunk);
    SLUICE_FAILPOINT_OR("copy.sending", interrupt());
    if (PQputCopyData(handle_, chunk.data(), static_cast<int>(chunk.size())) != 1) fail(nullptr);
  }
}

void Database::end_copy() {
  SLUICE_FAILPOINT_OR("copy.sent", interrupt());
  if (PQputCopyEnd(handle_, nullptr) != 1) fail(nullptr);
  const Result ended(PQgetResult(handle_), PQclear);
  finish_answers();
  if (PQresultStatus(ended.get()) != PGRES_COMMAND_OK) fail(ended.get());
}

void Database::abandon_copy() noexcept {
  if (PQputCopyEnd(handle_, kGivenUp) == 1) finish_answers();  // else the connection is gone
}

void Database::fail(PGresult* result) {
  const auto field = [&](int code) {
    const char* text = result ? PQresultErrorField(result, code) : nullptr;
    return std::string(text ? text : "");
  };
  std::string state = field(PG_DIAG_SQLSTATE);
  if (state.empty()) throw SqlFault("", first_line(PQerrorMessage(handle_)));
  std::string column = field(PG_DIAG_COLUMN_NAME);
  if (column.empty()) {  // `COPY orders_fact, line 5, column amount: "..."`
    const std::string context = field(PG_DIAG_CONTEXT);
    if (const size_t at = context.find(", column "); at != context.npos) column = context.substr(at + 9, context.find(':', at) - at - 9);
  }
  std::string message = without_values(field(PG_DIAG_MESSAGE_PRIMARY));
  if (!column.empty() && message.find('"' + column + '"') == message.npos) message = "column \"" + column + "\": " + message;
  throw SqlFault(std::move(state), std::move(message), std::move(column));
}

void Database::rethrow(bool* in_doubt) {
  const bool lost = !handle_ || PQstatus(handle_) == CONNECTION_BAD;
  try {
    throw;
  } catch (const pqxx::in_doubt_error& e) {
    if (in_doubt) *in_doubt = true;
    drop();
    throw SqlFault("", kInDoubt);
  } catch (const SqlFault& fault) {
    const SqlFault copy = fault;
    if (lost) drop();
    throw copy;
  } catch (const pqxx::sql_error& e) {
    // libpqxx 7.10 forgets the SQLSTATE of this one.
    const bool no_right = dynamic_cast<const pqxx::insufficient_privilege*>(&e) != nullptr;
    const SqlFault fault(no_right ? "42501" : e.sqlstate(), without_values(without_severity(first_line(e.what()))));
    if (lost) drop();
    throw fault;
  } catch (const pqxx::failure& e) {  // broken connections, time-outs of the socket
    const SqlFault fault("", first_line(e.what()));
    drop();
    throw fault;
  }
}

}  // namespace sluice::debezium
