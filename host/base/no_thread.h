// What is said where the system starts no thread. Any thread.
#pragma once
#include <string>
#include <system_error>

namespace sluice {

inline std::string no_thread(const std::system_error& error) {
  return std::string("no thread could be started: ") + error.code().message() +
         "; raise the limit: TasksMax of the service, pids of the container, ulimit -u";
}

}  // namespace sluice
