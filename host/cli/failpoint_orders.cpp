#include "cli/failpoint_orders.h"

#ifdef SLUICE_FAILPOINTS
#include <fmt/format.h>

#include <cstdlib>
#include <vector>

#include "config/connector_settings.h"
#endif
#include "failpoint/failpoint.h"

namespace sluice {

#ifdef SLUICE_FAILPOINTS
namespace {

std::string list_of_points() {
  std::string lines;
  for (const failpoint::Point& point : failpoint::kPoints)
    lines += fmt::format("{}{:<24} {:<5} {}", lines.empty() ? "" : "\n", point.name, point.can_fail ? "error" : "", point.passed_when);
  return lines;
}

}  // namespace

std::string refusal_of_failpoints() {
  const char* text = std::getenv("SLUICE_FAILPOINT");
  if (!text) return {};
  if (std::string_view(text) == "list") return list_of_points();
  const failpoint::Orders orders = failpoint::read_orders(text);
  if (!orders.complaint.empty()) return "SLUICE_FAILPOINT: " + orders.complaint;
  if (orders.unknown.empty()) return {};
  std::vector<std::string> names;
  for (const failpoint::Point& point : failpoint::kPoints) names.emplace_back(point.name);
  const std::string near = nearest_name(orders.unknown, names);
  return fmt::format("SLUICE_FAILPOINT: there is no point \"{}\"{}; SLUICE_FAILPOINT=list shows all", orders.unknown,
                     near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near));
}
#else
std::string refusal_of_failpoints() { return {}; }
#endif

}  // namespace sluice
