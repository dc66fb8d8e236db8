// What Postgres or the way to it said, and what is to be done about it: exactly-once.md's table of errors in one place (pure).
#pragma once
#include <exception>
#include <string>
#include <string_view>

namespace sluice::debezium {

enum class FaultClass {
  time,         // passes by itself: outages, locks, full disks, our own limits
  credentials,  // the role or its password: tried again with secrets resolved anew
  data,         // some row can never be written
  schema,       // a person has to change the database or the settings; goes on by itself then
};

// An empty SQLSTATE means that the server did not get to say one: the connection.
FaultClass class_of(std::string_view sqlstate);

// Postgres undid the transaction for another one's sake: the same at once may succeed, where a pause would only cost throughput.
bool is_conflict(std::string_view sqlstate);

// A table was altered after it was looked up: Postgres's own state for a plan that does not fit any more.
constexpr const char* kWasAltered = "0A000";

struct SqlFault : std::exception {
  SqlFault(std::string state, std::string text, std::string column_ = "")
      : sqlstate(std::move(state)), message(std::move(text)), column(std::move(column_)) {}
  const char* what() const noexcept override { return message.c_str(); }
  std::string sqlstate;  // five characters or empty
  std::string message;   // the server's primary message, without values of rows
  std::string column;    // that it is about, where known
};

// Throws the answer of the ABI that fits: Retry, Restart or BadData of the SDK.
[[noreturn]] void answer(const SqlFault& fault);

// The server's messages quote the value that they refuse (`invalid input syntax for type integer: "4711a"`, `value "99999999999"
// is out of range for type integer`). Rows are nobody's business in a log: the value is cut, names of tables and columns stay.
std::string without_values(std::string_view message);

}  // namespace sluice::debezium
