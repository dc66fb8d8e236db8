#include "debezium_postgres_sink/settings.h"

#include <libpq-fe.h>
#include <unistd.h>

#include <cstdlib>
#include <deque>
#include <map>
#include <optional>
#include <stdexcept>

#include "debezium_postgres_sink/map/columns.h"
#include "fixture.h"

using namespace sluice;
using namespace sluice::debezium;

namespace {

using Texts = std::map<std::string, std::string>;

// What the host file says to plugins.
struct Lists {
  std::vector<std::string> insecure;
  std::optional<std::vector<std::string>> hosts;
};

// A task's configuration as the host hands it over: one value for each option, the option's initial where nothing is set.
class Configured {
 public:
  explicit Configured(Texts texts = {}, std::vector<std::string> columns = {}, Lists lists = {}) : lists_(std::move(lists)) {
    for (const Option& o : kOptions) {
      sluice_value& v = values_.emplace_back();
      v = {};
      const auto given = texts.find(o.name);
      if (given != texts.end()) v.text = keep(given->second);
      else if (const char* initial = static_cast<const sluice_option&>(o).initial) v.text = keep(initial);
      else if (o.name == std::string_view("connection.url")) v.text = keep("postgresql://warehouse@127.0.0.1:5432/analytics");
      if (o.kind == SLUICE_ENUM && v.text.data)
        for (int i = 0; o.choices[i]; ++i)
          if (std::string_view(v.text.data, v.text.len) == o.choices[i]) v.i = i;
      if (o.kind == SLUICE_BOOL) v.i = v.text.data && std::string_view(v.text.data, v.text.len) == "true";
      if (o.kind == SLUICE_FLOAT && v.text.data) v.f = std::stod(std::string(v.text.data, v.text.len));
      if (o.kind == SLUICE_LIST && v.text.data) {  // one item will do
        items_.push_back(v.text);
        v.items = &items_.back();
        v.item_count = 1;
      }
      if (o.name == std::string_view("columns") && !columns.empty()) {
        for (const std::string& item : columns) map_.push_back(keep(item));
        v.text = keep("a map");
        v.items = map_.data();
        v.item_count = map_.size();
      }
    }
    raw_ = {sizeof raw_, static_cast<uint32_t>(values_.size()), values_.data(), keep("orders"), 0, 1, terminated(lists_.insecure, insecure_), lists_.hosts ? terminated(*lists_.hosts, hosts_) : nullptr};
  }
  Configured(const Configured&) = delete;  // its parts point at each other
  Config config() const { return {raw_, kOptions}; }

  // What check_settings() has to say, as "option: line" each.
  std::vector<std::string> issues() const {
    static std::vector<std::string> found;
    found.clear();
    sluice_host host{};
    host.issue = [](sluice_issues*, const char* option, const char* text) { found.push_back(std::string(option) + ": " + text); };
    detail::host = &host;
    check_settings(Issues(nullptr), config());
    detail::host = nullptr;
    return found;
  }

 private:
  sluice_str keep(std::string text) {
    kept_.push_back(std::move(text));
    return {kept_.back().data(), kept_.back().size()};
  }
  static const char* const* terminated(const std::vector<std::string>& texts, std::vector<const char*>& list) {
    for (const std::string& text : texts) list.push_back(text.c_str());
    list.push_back(nullptr);
    return list.data();
  }
  Lists lists_;
  std::vector<const char*> insecure_, hosts_;
  std::deque<std::string> kept_;
  std::vector<sluice_value> values_;
  std::deque<sluice_str> items_;
  std::vector<sluice_str> map_;
  sluice_config raw_{};
};

}  // namespace

TEST_CASE("settings: the defaults are those that are documented") {
  const Configured c;
  const Settings s = read_settings(c.config());
  CHECK(s.table == "orders_fact");
  CHECK(s.columns.empty());
  CHECK(s.values.decimals == DecimalMode::unset);
  CHECK(s.values.times == TimeMode::adaptive);
  CHECK(s.values.binary == BinaryMode::bytes);
  CHECK(s.placeholder == "__debezium_unavailable_value");
  CHECK(s.snapshot_name == "SNAPSHOT");
  CHECK(s.truncates == Truncates::ignore);
  CHECK(s.unknown == UnknownColumns::fail);
  CHECK_FALSE(s.accept_changed_database);
  CHECK(s.synchronous_commit == "on");
  CHECK(s.mode == Mode::history);
  CHECK(s.deletes == Deletes::remove);
  CHECK(s.key_columns.empty());
  CHECK_FALSE((s.dedupe_source || s.auto_create || s.tolerates_errors || s.schemas_disabled));
  CHECK(s.errors_max_share == 0.2);
  CHECK(c.issues().empty());
}

