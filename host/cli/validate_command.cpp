#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <tuple>

#include "base/log.h"
#include "cli/checked_file.h"
#include "cli/commands.h"
#include "cli/problems_json.h"
#include "kafka/try_client.h"
#include "rest/check_access.h"

namespace sluice {
namespace {

// A plugin that is not there is an error; one that is refused harms only the connectors that name it.
void check_plugins(const HostConfig& host, const Catalog& catalog, Problems& problems) {
  for (const ScannedFile& file : catalog.files())
    for (const std::string& warning : file.warnings) problems.push_back({"", warning, file.file.string(), 0, true});
  for (const ScannedFile& file : catalog.files())
    if (!file.plugin) problems.push_back({"", "this plugin is refused: " + file.refused, file.file.string(), 0, true});
  if (!catalog.names().empty()) return;
  std::string folders;
  for (const auto& folder : host.plugin_path) folders += (folders.empty() ? "" : ", ") + folder.string();
  problems.push_back({"plugin.path", fmt::format("no plugin was found in {}; build or install one, or correct plugin.path", folders),
                      host.file.string(), 0, false});
}

// Files of TLS that are missing, or are none.
void check_kafka(const HostConfig& host, Problems& problems) {
  if (const std::string why = kafka::why_no_client(host.kafka_properties); !why.empty())
    problems.push_back({"", fmt::format("the Kafka client does not start with the settings kafka.*: {}; correct the one that it names", why), host.file.string(), 0, false});
}

// In reading order, the host file first.
void sort(Problems& problems, const std::filesystem::path& host_file) {
  const std::string first = host_file.string();
  const auto place = [&](const Problem& problem) { return std::tuple(problem.file != first, problem.file, problem.line); };
  std::ranges::stable_sort(problems, {}, place);
}

void print_json(const Problems& problems, size_t connectors, std::ostream& out) {
  JsonWriter json;
  json.begin_object().key("valid").boolean(!any_error(problems)).key("connectors").number(static_cast<int64_t>(connectors)).key("problems");
  write_problems(json, problems);
  json.end_object();
  fmt::print(out, "{}\n", json.result());
}

}  // namespace

int validate_command(const std::filesystem::path& host_file, bool json, std::ostream& out) {
  Problems problems;
  const HostConfig host = load_host_config(host_file, problems);
  check_access(host.rest_access, problems);
  if (!any_error(problems)) check_kafka(host, problems);
  size_t connectors = 0;
  // As far as the host file goes: one run should show all mistakes.
  if (!host.plugin_path.empty() && !host.connectors_dir.empty()) {
    const Catalog catalog = make_catalog(host);
    check_plugins(host, catalog, problems);
    const auto files = load_connector_files(host.connectors_dir, problems);
    for (const ConnectorFile& file : files) check_file(file, catalog, host, problems);
    connectors = files.size();
  }
  const bool failed = any_error(problems);
  sort(problems, host_file);
  if (json) {
    print_json(problems, connectors, out);
    return failed ? 1 : 0;
  }
  for (const Problem& problem : problems) fmt::print(out, "{}\n", describe(problem));
  if (failed) return 1;
  fmt::print(out, "{} {} in {} {} valid\n", connectors, connectors == 1 ? "connector" : "connectors", printable(host.connectors_dir.string()),
             connectors == 1 ? "is" : "are");
  return 0;
}

}  // namespace sluice
