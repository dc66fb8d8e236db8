// The program: commands and their options. What they do is in run.cpp and cli/.
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "base/version.h"
#include "cli/commands.h"
#include "cli/remote_commands.h"
#include "abi/sluice_plugin.h"
#include "run.h"

int main(int argc, char** argv) {
  CLI::App app{"sluice moves Kafka's change events into databases: a host for sink plugins that speaks Kafka Connect's REST API."};
  app.set_version_flag("--version", fmt::format("sluice {} (plugin ABI 1.{}, librdkafka {})", sluice::kVersion, SLUICE_ABI_MINOR,
                                                rd_kafka_version_str()));
  app.require_subcommand(1);
  std::string host_file = "configs/sluice.yaml";
  bool json = false;
  const auto with_file = [&](CLI::App* command) {
    command->add_option("-c,--config", host_file, "The host file")->capture_default_str();
    return command;
  };
  CLI::App* run = with_file(app.add_subcommand("run", "Run the connectors until Ctrl+C or SIGTERM"));
  CLI::App* validate = with_file(app.add_subcommand("validate", "Check the host file and every connector file; needs no broker"));
  CLI::App* plugins = with_file(app.add_subcommand("plugins", "List the plugin files: loaded, or refused and why"));
  plugins->add_flag("--json", json, "As JSON");

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
  for (CLI::App* command : {list, replay}) command->add_flag("--json", json, "As JSON");

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
  offsets->add_option("--to", to, "earliest, latest, or a time: 2026-11-25T06:00:00Z");
  for (CLI::App* command : {status, offsets}) command->add_flag("--json", json, "As JSON");
  CLI11_PARSE(app, argc, argv);

  try {
    if (*run) return sluice::run_command(host_file);
    if (*validate) return sluice::validate_command(host_file, std::cout);
    if (*plugins) return sluice::plugins_command(host_file, json, std::cout);
    if (*status) return sluice::status_command(remote, watch, json, std::cout);
    if (*logs) return sluice::logs_command(remote, wanted, follow, json, std::cout);
    if (*create) return sluice::create_connector_command(remote, connector_file, std::cout);
    if (*offsets) return sluice::offsets_command(remote, connector, to, json, std::cout);
    for (CLI::App* change : changes)
      if (*change) return sluice::change_connector_command(remote, change->get_name(), connector, std::cout);
    files.host_file = host_file;
    if (*plan) return sluice::plan_command(files, records, event_file, std::cout);
    if (*list) return sluice::dlq_list_command(files, json, std::cout, std::cerr);
    if (*show) return sluice::dlq_show_command(files, places.front(), std::cout, std::cerr);
    if (*replay) return sluice::dlq_replay_command(files, places, dry, json, std::cout, std::cerr);
  } catch (const std::exception& e) {
    std::cerr << "sluice: " << e.what() << '\n';
    return 1;
  }
  return 1;
}
