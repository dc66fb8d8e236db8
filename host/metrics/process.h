// What this process uses, as the kernel tells (proc(5)).
#pragma once
#include <cstdint>

namespace sluice {

// What cannot be read is 0.
struct ProcessFigures {
  double cpu_seconds = 0;       // of all threads, in user mode and in the kernel
  double start_seconds = 0;     // Unix epoch
  uint64_t resident_bytes = 0, virtual_bytes = 0;
  uint64_t open_files = 0, most_files = 0;
  uint64_t threads = 0;
};

ProcessFigures process_figures();
uint64_t resident_bytes();  // that alone, for who asks each second

}  // namespace sluice
