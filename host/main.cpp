// The program: commands and their options. What they do is in run.cpp and cli/.
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <filesystem>
#include <functional>
#include <iostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "abi/sluice_plugin.h"
#include "base/json.h"
#include "base/version.h"
#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/failpoint_orders.h"
#include "cli/remote_commands.h"
#include "cli/usage.h"
#include "run.h"
#include "run_worker.h"
#include "worker/child.h"

namespace {

// An installed program reads the file that was installed with it, one that was just built the checkout's. An installed one never takes a
// file, and with that plugins, from whatever folder somebody happens to call it in; nor does one that cannot tell where it is.
std::string usual_host_file() {
  const std::string packaged = "/etc/sluice/sluice.yaml";
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto prefix = program.parent_path().parent_path();
  if (error || prefix == "/usr") return packaged;
  const auto beside = prefix / packaged.substr(1);  // as `cmake --install` has it below another prefix
  return std::filesystem::exists(beside, error) ? beside.string() : "configs/sluice.yaml";
}

using Command = std::function<int(std::ostream& out, std::ostream& err)>;

std::string version_text() {
  return fmt::format("sluice {} (plugin ABI 1.{}, librdkafka {})", sluice::kVersion, SLUICE_ABI_MINOR, rd_kafka_version_str());
}

int version_command(bool json, std::ostream& out) {
  if (!json) {
    out << version_text() << '\n';
    return 0;
  }
  sluice::JsonWriter writer;
  writer.begin_object().text("version", sluice::kVersion).text("plugin_abi", fmt::format("1.{}", SLUICE_ABI_MINOR));
  out << writer.text("librdkafka", rd_kafka_version_str()).end_object().result() << '\n';
  return 0;
}

int tell(const Command& command) {
  try {
    return command(std::cout, std::cerr);
  } catch (const std::exception& e) {
    std::cerr << "sluice: " << e.what() << '\n';
    return 1;
  }
}

// Standard output is JSON whatever happens: {"error": the sentences} where the command could not be done and had nothing else to print.
int tell_as_json(const Command& command) {
  std::ostringstream out, err;
  int code = 1;
  std::string thrown;
  try {
    code = command(out, err);
  } catch (const std::exception& e) {
    thrown = e.what();
  }
  std::cerr << err.str();
  if (!thrown.empty()) std::cerr << "sluice: " << thrown << '\n';
  std::string complaints = err.str() + thrown;
  if (code == 0 || !out.str().empty()) {
    std::cout << out.str();
    return code;
  }
  while (complaints.ends_with('\n')) complaints.pop_back();
  sluice::JsonWriter error;
  std::cout << error.begin_object().text("error", complaints).end_object().result() << '\n';
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"sluice moves Kafka's change events into databases: a host for sink plugins that speaks Kafka Connect's REST API.", "sluice"};
  app.set_version_flag("--version", version_text());
  app.require_subcommand(1);
  std::string host_file = usual_host_file();
  bool json = false;
  const auto with_json = [&](std::initializer_list<CLI::App*> commands) {
    for (CLI::App* command : commands) command->add_flag("--json", json, "As JSON");
  };
  const auto with_file = [&](CLI::App* command) {
    command->add_option("-c,--config", host_file, "The host file")->envname("SLUICE_CONFIG")->type_name("SLUICE.yaml")->capture_default_str();
    return command;
  };
  CLI::App* run = with_file(app.add_subcommand("run", "Run the connectors until Ctrl+C or SIGTERM"));
  CLI::App* validate = with_file(app.add_subcommand("validate", "Check the host file and every connector file; needs no broker"));
  CLI::App* plugins = with_file(app.add_subcommand("plugins", "List the plugin files: loaded, or refused and why"));

