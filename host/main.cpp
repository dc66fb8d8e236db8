// The program: commands and their options. What they do is in run.cpp and cli/.
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "base/version.h"
#include "cli/commands.h"
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
  CLI11_PARSE(app, argc, argv);

  try {
    if (*run) return sluice::run_command(host_file);
    if (*validate) return sluice::validate_command(host_file, std::cout);
    if (*plugins) return sluice::plugins_command(host_file, json, std::cout);
  } catch (const std::exception& e) {
    std::cerr << "sluice: " << e.what() << '\n';
    return 1;
  }
  return 1;
}
