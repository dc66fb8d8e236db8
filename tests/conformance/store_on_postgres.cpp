#include "conformance/store_on_postgres.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <future>
#include <stdexcept>

#include "conformance/failpoints.h"
#include "conformance/member.h"
#include "debezium_postgres_sink/uuid.h"
#include "plugin/extensions.h"
#include "plugin/host_table.h"
#include "plugin/plugin_sink.h"

extern "C" const sluice_plugin* sluice_plugin_v1(const sluice_host* host, sluice_error* error);

namespace sluice::conformance {
namespace {

constexpr seconds kPatience{60};  // with what has to happen; a sanitizer's build is slow

std::string of_runner(const char* name) {
  const char* value = std::getenv(name);
  if (!value) throw std::runtime_error(std::string(name) + " is not set: start this with tests/conformance/run.py, which starts a Postgres for it");
  return value;
}

const sluice_plugin& plugin() {
  static const sluice_plugin* const loaded = [] {
    sluice_error error{};
    const sluice_plugin* made = sluice_plugin_v1(host_table(), &error);
    if (!made) throw std::runtime_error(error.message);
    return made;
  }();
  return *loaded;
}

std::string next_connector() {
  static int number = 0;
  return "conformance" + std::to_string(++number);
}

std::unique_ptr<OptionValues> options_of(const std::string& connector) {
  const FlatConfig config{{"connection.url", of_runner("SLUICE_CONFORMANCE_URL")}, {"connection.password", of_runner("SLUICE_CONFORMANCE_PASSWORD")},
                          {"table.name", connector}, {"mode", "history"}, {"columns.offset", "@offset"}, {"columns.partition", "@partition"}, {"columns.id", "id"}};
  Problems problems;
  auto options = std::make_unique<OptionValues>(config, std::span(plugin().options, plugin().option_count), UnknownKeys::are_errors,
                                                References("", {}), problems);
  if (any_error(problems)) throw std::runtime_error(first_error(problems));
  return options;
}

TopicId read_id(const std::string& uuid) {
  TopicId id{};
  size_t digit = 0;
  for (const char c : uuid) {
    if (c == '-') continue;
    id[digit / 2] = static_cast<uint8_t>(id[digit / 2] << 4 | (c <= '9' ? c - '0' : c - 'a' + 10));
    ++digit;
  }
  return id;
}

// The program's end of a connection, by its port.
int socket_with_port(int port) {
  rlimit most{};
  getrlimit(RLIMIT_NOFILE, &most);
  for (int socket = 0; socket < static_cast<int>(std::min<rlim_t>(most.rlim_cur, 4096)); ++socket) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0 && address.sin_family == AF_INET && ntohs(address.sin_port) == port)
      return socket;
  }
  throw std::runtime_error("no socket of this process has the port that the server knows");
}

}  // namespace

// A call on a thread of its own, which stands still at a failpoint.
class StoreOnPostgres::PausedThread : public Paused {
 public:
  PausedThread(StoreOnPostgres& store, Call call) : store_(store), outcome_(std::async(std::launch::async, std::move(call))) {}
  ~PausedThread() override {
    if (outcome_.valid()) (void)finish();
  }
  void go_on() override { gate_->open(); }
  void go_on_to(Step step) override {
    const auto before = std::exchange(gate_, gate_at(store_.failpoint_of(step)));
    before->open();
    wait_until_it_stands();
  }
  Outcome finish() override {
    go_on();
    return outcome_.get();
  }

  class Gate {
   public:
    void stand() {
      std::unique_lock lock(mutex_);
      reached_ = true;
      changed_.wait(lock, [this] { return open_; });
    }
    void open() {
      std::lock_guard lock(mutex_);
      open_ = true;
      changed_.notify_all();
    }
    bool reached() {
      std::lock_guard lock(mutex_);
      return reached_;
    }

   private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool reached_ = false, open_ = false;  // guarded by mutex_
  };
  static std::shared_ptr<Gate> gate_at(const char* failpoint) {
    auto gate = std::make_shared<Gate>();
    at_failpoint(failpoint, [gate] {
      gate->stand();
      return false;
    });
    return gate;
  }
  void set_gate(std::shared_ptr<Gate> gate) {
    gate_ = std::move(gate);
    wait_until_it_stands();
  }

 private:
  void wait_until_it_stands() {
    const auto ended = [this] { return outcome_.wait_for(milliseconds(0)) == std::future_status::ready; };
    store_.until("the call comes to the step at which it is to pause", [&] { return gate_->reached() || ended(); });
    if (!gate_->reached()) throw std::runtime_error("the call never came to the step at which it was to pause: " + outcome_.get().message);
  }

