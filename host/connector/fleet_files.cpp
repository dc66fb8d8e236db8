// What the files of the connectors bring: at the start, and whenever somebody changes them.
#include <algorithm>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <utility>
#include "base/log.h"
#include "base/log_context.h"
#include "base/loggers.h"
#include "connector/fleet.h"

namespace sluice {
namespace {

// How often files that did not change are judged anew where there are complaints: a secret may be there by now, or a plugin.
constexpr std::chrono::seconds kJudgeAgain{5};

void add_line(std::string& lines, const std::string& line) { lines += (lines.empty() ? "" : "; ") + line; }

}  // namespace

void Fleet::read_files() {
  if (const auto reading = folder_.read(files_in_use())) take(*reading);
}

void Fleet::look_at_files() {
  const bool again = clock_.now() >= look_again_at_ && any_complaint();
  const auto reading = folder_.read_when_still(files_in_use(), again);
  if (!reading) return;
  look_again_at_ = clock_.now() + kJudgeAgain;
  take(*reading);
}

void Fleet::take(const ConnectorFolder::Reading& reading) {
  std::map<std::filesystem::path, std::string> complaints;
  for (const Problem& problem : reading.problems) add_line(complaints[problem.file], describe(problem));
  std::set<std::string> declared;
  for (const ConnectorFile& file : reading.files) {
    const auto name = file.settings.find("name");
    if (name != file.settings.end()) declared.insert(name->second);
    else add_line(complaints[file.file], fmt::format("{}: a connector needs a name; add \"name: ...\"", printable(file.file.string())));
  }

  // Those that are gone go first: another one may have their name or their group now.
  std::vector<std::string> gone;
  for (auto& [name, connector] : connectors_) {
    if (connector.file.empty() || declared.contains(name)) continue;
    const auto complaint = complaints.find(connector.file);
    if (complaint != complaints.end()) complain(connector, std::exchange(complaint->second, ""));
    else gone.push_back(name);
  }
  for (const std::string& name : gone) {
    const LogContext about(name);
    connector_log().info("removed, as {} no longer declares it", printable(connectors_.at(name).file.string()));
    drop(name);
  }
  for (const ConnectorFile& file : reading.files)
    if (file.settings.contains("name")) take_file(file);

  std::erase_if(complaints, [](const auto& each) { return each.second.empty(); });
  for (const auto& [file, complaint] : complaints)
    if (told_[file] != complaint) connector_log().error("connector left out: {}", complaint);
  told_ = std::move(complaints);
}

void Fleet::take_file(const ConnectorFile& file) {
  const std::string& name = file.settings.at("name");
  auto found = connectors_.find(name);
  if (found != connectors_.end()) {
    found->second.file = file.file;
    found->second.made_over_rest = file.made_over_rest;
    if (found->second.sound && file.settings == found->second.config) {
      const LogContext about(name);
      if (!std::exchange(found->second.complaint, "").empty()) connector_log().info("its file is as before again");
      return;
    }
  }
  ConfigVerdict verdict = judge(file.settings, file.made_over_rest ? ConfigOrigin::rest : ConfigOrigin::file);
  locate(verdict.errors, 0, file);
  std::string complaint;
  for (const Problem& error : verdict.errors) add_line(complaint, describe(error));

  const TargetState target = states_.target(name);
  if (found == connectors_.end() && complaint.empty()) {
    Connector& connector = add(name, file.settings, verdict.checked, target);
    connector.file = file.file;
    connector.made_over_rest = file.made_over_rest;
    const char* how = target == TargetState::running ? "started" : target == TargetState::paused ? "read, and paused as it was," : "read, and stopped as it was,";
    const LogContext about(name);
    connector_log().info("{} from {}", how, printable(file.file.string()));
  } else if (complaint.empty()) {
    put_in_force(found->second, file.settings, verdict.checked);
  } else {
    if (found == connectors_.end()) {
      found = connectors_.try_emplace(name).first;
      found->second.name = name;
      found->second.file = file.file;
      found->second.made_over_rest = file.made_over_rest;
      found->second.target = target;
      found->second.sound = false;
    }
    if (!found->second.sound) found->second.config = file.settings;
    complain(found->second, complaint);
  }
}

void Fleet::complain(Connector& connector, const std::string& complaint) {
  if (connector.complaint == complaint) return;
  connector.complaint = complaint;
  const LogContext about(connector.name);
  connector_log().error("{}: {}", connector.sound ? "goes on with the settings before the last change" : "cannot start", complaint);
}

std::set<std::filesystem::path> Fleet::files_in_use() const {
  std::set<std::filesystem::path> files;
  for (const auto& [name, connector] : connectors_) files.insert(connector.file);
  return files;
}

bool Fleet::any_complaint() const {
  return std::ranges::any_of(connectors_, [](const auto& each) { return !each.second.complaint.empty(); });
}

}  // namespace sluice