TEST_CASE("settings: each word of a mode is that mode") {
  for (const auto& [text, mode] : {std::pair{"precise", DecimalMode::precise}, {"string", DecimalMode::string}, {"double", DecimalMode::number}})
    CHECK(read_settings(Configured(Texts{{"decimal.handling.mode", text}}).config()).values.decimals == mode);
  for (const auto& [text, mode] : {std::pair{"adaptive", TimeMode::adaptive}, {"adaptive_time_microseconds", TimeMode::adaptive_time_microseconds},
                                   {"microseconds", TimeMode::microseconds}, {"nanoseconds", TimeMode::nanoseconds}, {"connect", TimeMode::connect},
                                   {"isostring", TimeMode::isostring}})
    CHECK(read_settings(Configured(Texts{{"time.precision.mode", text}}).config()).values.times == mode);
  for (const auto& [text, mode] : {std::pair{"bytes", BinaryMode::bytes}, {"base64", BinaryMode::base64}, {"base64-url-safe", BinaryMode::base64_url_safe},
                                   {"hex", BinaryMode::hex}})
    CHECK(read_settings(Configured(Texts{{"binary.handling.mode", text}}).config()).values.binary == mode);
  for (const auto& [text, mode] : {std::pair{"history", Mode::history}, {"current", Mode::current}, {"both", Mode::both}})
    CHECK(read_settings(Configured(Texts{{"mode", text}}).config()).mode == mode);
  for (const auto& [text, mode] : {std::pair{"delete", Deletes::remove}, {"soft", Deletes::soft}, {"ignore", Deletes::ignore}})
    CHECK(read_settings(Configured(Texts{{"delete.mode", text}}).config()).deletes == mode);
  for (const auto& [text, mode] : {std::pair{"ignore", Truncates::ignore}, {"apply", Truncates::apply}, {"fail", Truncates::fail}})
    CHECK(read_settings(Configured(Texts{{"truncate.mode", text}}).config()).truncates == mode);
  for (const auto& [text, mode] : {std::pair{"fail", UnknownColumns::fail}, {"ignore", UnknownColumns::ignore}, {"add", UnknownColumns::add}})
    CHECK(read_settings(Configured(Texts{{"unknown.columns", text}}).config()).unknown == mode);
  CHECK(read_settings(Configured(Texts{{"on.database.changed", "accept"}}).config()).accept_changed_database);
}

TEST_CASE("settings: columns keep their order, target before source") {
  const Settings s = read_settings(Configured({}, {"order_id", "id", "at", "@source.ts"}).config());
  CHECK(s.columns == std::vector<std::pair<std::string, std::string>>{{"order_id", "id"}, {"at", "@source.ts"}});
}

TEST_CASE("settings: a placeholder may be given in hex, as on the source") {
  CHECK(read_settings(Configured(Texts{{"unavailable.value.placeholder", "hex:676f6e65"}}).config()).placeholder == "gone");
  CHECK(Configured(Texts{{"unavailable.value.placeholder", "hex:676f6e65"}}).issues().empty());
  CHECK(Configured(Texts{{"unavailable.value.placeholder", "hex:676"}}).issues().size() == 1);
  CHECK(Configured(Texts{{"unavailable.value.placeholder", "hex:zz"}}).issues().size() == 1);
}