  StoreOnPostgres& store_;
  std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
  std::future<Outcome> outcome_;
};

StoreOnPostgres::StoreOnPostgres(bool pours)
    : pours_(pours), connector_(next_connector()), admin_(of_runner("SLUICE_CONFORMANCE_ADMIN_URL")), options_(options_of(connector_)) {
  ask("CREATE TABLE " + connector_ + " (seq bigserial, id bigint, partition int, \"offset\" bigint)");
  ask("GRANT ALL ON ALL TABLES IN SCHEMA public TO warehouse");
  ask("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO warehouse");
}

StoreOnPostgres::~StoreOnPostgres() {
  for (std::thread& event : events_) event.join();
  for (const int socket : cut_sockets_) close(socket);
}

pqxx::result StoreOnPostgres::ask(const std::string& sql, const pqxx::params& parameters) {
  std::lock_guard lock(mutex_);
  return pqxx::nontransaction(admin_).exec(sql, parameters);
}

void StoreOnPostgres::until(const char* what, const std::function<bool()>& is_so) {
  for (const milliseconds end = now() + kPatience; !is_so();) {
    if (now() > end) throw std::runtime_error(std::string("in vain it was waited for: ") + what);
    std::this_thread::sleep_for(milliseconds(5));
  }
}

// ---- faults -----------------------------------------------------------------------------------------------------------

const char* StoreOnPostgres::failpoint_of(Step step) const {
  switch (step) {
    case Step::claimed: return "claim.before_commit";
    case Step::moved: return pours_ ? "pour.held" : "write.after_cas";
    case Step::committing: return pours_ ? "write.before_commit" : "copy.sent";
    case Step::answering: break;
  }
  return "write.after_commit";
}

std::unique_ptr<Paused> StoreOnPostgres::pause(Call call, Step step) {
  auto gate = PausedThread::gate_at(failpoint_of(step));
  auto paused = std::make_unique<PausedThread>(*this, std::move(call));
  paused->set_gate(std::move(gate));
  return paused;
}

std::unique_ptr<Paused> StoreOnPostgres::slow_down(Call call, const TopicPartition&) {
  ask("CREATE FUNCTION slow_" + connector_ + "() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(30); RETURN NEW; END $$");
  ask("CREATE TRIGGER slow BEFORE INSERT ON " + connector_ + " FOR EACH ROW EXECUTE FUNCTION slow_" + connector_ + "()");
  auto slow = std::make_unique<PausedThread>(*this, std::move(call));
  until("the trigger sleeps", [&] {
    return !ask("SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND application_name LIKE $1", {"%:" + connector_ + "-0"}).empty();
  });
  return slow;
}

void StoreOnPostgres::lose_connection(Step step) {
  loses_ = true;
  at_failpoint(failpoint_of(step), [this] {
    loses_ = false;
    return true;
  });
}

void StoreOnPostgres::cut_cable(Step step) {
  loses_ = true;
  at_failpoint(failpoint_of(step), [this] {
    cut();
    loses_ = false;
    return false;
  });
}

// The sink's end of its connection becomes one that nobody is at, and what the server sends goes to a socket that nobody reads.
void StoreOnPostgres::cut() {
  const int port = ask("SELECT client_port FROM pg_stat_activity WHERE xact_start IS NOT NULL AND application_name LIKE $1",
                       {"%:" + connector_ + "-0"}).one_field().as<int>();
  const int socket = socket_with_port(port);
  int dead[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, dead) != 0) throw std::runtime_error("no socket pair can be made");
  close(dead[1]);
  cut_sockets_.push_back(fcntl(socket, F_DUPFD_CLOEXEC, 0));
  dup2(dead[0], socket);
  close(dead[0]);
}

void StoreOnPostgres::end_session_of_owner(const TopicPartition& name) {
  end_sessions("pid = (SELECT owner_pid FROM sluice.sink_offsets WHERE connector = '" + connector_ + "' AND partition = " +
               std::to_string(name.partition) + ")");
}

void StoreOnPostgres::end_sessions(const std::string& which) {
  const std::string ours = " FROM pg_stat_activity WHERE application_name LIKE '%:" + connector_ + "-0' AND " + which;
  if (ask("SELECT pg_terminate_backend(pid)" + ours).empty()) throw std::runtime_error("there is no such session to end");
  until("the sessions end", [&] { return ask("SELECT" + ours).empty(); });
}

void StoreOnPostgres::remember() {
  ask("CREATE TABLE old_rows_" + connector_ + " AS TABLE " + connector_);
  ask("CREATE TABLE old_positions_" + connector_ + " AS SELECT * FROM sluice.sink_offsets WHERE connector = '" + connector_ + "'");
}

