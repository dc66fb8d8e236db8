// What a child writes to its standard error becomes lines of our log, with their level, logger, connector and task. One thread.
#pragma once
#include <string>
#include <utility>

namespace sluice {

class LogRelay {
 public:
  explicit LogRelay(std::string connector) : connector_(std::move(connector)) {}

  void take(int pipe);  // what there is, without waiting
  void end();           // and what was left of a line

 private:
  void line(const std::string& text) const;

  const std::string connector_;
  std::string bytes_;
};

}  // namespace sluice