TEST_CASE("settings: each wrong one is named with what to write instead") {
  struct Case { Texts texts; std::vector<std::string> columns; std::string option; std::string mentioned; };
  const Case cases[] = {
      {{{"connection.url", "postgresql://u:secret@db/x"}}, {}, "connection.url", "connection.password: ${env:"},
      {{{"connection.url", "host=db password=secret"}}, {}, "connection.url", "connection.password: ${env:"},
      {{{"connection.url", "postgresql://db:port:1/x?nonsense"}}, {}, "connection.url", "postgresql://warehouse@db"},
      {{{"connection.url", "host=db hots=x"}}, {}, "connection.url", "hots"},
      {{{"table.name", "a.b.c"}}, {}, "table.name", "schema.table"},
      {{{"table.name", "${tpoic}"}}, {}, "table.name", "${topic}"},
      {{{"errors.deadletterqueue.table.name", "${topic}"}}, {}, "errors.deadletterqueue.table.name", "without ${...}"},
      {{{"mode", "both"}}, {}, "current.table.name", "missing"},
      {{{"mode", "both"}, {"current.table.name", "orders_fact"}}, {}, "current.table.name", "the same table"},
      {{{"mode", "both"}, {"current.table.name", "a.b.c"}}, {}, "current.table.name", "schema.table"},
      {{{"current.table.name", "t"}}, {}, "current.table.name", "mode: both"},
      {{{"key.columns", "id"}}, {}, "key.columns", "mode: current"},
      {{{"lsn.column", "lsn"}}, {}, "lsn.column", "mode: current"},
      {{{"mode", "current"}, {"delete.mode", "soft"}}, {}, "soft.delete.column", "missing"},
      {{{"mode", "current"}, {"soft.delete.column", "gone"}}, {}, "soft.delete.column", "delete.mode: soft"},
      {{{"mode", "current"}, {"dedupe.source", "true"}}, {}, "dedupe.source", "lsn.column"},
      {{{"mode", "current"}, {"key.columns", std::string(64, 'x')}}, {}, "key.columns", "63 bytes"},
      {{{"table.name", std::string(64, 'x')}}, {}, "table.name", "63 bytes"},
      {{}, {"at", "@source_ts"}, "columns", "@source.ts"},
      {{}, {"at", ""}, "columns", "columns.at"},
      {{}, {std::string(64, 'x'), "id"}, "columns", "63 bytes"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.mentioned);
    const auto issues = Configured(c.texts, c.columns).issues();
    REQUIRE(issues.size() == 1);
    CHECK(issues[0].starts_with(std::string(c.option) + ": "));
    CHECK(mentions(issues[0], c.mentioned));
    CHECK_FALSE(mentions(issues[0], "secret"));
  }
}

TEST_CASE("settings: the @ sources are those that are documented") {
  CHECK(meta_names() == "@op, @operation, @source.ts, @ts, @lsn, @txid, @topic, @partition, @offset, @kafka.ts, @now, @none or @value:TEXT");
  CHECK(meta_of("@source.ts") == Meta::source_ts);
  for (const std::string wrong : {"@", "@OP", "op", "@source", "@source.ts ", ""}) CHECK_FALSE(meta_of(wrong));
}

