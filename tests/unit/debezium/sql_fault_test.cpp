#include "debezium_postgres_sink/write/sql_fault.h"

#include "fixture.h"
#include "sdk/sluice.hpp"

using namespace sluice::debezium;

TEST_CASE("sql fault: each SQLSTATE has the class that says what is to be done") {
  using enum FaultClass;
  struct Case { std::string sqlstate; FaultClass fault_class; };
  const Case cases[] = {
      // outages pass by themselves
      {"", time}, {"08000", time}, {"08001", time}, {"08003", time}, {"08006", time}, {"08P01", time}, {"57P01", time}, {"57P02", time}, {"57P03", time},
      {"57P05", time}, {"57014", time}, {"53000", time}, {"53100", time}, {"53200", time}, {"53300", time}, {"53400", time}, {"58000", time},
      {"58030", time}, {"40001", time}, {"40P01", time}, {"55P03", time}, {"55000", schema}, {"2200H", schema}, {"55006", time}, {"25006", time}, {"25P03", time}, {"XX000", time},
      // the role
      {"28000", credentials}, {"28P01", credentials},
      // rows that can never be written
      {"22001", data}, {"22003", data}, {"22007", data}, {"22008", data}, {"22021", data}, {"22P02", data}, {"22P04", data}, {"22P05", data}, {"23502", data},
      {"23503", data}, {"23505", data}, {"23514", data}, {"23P01", data}, {"44000", data}, {"54000", data}, {"P0001", data},
      // a person has to change something
      {"42P01", schema}, {"42703", schema}, {"42804", schema}, {"42501", schema}, {"42P10", schema}, {"3F000", schema}, {"3D000", schema}, {"0A000", schema},
      {"428C9", schema}, {"57P04", schema}, {"ZZ999", schema},
  };
  for (const Case& c : cases) {
    CAPTURE(c.sqlstate);
    CHECK(int(class_of(c.sqlstate)) == int(c.fault_class));
  }
}

TEST_CASE("sql fault: each class is answered as the host expects it") {
  struct Case { std::string sqlstate; sluice_result result; std::string code; int64_t retry_after_ms; };
  const Case cases[] = {
      {"", SLUICE_RETRY, "connection", 0}, {"57P01", SLUICE_RETRY, "57P01", 0}, {"28P01", SLUICE_RESTART, "blocked.28P01", 30000},
      {"53300", SLUICE_RETRY, "53300", 1000}, {"53100", SLUICE_RETRY, "53100", 5000},
      {"22003", SLUICE_BAD_DATA, "22003", 0}, {"42703", SLUICE_RETRY, "blocked.42703", 30000}, {"42501", SLUICE_RETRY, "blocked.42501", 30000},
  };
  for (const Case& c : cases) {
    CAPTURE(c.sqlstate);
    try {
      answer(SqlFault(c.sqlstate, "what the server said", "amount"));
    } catch (const sluice::Error& e) {
      CHECK(e.result == c.result);
      CHECK(e.code == c.code);
      CHECK(e.retry_after_ms == c.retry_after_ms);
      CHECK(mentions(e.message, "what the server said"));
      CHECK(mentions(e.message, "SQLSTATE") == (c.sqlstate[0] != '\0'));
      if (c.result == SLUICE_BAD_DATA) CHECK(e.field == "amount");
    }
  }
}

TEST_CASE("sql fault: a person is told what to do") {
  for (const auto& [state, advice] : {std::pair{"42501", "GRANT"}, {"42P01", "create the table"}, {"28P01", "connection.password"}, {"3D000", "connection.url"}}) {
    CAPTURE(state);
    try {
      answer(SqlFault(state, "refused"));
    } catch (const sluice::Error& e) {
      CHECK(mentions(e.message, advice));
    }
  }
}

TEST_CASE("sql fault: messages lose the values of rows and keep the names of things") {
  struct Case { std::string message; std::string kept; };
  const Case cases[] = {
      {R"(invalid input syntax for type integer: "4711a")", "invalid input syntax for type integer"},
      {R"(invalid input value for enum mood: "x: "y"")", "invalid input value for enum mood"},
      {R"(date/time field value out of range: "2024-13-01")", "date/time field value out of range"},
      {R"(value "99999999999" is out of range for type integer)", "a value is out of range for type integer"},
      {R"("1e400" is out of range for type double precision)", "a value is out of range for type double precision"},
      {R"("2" is not a valid binary digit)", "a value is not a valid binary digit"},
      {R"(value "a" is x" is out of range for type bigint)", "a value is out of range for type bigint"},
      {R"(time zone "my secret" not recognized)", "time zone not recognized"},
      {R"(null value in column "amount" of relation "orders_fact" violates not-null constraint)",
       R"(null value in column "amount" of relation "orders_fact" violates not-null constraint)"},
      {R"(duplicate key value violates unique constraint "orders_pkey")", R"(duplicate key value violates unique constraint "orders_pkey")"},
      {"value too long for type character varying(50)", "value too long for type character varying(50)"},
      {"", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.message);
    CHECK(without_values(c.message) == c.kept);
  }
}
