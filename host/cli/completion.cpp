#include "cli/completion.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <exception>
#include <set>
#include <string_view>

#include "base/log.h"
#include "cli/remote_commands.h"

namespace sluice {
namespace {

// The line so far: which command, what it has been given, and what the last word is a value of.
struct Line {
  explicit Line(const CLI::App& app) : command(&app) {}

  const CLI::App* command;
  std::set<const CLI::Option*> given;
  TypedOptions typed;
  const CLI::Option* awaits = nullptr;  // the option whose value comes next
  size_t positionals = 0;
  bool only_positionals = false;        // after --
};

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }
bool repeats(const CLI::Option& option) { return option.get_items_expected_max() > 1; }

std::string name_of(const CLI::Option& option) {
  return option.get_lnames().empty() ? fmt::format("-{}", option.get_snames().front()) : fmt::format("--{}", option.get_lnames().front());
}

const CLI::Option* find_option(const CLI::App& command, const std::string& word) {
  for (const CLI::Option* option : command.get_options())
    if (option->nonpositional() && option->check_name(word)) return option;
  return nullptr;
}

const CLI::App* find_command(const CLI::App& command, const std::string& word) {
  const auto found = command.get_subcommands([&](const CLI::App* each) { return each->check_name(word); });
  return found.empty() ? nullptr : found.front();
}

void take_value(Line& line, const CLI::Option& option, const std::string& value) {
  line.typed[name_of(option)] = value;
}

void take_option(Line& line, const std::string& word) {
  const size_t equals = word.find('=');
  const CLI::Option* option = find_option(*line.command, word.substr(0, equals));
  if (!option) return;
  line.given.insert(option);
  if (equals != std::string::npos) take_value(line, *option, word.substr(equals + 1));
  else if (takes_value(*option)) line.awaits = option;
}

void take(Line& line, const std::string& word) {
  if (line.awaits) {
    take_value(line, *line.awaits, word);
    line.awaits = nullptr;
  } else if (line.only_positionals || !word.starts_with('-')) {
    const CLI::App* command = line.positionals == 0 ? find_command(*line.command, word) : nullptr;
    if (command) line.command = command;
    else ++line.positionals;
  } else if (word == "--") {
    line.only_positionals = true;
  } else {
    take_option(line, word);
  }
}

// What the program would take where the line names nothing.
void add_defaults(Line& line) {
  for (const CLI::Option* option : line.command->get_options()) {
    if (!option->nonpositional() || line.typed.contains(name_of(*option))) continue;
    const char* variable = option->get_envname().empty() ? nullptr : std::getenv(option->get_envname().c_str());
    line.typed[name_of(*option)] = variable ? variable : option->get_default_str();
  }
}

const CLI::Option* next_positional(const Line& line) {
  const CLI::Option* last = nullptr;
  size_t at = 0;
  for (const CLI::Option* option : line.command->get_options([](const CLI::Option* each) { return each->get_positional(); })) {
    if (at++ == line.positionals) return option;
    last = option;
  }
  return last && repeats(*last) ? last : nullptr;
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == at) parts.emplace_back();
    else parts.back() += c;
  }
  return parts;
}

bool is_file(std::string_view type) {
  const size_t dot = type.find('.');
  return dot != std::string_view::npos && dot > 0 && std::all_of(type.begin(), type.begin() + static_cast<ptrdiff_t>(dot), [](unsigned char c) { return std::isupper(c); });
}

std::vector<std::string> words_of(std::string_view type) {
  if (const size_t set = type.find('{'); set != std::string_view::npos) return split(type.substr(set + 1, type.find('}') - set - 1), ',');
  std::vector<std::string> words;
  if (type.find('|') == std::string_view::npos) return words;
  for (std::string& word : split(type, '|'))
    if (std::none_of(word.begin(), word.end(), [](unsigned char c) { return std::isupper(c); })) words.push_back(std::move(word));
  return words;
}

class Candidates {
 public:
  explicit Candidates(std::string typed) : typed_(std::move(typed)) {}
  void add(const std::string& word, const std::string& about = {}) {
    if (word.starts_with(typed_)) found.candidates.push_back({word, about});
  }
  Completion found;

 private:
  const std::string typed_;
};

// `lead` comes before the value in the same word: --to=
void add_values(Candidates& candidates, const CLI::Option& option, Line& line, const std::string& lead,
                const std::function<std::vector<std::string>(const TypedOptions&)>& connectors) {
  const std::string type = option.get_type_name();
  if (is_file(type)) {
    candidates.found.files = true;
  } else if (type == kConnectorName) {
    add_defaults(line);
    for (const std::string& name : connectors(line.typed)) candidates.add(lead + name);
  } else {
    for (const std::string& word : words_of(type)) candidates.add(lead + word);
  }
}

void add_options(Candidates& candidates, const Line& line) {
  for (const CLI::Option* option : line.command->get_options())
    if (option->nonpositional() && !option->get_group().empty() && (!line.given.contains(option) || repeats(*option)))
      candidates.add(name_of(*option), option->get_description());
}

}  // namespace

Completion complete(const CLI::App& app, const std::vector<std::string>& words,
                    const std::function<std::vector<std::string>(const TypedOptions&)>& connectors) {
  Line line(app);
  if (words.empty()) return {};
  for (size_t i = 0; i + 1 < words.size(); ++i) take(line, words[i]);
  const std::string& typed = words.back();
  Candidates candidates(typed);
  if (line.awaits) {
    add_values(candidates, *line.awaits, line, "", connectors);
  } else if (!line.only_positionals && typed.starts_with('-')) {
    const size_t equals = typed.find('=');
    const CLI::Option* option = equals == std::string::npos ? nullptr : find_option(*line.command, typed.substr(0, equals));
    if (option) add_values(candidates, *option, line, typed.substr(0, equals + 1), connectors);
    else add_options(candidates, line);
  } else if (const CLI::Option* positional = next_positional(line)) {
    add_values(candidates, *positional, line, "", connectors);
  } else if (const auto commands = line.command->get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); }); !commands.empty()) {
    for (const CLI::App* command : commands) candidates.add(command->get_name(), command->get_description());
  } else if (typed.empty()) {
    add_options(candidates, line);  // nothing else can come here
  }
  return candidates.found;
}

int complete_command(const CLI::App& app, const std::vector<std::string>& words, std::ostream& out) {
  const auto connectors = [](const TypedOptions& typed) -> std::vector<std::string> {
    const auto value = [&](const char* name) {
      const auto found = typed.find(name);
      return found == typed.end() ? std::string() : found->second;
    };
    try {
      return connector_names({.url = value("--url"), .user = value("--user"), .token = value("--token"), .ca_file = value("--cacert")});
    } catch (const std::exception&) {
      return {};  // a half-typed line is no place for complaints
    }
  };
  const Completion found = complete(app, words, connectors);
  fmt::print(out, "{}\n", found.files ? "files" : "words");
  for (const Completion::Candidate& candidate : found.candidates)
    fmt::print(out, "{}{}{}\n", printable(candidate.word), candidate.about.empty() ? "" : "\t", printable(candidate.about));
  return 0;
}

}  // namespace sluice