namespace {

std::string told_of_url(const std::string& url, Lists lists = {}) {
  std::string all;
  for (const std::string& issue : Configured(Texts{{"connection.url", url}}, {}, std::move(lists)).issues()) all += issue + "\n";
  return all;
}

class Variable {  // of the environment, for the life of this
 public:
  Variable(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;

 private:
  const char* name_;
};

}  // namespace

TEST_CASE("s19: a server on another machine has to be verified, however it is written") {
  const char* const unverified[] = {
      "postgresql://u@db/x", "host=db", "postgresql://u@192.168.1.7/x", "postgresql://u@[2001:db8::1]/x", "host=0.0.0.0", "host=127.evil.example",
      "host=localhost.example", "postgresql://u@db/x?sslmode=require", "host=db sslmode=verify-ca", "host=db sslmode=prefer", "host=db sslmode=disable",
      "host=db sslmode=allow", "postgresql://u@127.0.0.1,db/x", "postgresql://u@db,127.0.0.1/x", "host=/run/postgresql,db", "host=localhost hostaddr=10.0.0.1",
      "hostaddr=10.0.0.1", "hostaddr=127.0.0.1,10.0.0.1 host=a,b", "host=169.254.169.254", "host=2130706433", "host=127.1", "host=::ffff:127.0.0.1",
      "host=db sslmode=verify-full gssencmode=prefer", "postgresql://u@db/x?sslmode=verify-full&gssencmode=require",
  };
  for (const char* url : unverified) {
    CAPTURE(url);
    const std::string told = told_of_url(url);
    CHECK(told.find("is another machine, and with ") != told.npos);
    CHECK(told.find("list postgres-tls under insecure in the host file") != told.npos);
    CHECK(told_of_url(url, {{"postgres-tls"}, {}}) == "");
    CHECK(told_of_url(url, {{"kafka-tls", "rest"}, {}}) == told);
  }
  const char* const sound[] = {
      "postgresql://u@127.0.0.1:5432/x", "postgresql://u@127.1.2.3/x", "host=localhost", "host=LOCALHOST", "postgresql://u@[::1]/x", "host=/run/postgresql",
      "postgresql://%2Frun%2Fpostgresql/x", "host=@abstract", "dbname=x", "host=db hostaddr=127.0.0.1", "host=localhost sslmode=disable gssencmode=require",
      "postgresql://u@db/x?sslmode=verify-full", "host=a,b sslmode=verify-full", "hostaddr=10.0.0.1 host=db sslmode=verify-full gssencmode=disable",
  };
  for (const char* url : sound) {
    CAPTURE(url);
    CHECK(told_of_url(url) == "");
  }
}

TEST_CASE("s19: what the environment and a service file add to a URL counts") {
  {
    const Variable host("PGHOST", "db");
    CHECK(told_of_url("dbname=x").find("db is another machine") != std::string::npos);
    CHECK(told_of_url("host=127.0.0.1") == "");
    const Variable mode("PGSSLMODE", "verify-full");
    CHECK(told_of_url("dbname=x") == "");
    CHECK(told_of_url("dbname=x sslmode=require").find("sslmode=require") != std::string::npos);
  }
  {
    const Variable address("PGHOSTADDR", "10.0.0.1");
    CHECK(told_of_url("host=127.0.0.1").find("10.0.0.1 is another machine") != std::string::npos);
  }
  char name[] = "/tmp/sluice-services-XXXXXX";
  const int file = mkstemp(name);
  const std::string services = "[far]\nhost=db\n";
  REQUIRE(write(file, services.data(), services.size()) == static_cast<ssize_t>(services.size()));
  close(file);
  {
    const Variable where("PGSERVICEFILE", name), which("PGSERVICE", "far");
    CHECK(told_of_url("dbname=x").find("db is another machine") != std::string::npos);
  }
  CHECK(told_of_url("service=far").find("names a service") != std::string::npos);
  unlink(name);
}

TEST_CASE("s19: a file that vouches for the server has to hold a certificate") {
  CHECK(told_of_url("host=db sslmode=verify-full sslrootcert=/no/such/ca.pem").find("sslrootcert=/no/such/ca.pem is no file with certificates in PEM form (No such") !=
        std::string::npos);
  CHECK(told_of_url("host=db sslmode=verify-full sslrootcert=/etc/hostname").find("(no certificate or crl found)") != std::string::npos);
}

TEST_CASE("s01: of libpq's parameters only those on a list may stand in a URL") {
  const std::pair<const char*, const char*> refused[] = {
      {"host=127.0.0.1 service=x", "names a service"}, {"postgresql://127.0.0.1/x?service=x", "names a service"}, {"passfile=/etc/passwd", "connection.password: ${dir:"},
      {"sslpassword=x sslkey=k sslcert=c", "the password of a key"}, {"replication=database", "replication"}, {"host=127.0.0.1 password=x", "connection.password: ${env:"},
  };
  for (const auto& [url, told] : refused) {
    CAPTURE(url);
    CHECK(told_of_url(url, {{"postgres-tls"}, {}}).find(told) != std::string::npos);
  }
  // Each that this libpq knows is on one of the two lists: a new one is refused, but by a sentence that says less.
  std::string unknown;
  PQconninfoOption* all = PQconndefaults();
  for (const PQconninfoOption* at = all; at && at->keyword; ++at)
    for (const std::string& told : refused_parameters({{at->keyword, "x"}}))
      if (told.find("is not among those that may be set") != told.npos) unknown += std::string(at->keyword) + " ";
  PQconninfoFree(all);
  CHECK(unknown == "");
}

TEST_CASE("s11: where the host file lists servers, a URL leads to no other") {
  const auto listed = [](std::vector<std::string> hosts) { return Lists{{"postgres-tls"}, std::move(hosts)}; };
  CHECK(told_of_url("host=db", listed({"other", "DB"})) == "");
  CHECK(told_of_url("host=a,b", listed({"a", "b"})) == "");
  CHECK(told_of_url("host=/run/postgresql", listed({"/run/postgresql"})) == "");
  for (const char* url : {"host=db", "host=127.0.0.1", "host=other,db", "host=other hostaddr=10.0.0.1", "host=/run/postgresql", "dbname=x", "host=169.254.169.254"}) {
    CAPTURE(url);
    CHECK(told_of_url(url, listed({"other"})).find("is not among plugin.hosts of the host file") != std::string::npos);
    CHECK(told_of_url(url, listed({})).find("plugin.hosts") != std::string::npos);
  }
}
