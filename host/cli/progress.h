// How far long work has come: one line on standard error that moves. Nothing at all where that is no terminal, or where CI or
// TERM=dumb say that nobody looks. What is logged meanwhile stands on lines of its own. Made and destroyed
// while nobody logs; between, any thread may.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace sluice {

// The line, at most `width` columns: "replaying [####......] 40 of 100"; `of` = 0: how much there will be is not known.
std::string progress_line(const std::string& what, uint64_t done, uint64_t of, size_t width);

class Progress {
 public:
  // `wanted`: false keeps it silent on a terminal too.
  explicit Progress(bool wanted);
  ~Progress();

  // Cheap enough to be called for each record.
  void show(const char* what, uint64_t done, uint64_t of = 0);
  // Takes the line away; another show() makes a new one.
  void end();

 private:
  class Eraser;
  std::shared_ptr<Eraser> eraser_;  // null: silent
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace sluice
