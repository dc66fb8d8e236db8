#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <tuple>

#include "base/log.h"
#include "cli/checked_file.h"
#include "cli/commands.h"
#include "rest/check_access.h"

namespace sluice {
namespace {

// A plugin that is not there is an error; one that is refused harms only the connectors that name it.
void check_plugins(const HostConfig& host, const Catalog& catalog, Problems& problems) {
  for (const ScannedFile& file : catalog.files())
    if (!file.plugin) problems.push_back({"", "this plugin is refused: " + file.refused, file.file.string(), 0, true});
  if (!catalog.names().empty()) return;
  std::string folders;
  for (const auto& folder : host.plugin_path) folders += (folders.empty() ? "" : ", ") + folder.string();
  problems.push_back({"plugin.path", fmt::format("no plugin was found in {}; build or install one, or correct plugin.path", folders),
                      host.file.string(), 0, false});
}

void print(Problems problems, const std::filesystem::path& host_file, std::ostream& out) {
  // In reading order, the host file first.
  const std::string first = host_file.string();
  const auto place = [&](const Problem& problem) { return std::tuple(problem.file != first, problem.file, problem.line); };
  std::ranges::stable_sort(problems, {}, place);
  for (const Problem& problem : problems) fmt::print(out, "{}\n", describe(problem));
}

}  // namespace

int validate_command(const std::filesystem::path& host_file, std::ostream& out) {
  Problems problems;
  const HostConfig host = load_host_config(host_file, problems);
  check_access(host.rest_access, problems);
  size_t valid = 0;
  // As far as the host file goes: one run should show all mistakes.
  if (!host.plugin_path.empty() && !host.connectors_dir.empty()) {
    const Catalog catalog(host.plugin_path);
    check_plugins(host, catalog, problems);
    const References references(host.secrets_env_allow, host.secrets_paths);
    const auto files = load_connector_files(host.connectors_dir, problems);
    for (const ConnectorFile& file : files) check_file(file, catalog, references, problems);
    valid = files.size();
  }
  const bool failed = any_error(problems);
  print(std::move(problems), host_file, out);
  if (failed) return 1;
  fmt::print(out, "{} {} in {} {} valid\n", valid, valid == 1 ? "connector" : "connectors", printable(host.connectors_dir.string()),
             valid == 1 ? "is" : "are");
  return 0;
}

}  // namespace sluice
