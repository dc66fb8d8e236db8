#include "kafka/statistics.h"

#include <charconv>
#include <string>

namespace sluice::kafka {

namespace {

// The text between quotes that follows `key` behind `at`; empty: there is none.
std::string_view text_after(std::string_view statistics, size_t at, std::string_view key) {
  const size_t found = at == statistics.npos ? at : statistics.find(key, at);
  if (found == statistics.npos) return {};
  const std::string_view rest = statistics.substr(found + key.size());
  return rest.substr(0, rest.find('"'));
}

}  // namespace

bool is_connected(std::string_view statistics) { return statistics.find(R"("state":"UP")") != statistics.npos; }

bool knows_a_broker(std::string_view statistics) {
  return statistics.find(R"("source":"configured")") != statistics.npos || statistics.find(R"("source":"learned")") != statistics.npos;
}

std::string_view state_of(std::string_view statistics, std::string_view broker) {
  return text_after(statistics, statistics.find(R"("name":")" + std::string(broker) + '"'), R"("state":")");
}

// It is an entry of its own, without a number, that bears the address of the broker which it is.
int32_t coordinator_of(std::string_view statistics) {
  const std::string_view address = text_after(statistics, statistics.find(R"("name":"GroupCoordinator")"), R"("nodename":")");
  if (address.empty()) return -1;
  const size_t broker = statistics.find(R"(, "nodename":")" + std::string(address) + R"(", "source":"learned")");
  constexpr std::string_view kNumber = R"("nodeid":)";
  const size_t number = broker == statistics.npos ? broker : statistics.rfind(kNumber, broker);
  int32_t id = -1;
  if (number != statistics.npos) std::from_chars(statistics.data() + number + kNumber.size(), statistics.data() + broker, id);
  return id;
}

bool waits_for_metadata(std::string_view statistics) { return statistics.find(R"("join_state": "wait-metadata")") != statistics.npos; }

}  // namespace sluice::kafka
