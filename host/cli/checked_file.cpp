#include "cli/checked_file.h"

#include <fmt/format.h>

#include "base/log.h"

namespace sluice {
namespace {

// A refused file that is named as the class is: the likely reason why the class was not found.
std::string refused_as(const std::string& connector_class, const Catalog& catalog) {
  for (const ScannedFile& file : catalog.files())
    if (!file.plugin && file.file.stem() == connector_class)
      return fmt::format("; {} is refused: {}", file.file.string(), file.refused);
  return {};
}

}  // namespace

CheckedConnector check_file(const ConnectorFile& file, const Catalog& catalog, const HostConfig& host, Problems& problems) {
  const size_t before = problems.size();
  const auto find = [&](const std::string& name) { return catalog.find(name); };
  const References references(host.secrets_env_allow, host.secrets_paths);
  CheckedConnector checked = check_connector(file.settings, find, catalog.names(), references,
                                             file.made_over_rest ? UnknownKeys::are_warnings : UnknownKeys::are_errors, plugin_rules(host), problems);
  if (!checked.plugin)
    for (size_t i = before; i < problems.size(); ++i)
      if (problems[i].key == "connector.class") problems[i].message += refused_as(checked.settings.connector_class, catalog);
  locate(problems, before, file);
  return checked;
}

std::unique_ptr<OpenedConnector> open_connector(const std::filesystem::path& host_file, const std::filesystem::path& connector_file,
                                                Problems& problems) {
  auto opened = std::make_unique<OpenedConnector>();
  opened->host = load_host_config(host_file, problems);
  set_up_logging("warn", opened->host.log_format);
  if (!any_error(problems)) {
    opened->catalog = std::make_unique<Catalog>(make_catalog(opened->host));
    const ConnectorFile file = load_connector_file(connector_file, problems);
    if (!any_error(problems))
      opened->checked = check_file(file, *opened->catalog, opened->host, problems);
  }
  return any_error(problems) || !opened->checked.plugin ? nullptr : std::move(opened);
}

}  // namespace sluice