  sluice::ConnectorFiles files;
  const auto of_connector = [&](CLI::App* command) {
    command->add_option("connector", files.connector_file, "The connector's file")->required()->type_name("CONNECTOR.yaml");
    return with_file(command);
  };
  size_t records = 100;
  std::string event_file;
  CLI::App* plan = of_connector(app.add_subcommand("plan", "Show what would be written for real records, and every problem; changes nothing"));
  CLI::Option* how_many = plan->add_option("--records", records, "How many records to read from Kafka")->capture_default_str();
  how_many->check(CLI::Range(1, 1'000'000));
  plan->add_option("--file", event_file, "Records of this file instead: one JSON object a line")->type_name("EVENTS.jsonl")->excludes(how_many);

  CLI::App* dlq = app.add_subcommand("dlq", "A connector's dead letters: list, show, replay");
  dlq->require_subcommand(1);
  std::vector<std::string> places;
  bool dry = false;
  constexpr const char* kPlace = "TOPIC-PARTITION@OFFSET";
  CLI::App* list = of_connector(dlq->add_subcommand("list", "One line a letter: the record, its time, code, column, reason"));
  CLI::App* show = of_connector(dlq->add_subcommand("show", "All of one letter: headers, key, value, reason"));
  show->add_option("record", places, "The record that was refused")->required()->expected(1)->type_name(kPlace);
  CLI::App* replay = of_connector(dlq->add_subcommand("replay", "Write the letters after what stood in their way was mended, each once"));
  replay->add_option("records", places, "Only these records; else all")->type_name(kPlace);
  replay->add_flag("--dry-run", dry, "Only say what would be replayed");

