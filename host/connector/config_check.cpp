#include "connector/config_check.h"
#include <algorithm>
#include <vector>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include "base/log.h"
#include "base/log_context.h"
#include "base/loggers.h"

namespace sluice {
namespace {

CommandResult invalid(std::string message) {
  return {CommandResult::Kind::invalid, std::move(message), std::nullopt, std::nullopt};
}

// Connect's rule is Java's isISOControl: C0, DEL and C1, the last being two bytes in UTF-8.
std::vector<int> control_characters(const std::string& name) {
  std::vector<int> found;
  for (size_t i = 0; i < name.size(); ++i) {
    const auto byte = static_cast<unsigned char>(name[i]);
    const auto next = i + 1 < name.size() ? static_cast<unsigned char>(name[i + 1]) : 0;
    if (byte < 0x20 || byte == 0x7f) found.push_back(byte);
    if (byte == 0xc2 && next >= 0x80 && next <= 0x9f) found.push_back(next);
  }
  return found;
}

std::optional<std::string> name_error(const std::string& name) {
  if (name.find_first_not_of(' ') == std::string::npos)
    return "Invalid value  for configuration name: String may not be empty";
  if (const std::vector<int> controls = control_characters(name); !controls.empty())
    return fmt::format("Invalid value {} for configuration name: String may not contain control sequences but had the "
                       "following ASCII chars: {}", name, fmt::join(controls, ", "));
  // A client that normalises paths could never address it again.
  if (name == "." || name == "..")
    return fmt::format("Invalid value {} for configuration name: it has a meaning of its own in a URL", name);
  return std::nullopt;
}

}  // namespace

ConfigVerdict check_config(const Backend& backend, const FlatConfig& config, ConfigOrigin origin) {
  if (!config.contains("connector.class")) return {{}, {{"connector.class", kNoConnectorType, "", 0, false}}};
  ConfigVerdict verdict{backend.check(config, origin), {}};
  const std::string& name = config.at("name");
  if (std::optional<std::string> error = name_error(name)) verdict.errors.push_back({"name", std::move(*error), "", 0, false});
  for (const Problem& problem : verdict.checked.problems)
    if (!problem.warning && (problem.key != "name" || verdict.errors.empty())) verdict.errors.push_back(problem);  // one complaint a name
  if (!verdict.errors.empty()) return verdict;
  const LogContext about(name);
  for (const Problem& problem : verdict.checked.problems) connector_log().warn("{}", printable(describe(problem)));
  return verdict;
}

std::optional<CommandResult> put_name(const std::string& name, FlatConfig& config) {
  const auto [entry, added] = config.try_emplace("name", name);
  if (added || entry->second == name) return std::nullopt;
  return invalid(fmt::format("Connector name configuration ({}) doesn't match connector name in the URL ({})",
                             entry->second, name));
}

CommandResult refuse_config(const Problems& errors) {
  // Without its plugin nothing else in a configuration can be judged, so that error stands alone, as in Connect.
  const auto no_plugin = std::ranges::find(errors, "connector.class", &Problem::key);
  if (no_plugin != errors.end()) return invalid(no_plugin->message);
  // As they are: JSON escapes them, and over REST there is no file and line to add.
  std::string lines;
  for (const Problem& error : errors) lines += error.message + "\n";
  return invalid(fmt::format("Connector configuration is invalid and contains the following {} error(s):\n{}You can also find "
                             "the above list of errors at the endpoint `/connector-plugins/{{connectorType}}/config/validate`",
                             errors.size(), lines));
}

}  // namespace sluice
