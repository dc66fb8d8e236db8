// The list that every sink must pass (abi.md section 6). A check is a function that throws Fault or Skip; it runs in a child
// process with a time limit, so that a sink that crashes or hangs fails one check and no more.
#pragma once
#include <string>
#include <vector>

#include "fake_host.h"

struct Check {
  const char* name;
  const char* claim;
  bool needs_far_side;  // create() has to work: left out for sinks whose database is not there
  void (*run)(const Subject&);
};

const std::vector<Check>& conformance_list();

struct Verdict {
  enum Kind { ok, failed, skipped } kind = ok;
  std::string reason;
};
Verdict judge(const Check& check, const Subject& subject);