  sluice::Remote remote;
  const auto of_host = [&](CLI::App* command) {
    command->add_option("--url", remote.url, "Where the host's REST interface is")->envname("SLUICE_URL")->capture_default_str();
    command->add_option("--user", remote.user, "The login, where it wants one; better by its variable, which other users do not see")
        ->envname("SLUICE_USER")->type_name("NAME:PASSWORD");
    command->add_option("--token", remote.token, "A bearer token instead")->envname("SLUICE_TOKEN");
    command->add_option("--cacert", remote.ca_file, "Who vouches for its certificate")->envname("SLUICE_CACERT")->type_name("FILE.pem");
    return command;
  };
  bool watch = false;
  CLI::App* status = of_host(app.add_subcommand("status", "Show all connectors of a host that runs"));
  status->add_flag("--watch", watch, "Again each second, until Ctrl+C");
  sluice::WantedLogs wanted;
  bool follow = false;
  CLI::App* logs = of_host(app.add_subcommand("logs", "Show the newest lines of a running host's log"));
  logs->add_flag("-f,--follow", follow, "And what comes, until Ctrl+C");
  logs->add_option("-n,--lines", wanted.lines, "How many")->capture_default_str()->check(CLI::Range(1, 1000));
  logs->add_option("--level", wanted.level, "This and above")->capture_default_str()->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}));
  logs->add_option("--connector", wanted.connector, "Only what is about this one")->type_name("NAME");
  logs->add_flag("--json", json, "As JSON, one object a line");
  CLI::App* connectors = app.add_subcommand("connectors", "Start, stop and change connectors of a host that runs");
  connectors->require_subcommand(1);
  std::string connector, connector_file, to;
  std::vector<CLI::App*> changes;
  for (const auto& [name, what] : {std::pair{"pause", "Stop writing for a while; partitions stay with this host"}, {"resume", "Go on after pause or stop"},
                                   {"stop", "Stop, and give the partitions back"}, {"restart", "Start it and its tasks anew"}, {"delete", "Remove it; what it has written stays"}}) {
    changes.push_back(of_host(connectors->add_subcommand(name, what)));
    changes.back()->add_option("connector", connector, "Its name")->required()->type_name("NAME");
  }
  CLI::App* create = of_host(connectors->add_subcommand("create", "Make a connector of a file"));
  create->add_option("file", connector_file, "YAML as in the folder of connectors")->required()->check(CLI::ExistingFile)->type_name("CONNECTOR.yaml");
  CLI::App* offsets = of_host(connectors->add_subcommand("offsets", "Show the offsets, or set them all while it is stopped"));
  offsets->add_option("connector", connector, "Its name")->required()->type_name("NAME");
  offsets->add_option("--to", to, "From where on to read, for instance 2026-11-25T06:00:00Z")->type_name("earliest|latest|TIME");
  CLI::App* version = app.add_subcommand("version", "Show the version of sluice, of its plugin interface and of its Kafka client");
  with_json({validate, plugins, plan, list, show, replay, status, create, offsets, version});
  for (CLI::App* change : changes) with_json({change});
  std::string shell;
  CLI::App* completion = app.add_subcommand("completion", "Print a script that completes command lines in your shell");
  completion->add_option("shell", shell, "Which")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}))->type_name("SHELL");

  run->footer("Exit codes: 0 stopped by a signal; 1 it could not start; 2 the command line is not understood.\n"
              "SIGHUP: the connectors' files are read again.");
  validate->footer("Exit codes: 0 all is valid, perhaps with warnings; 1 there is an error; 2 the command line is not understood.");
  plan->footer("Exit codes: 0 all would be written; 1 there is a problem; 2 the command line is not understood.");
  status->footer("Exit codes: 0 all is well; 1 a connector or a task has failed, or no host answers; 2 the command line is not understood.");
  replay->footer("Exit codes: 0 no letter is left to replay; 1 some are still bad, refused or not replayed; 2 the command line is not understood.");
  completion->footer("bash:  source <(sluice completion bash)      in ~/.bashrc\n"
                     "zsh:   source <(sluice completion zsh)       in ~/.zshrc, after compinit\n"
                     "fish:  sluice completion fish | source       in ~/.config/fish/config.fish");

  if (argc > 3 && std::string_view(argv[1]) == sluice::kWorkerCommand) return sluice::run_worker(argv[3]);
  if (argc > 1 && std::string_view(argv[1]) == sluice::kCompleteCommand)
    return sluice::complete_command(app, {argv + 2, argv + argc}, std::cout);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return sluice::tell_usage(app, error);
  }

  if (const std::string refusal = sluice::refusal_of_failpoints(); !refusal.empty()) {
    std::cerr << refusal << '\n';
    return 1;
  }
  if (*run) return tell([&](auto&, auto&) { return sluice::run_command(host_file); });
  // What goes on until Ctrl+C is not held back.
  if (*status && watch) return tell([&](auto& out, auto&) { return sluice::status_command(remote, watch, json, out); });
  if (*logs && follow) return tell([&](auto& out, auto&) { return sluice::logs_command(remote, wanted, follow, json, out); });
  files.host_file = host_file;
  const Command command = [&](std::ostream& out, std::ostream& err) {
    if (*validate) return sluice::validate_command(host_file, json, out);
    if (*plugins) return sluice::plugins_command(host_file, json, out, err);
    if (*plan) return sluice::plan_command(files, records, event_file, json, out);
    if (*list) return sluice::dlq_list_command(files, json, out, err);
    if (*show) return sluice::dlq_show_command(files, places.front(), json, out, err);
    if (*replay) return sluice::dlq_replay_command(files, places, dry, json, out, err);
    if (*status) return sluice::status_command(remote, watch, json, out);
    if (*logs) return sluice::logs_command(remote, wanted, follow, json, out);
    if (*create) return sluice::create_connector_command(remote, connector_file, json, out, err);
    if (*offsets) return sluice::offsets_command(remote, connector, to, json, out);
    if (*version) return version_command(json, out);
    if (*completion) {
      out << sluice::completion_script(shell);
      return 0;
    }
    for (CLI::App* change : changes)
      if (*change) return sluice::change_connector_command(remote, change->get_name(), connector, json, out);
    return 1;
  };
  return json ? tell_as_json(command) : tell(command);
}
