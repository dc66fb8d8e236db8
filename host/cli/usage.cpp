#include "cli/usage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iostream>
#include <string>
#include <vector>

#include "base/log.h"
#include "config/connector_settings.h"

namespace sluice {
namespace {

// The command that was reached, and how people call it.
const CLI::App* reached(const CLI::App* app, std::string& name) {
  name = app->get_name();
  for (auto parsed = app->get_subcommands(); !parsed.empty(); parsed = app->get_subcommands()) {
    app = parsed.front();
    name.append(" ").append(app->get_name());
  }
  return app;
}

// CLI11 only says that a subcommand is required, even where one is misspelt.
std::string about_commands(const CLI::App& app, const std::string& typed) {
  std::vector<std::string> known;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); }))
    known.push_back(command->get_name());
  if (typed.empty()) return fmt::format("a command is wanted: {}", fmt::join(known, ", "));
  const std::string nearest = nearest_name(typed, known);
  return fmt::format("there is no command \"{}\"; {}", printable(typed),
                     nearest.empty() ? fmt::format("there are {}", fmt::join(known, ", ")) : fmt::format("did you mean \"{}\"?", nearest));
}

}  // namespace

int tell_usage(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);
  std::string name;
  const CLI::App* command = reached(&app, name);
  const bool wants_command = command->get_require_subcommand_min() > 0;
  const std::vector<std::string> extras = command->remaining();
  const std::string typed = extras.empty() || extras.front().starts_with('-') ? "" : extras.front();
  std::cerr << name << ": " << (wants_command && (extras.empty() || !typed.empty()) ? about_commands(*command, typed) : error.what())
            << "\n" << name << " --help tells what it takes\n";
  return kUsage;
}

}  // namespace sluice
