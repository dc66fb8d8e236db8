// Statements that one message takes to the server, and what is to be made of their answers: as a rule a whole transaction, which
// costs two round trips then instead of one for each statement. Database::run() and Database::commit() carry it out.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "debezium_postgres_sink/write/sql_fault.h"

namespace sluice::debezium {

struct SqlAnswer {
  int64_t rows = 0;       // that were touched, or answered
  std::string_view text;  // the first column of the first row; empty: there is none
};

class Script {
 public:
  // Throws what the call is to end with where the answer is not as it has to be; then nothing of the script happens.
  using Check = std::function<void(const SqlAnswer&)>;
  // Where the statement fails. May throw what fits better than the fault, which is thrown otherwise.
  using OnFault = std::function<void(const SqlFault&)>;
  using Observer = std::function<void(const SqlAnswer&)>;  // throws nothing

  void add(std::string sql) { statements_.push_back({std::move(sql)}); }
  void check(std::string sql, Check check, OnFault on_fault = {}) {
    statements_.push_back({std::move(sql), std::move(check), std::move(on_fault)});
    is_checked_ = false;
  }
  void observe(std::string sql, Observer observer) { statements_.push_back({std::move(sql), std::move(observer)}); }
  // COPY .. FROM STDIN of `text`, which has to live until the script was carried out.
  void copy(std::string command, std::string_view text) {
    statements_.push_back({std::move(command), {}, {}, text});
    is_checked_ = true;
  }

  struct Statement {
    std::string sql;
    Check answered = {};
    OnFault on_fault = {};
    std::string_view text = {};  // of a COPY
  };
  const std::vector<Statement>& statements() const { return statements_; }
  // The server waits for the rows of a COPY, and goes through all other statements without waiting. So a check can stop what comes
  // after the next COPY.
  bool is_checked() const { return is_checked_; }

 private:
  std::vector<Statement> statements_;
  bool is_checked_ = true;
};

}  // namespace sluice::debezium
