// One complaint about a configuration: where, what, and what to write instead.
#pragma once
#include <string>
#include <vector>

namespace sluice {

struct Problem {
  std::string key;      // the setting; empty: the whole configuration
  std::string message;  // a sentence: what is wrong and what to write instead; never a secret value
  std::string file;     // empty when it did not come from a file
  int line = 0;         // 1-based; 0 = unknown
  bool warning = false; // a warning does not make the configuration invalid
  std::string also = {};  // another setting that it is about as much
};
using Problems = std::vector<Problem>;

// "configs/connectors/orders.yaml:7: ..." or, without a file, the message alone.
std::string describe(const Problem& problem);
bool any_error(const Problems& problems);
// Of the first error, for where only one sentence has room; empty without.
std::string first_error(const Problems& problems);

}  // namespace sluice