void StoreOnPostgres::go_back() {
  end_sessions("true");
  std::lock_guard lock(mutex_);
  pqxx::work work(admin_);
  work.exec("DELETE FROM " + connector_);
  work.exec("INSERT INTO " + connector_ + " TABLE old_rows_" + connector_);
  work.exec("DELETE FROM sluice.sink_offsets WHERE connector = $1", pqxx::params{connector_});
  work.exec("INSERT INTO sluice.sink_offsets TABLE old_positions_" + connector_);
  work.commit();
}

// ---- time -------------------------------------------------------------------------------------------------------------

milliseconds StoreOnPostgres::now() { return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch()); }

void StoreOnPostgres::meanwhile(milliseconds after, std::function<void()> what) {
  events_.emplace_back([after, what = std::move(what)]() mutable {
    std::this_thread::sleep_for(after);
    what();
    what = nullptr;  // and what it holds
  });
}

void StoreOnPostgres::age_claims(seconds by) {
  ask("UPDATE sluice.sink_offsets SET updated_at = updated_at - $2 * interval '1 s' WHERE connector = $1", {connector_, by.count()});
}

// ---- what is stored ---------------------------------------------------------------------------------------------------

std::unique_ptr<Sink> StoreOnPostgres::make_sink(Rejects& rejects) {
  MadeSink made = make_plugin_sink(plugin(), {connector_, 0, 1}, *options_, rejects);
  if (!made.sink) throw std::runtime_error(made.outcome.message);
  return std::move(made.sink);
}

std::optional<Stored> StoreOnPostgres::stored(const TopicPartition& name) {
  if (ask("SELECT to_regclass('sluice.sink_offsets')").one_field().is_null()) return {};
  const pqxx::result found = ask(
      "SELECT next_offset, topic_id::text, leader_epoch, witness_offset, witness_crc, witness_ts, epoch, group_gen, records_total, gaps_total, rejected_total "
      "FROM sluice.sink_offsets WHERE connector = $1 AND topic = $2 AND partition = $3", {connector_, name.topic, name.partition});
  if (found.empty()) return {};
  const pqxx::row row = found.one_row();
  Stored stored{row[0].as<std::optional<int64_t>>(), read_id(row[1].as<std::string>()), row[2].as<int32_t>(), {}, row[6].as<int64_t>(),
                row[7].as<int64_t>(), row[8].as<int64_t>(), row[9].as<int64_t>(), row[10].as<int64_t>()};
  if (!row[3].is_null()) stored.witness = Witness{row[3].as<int64_t>(), row[4].as<int64_t>(), row[5].as<int64_t>()};
  return stored;
}

std::vector<int64_t> StoreOnPostgres::rows(const TopicPartition& name) {
  std::vector<int64_t> offsets;
  for (const auto& row : ask("SELECT \"offset\" FROM " + connector_ + " WHERE partition = $1 ORDER BY seq", {name.partition}))
    offsets.push_back(row[0].as<int64_t>());
  return offsets;
}

Outcome StoreOnPostgres::alter(const TopicPartition& name, const TopicId& id, std::optional<int64_t> next_offset) {
  sluice_partition partition{};
  partition.topic = {name.topic.data(), name.topic.size()};
  partition.partition = name.partition;
  partition.offset = next_offset.value_or(SLUICE_NO_OFFSET);
  std::memcpy(partition.topic_id, id.data(), id.size());
  return call_alter_offsets(plugin(), connector_, *options_, {&partition, 1});
}

std::shared_ptr<void> StoreOnPostgres::hold(const TopicPartition& name) {
  struct Person {
    pqxx::connection connection{of_runner("SLUICE_CONFORMANCE_ADMIN_URL")};
    pqxx::work work{connection};
  };
  auto person = std::make_shared<Person>();
  try {
    person->work.exec("SELECT FROM sluice.sink_offsets WHERE connector = $1 AND topic = $2 AND partition = $3 FOR UPDATE NOWAIT",
                      pqxx::params{connector_, name.topic, name.partition}).one_row();
  } catch (const pqxx::sql_error& e) {
    if (e.sqlstate() != "55P03") throw;
    return nullptr;
  }
  return person;
}

void StoreOnPostgres::overwrite(const TopicPartition& name, int64_t next_offset) {
  ask("UPDATE sluice.sink_offsets SET next_offset = $4 WHERE connector = $1 AND topic = $2 AND partition = $3",
      {connector_, name.topic, name.partition, next_offset});
}

}  // namespace sluice::conformance
