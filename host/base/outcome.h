// What became of something that the caller decides about: the five answers of the plugin ABI, used throughout the host.
// A value type; any thread.
#pragma once
#include <chrono>
#include <string>
#include <utility>

namespace sluice {

enum class Verdict {
  ok,
  retry,     // time mends it: the same call again after a pause
  restart,   // the sink's state is lost or in doubt: a new sink, replay from the claimed positions
  bad_data,  // some record of the batch can never be written, and none of it was
  fatal,     // a person has to act
};

struct [[nodiscard]] Outcome {
  Verdict verdict = Verdict::ok;
  std::string message;                        // one line for people, no secrets; empty when ok
  std::string code;                           // for machines: "40001"; "blocked.42P01" waits for a person
  std::string field;                          // the column or setting that it is about, may be empty
  std::chrono::milliseconds retry_after{0};   // 0: the caller decides

  static Outcome good() { return {}; }
  static Outcome retry(std::string message, std::string code = "", std::chrono::milliseconds after = {}) {
    return {Verdict::retry, std::move(message), std::move(code), "", after};
  }
  static Outcome restart(std::string message, std::string code = "", std::chrono::milliseconds after = {}) {
    return {Verdict::restart, std::move(message), std::move(code), "", after};
  }
  static Outcome bad_data(std::string message, std::string code = "") {
    return {Verdict::bad_data, std::move(message), std::move(code), "", {}};
  }
  static Outcome fatal(std::string message, std::string code = "") {
    return {Verdict::fatal, std::move(message), std::move(code), "", {}};
  }

  bool ok() const { return verdict == Verdict::ok; }
  // Will not pass by itself, but resumes by itself once a person has repaired it.
  bool blocked() const { return code.starts_with("blocked."); }
  // How a waiting task is shown: connect-rest's field `condition`.
  std::string condition() const { return (blocked() ? "blocked: " : "waiting for ") + message; }
};

}  // namespace sluice
