#include "debezium_postgres_sink/write/sql_fault.h"

#include "sdk/sluice.hpp"

namespace sluice::debezium {
namespace {

constexpr int64_t kBlockedRetryMs = 30'000;

// A server that is short of something is not helped by attempts: of connections one a second and task, of disk and memory, where
// an attempt may be a whole batch, fewer still. 0: as the host has it.
int64_t retry_ms_of(std::string_view sqlstate) {
  if (sqlstate == "53300") return 1000;
  return sqlstate.starts_with("53") ? 5000 : 0;
}

// What a person can do about it, for the states that people meet.
std::string advice_for(std::string_view sqlstate) {
  if (sqlstate == "42501") return "; GRANT it to the connector's role";
  if (sqlstate == "42P01") return "; create the table, or correct table.name";
  if (sqlstate == "3D000") return "; create the database, or correct connection.url";
  if (sqlstate.starts_with("28")) return "; correct connection.url or the secret that connection.password refers to";
  return {};
}

}  // namespace

FaultClass class_of(std::string_view sqlstate) {
  struct Row { std::string_view prefix; FaultClass fault_class; };
  // The first that fits counts, so what is particular stands before what is general.
  static constexpr Row kRows[] = {
      {"57P04", FaultClass::schema},       // the database was dropped
      {"54000", FaultClass::data},         // program limits: a value too large for an index
      {"44000", FaultClass::data},         // WITH CHECK OPTION of a view
      {"2200H", FaultClass::schema},       // a sequence, such as a serial column's, has run out
      {"P0", FaultClass::data},            // RAISE in somebody's trigger, about the row
      {"08", FaultClass::time},            // connection
      {"57", FaultClass::time},            // shut down, starting up, cancelled
      {"53", FaultClass::time},            // too many connections, disk or memory full
      {"58", FaultClass::time},            // I/O
      {"XX", FaultClass::time},            // internal errors: another server may be luckier, and nothing is lost by waiting
      {"40", FaultClass::time},            // serialization, deadlock
      {"55000", FaultClass::schema},       // the target is in no state for it, such as a view that cannot be written
      {"55", FaultClass::time},            // lock not available, object in use
      {"25", FaultClass::time},            // read-only server, idle transaction ended
      {"28", FaultClass::credentials},
      {"21000", FaultClass::data},         // one statement, one row twice: keys that only the database finds equal
      {"22", FaultClass::data},
      {"23", FaultClass::data},
  };
  if (sqlstate.empty()) return FaultClass::time;
  for (const Row& row : kRows)
    if (sqlstate.starts_with(row.prefix)) return row.fault_class;
  return FaultClass::schema;  // 42, 3F, 0A, and what nobody has met: wait for a person, lose nothing
}

bool is_conflict(std::string_view sqlstate) { return sqlstate == "40001" || sqlstate == "40P01"; }

void answer(const SqlFault& fault) {
  const std::string state = fault.sqlstate.empty() ? "" : " (SQLSTATE " + fault.sqlstate + ")";
  switch (class_of(fault.sqlstate)) {
    case FaultClass::time:
      throw Retry("the database: " + fault.message + state, fault.sqlstate.empty() ? "connection" : fault.sqlstate, retry_ms_of(fault.sqlstate));
    case FaultClass::credentials:
      throw Restart("the database refuses the connection: " + fault.message + state + advice_for(fault.sqlstate),
                    "blocked." + fault.sqlstate, kBlockedRetryMs);
    case FaultClass::data: throw BadData(fault.message + state, fault.sqlstate, fault.column);
    case FaultClass::schema: break;
  }
  throw Retry(fault.message + state + advice_for(fault.sqlstate), "blocked." + fault.sqlstate, kBlockedRetryMs, fault.column);
}

std::string without_values(std::string_view message) {
  // A value may hold quotation marks itself, so that it reaches to the last one.
  const size_t last = message.rfind('"');
  const std::string_view rest = last == message.npos ? std::string_view() : message.substr(last + 1);
  if (message.starts_with("time zone \"")) return "time zone" + std::string(rest);
  if ((message.starts_with('"') || message.starts_with("value \"")) &&
      (rest.starts_with(" is out of range") || rest.starts_with(" is not a valid")))
    return "a value" + std::string(rest);
  return std::string(message.substr(0, message.find(": \"")));
}

}  // namespace sluice::debezium
