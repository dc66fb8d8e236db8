#include "kafka/statistics.h"

#include <string>

namespace sluice::kafka {

bool is_connected(std::string_view statistics) { return statistics.find(R"("state":"UP")") != statistics.npos; }

bool knows_a_broker(std::string_view statistics) {
  return statistics.find(R"("source":"configured")") != statistics.npos || statistics.find(R"("source":"learned")") != statistics.npos;
}

std::string_view state_of(std::string_view statistics, std::string_view broker) {
  const size_t name = statistics.find(R"("name":")" + std::string(broker) + '"');
  constexpr std::string_view kState = R"("state":")";
  const size_t state = name == statistics.npos ? name : statistics.find(kState, name);
  if (state == statistics.npos) return {};
  const std::string_view rest = statistics.substr(state + kState.size());
  return rest.substr(0, rest.find('"'));
}

}  // namespace sluice::kafka
