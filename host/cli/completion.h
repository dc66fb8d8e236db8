// Shell completion. What can come next is found in the command tree itself, each time that somebody asks: the scripts for the shells
// know nothing but how to ask, so that they fit whatever version of the program is installed.
#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

namespace sluice {

// The hidden command that the scripts call: `sluice __complete WORD...`, the last word being the one that is typed, perhaps empty.
inline constexpr const char* kCompleteCommand = "__complete";
// An argument with this type is the name of a connector of the host that runs.
inline constexpr const char* kConnectorName = "NAME";

// For bash, zsh or fish.
const char* completion_script(const std::string& shell);

struct Completion {
  struct Candidate {
    std::string word;
    std::string about;  // one line; may be empty
  };
  bool files = false;  // names of files, which the shell itself completes
  std::vector<Candidate> candidates;
};

// By their names, --url for one, the options' values on the line so far, else in their variables, else by default.
using TypedOptions = std::map<std::string, std::string>;

// How an argument completes is told by its type's name: FILE.yaml is a file, a|b|TIME are the words a and b (or a time), a check
// against a set is a set of words, kConnectorName is what `connectors` gives.
Completion complete(const CLI::App& app, const std::vector<std::string>& words,
                    const std::function<std::vector<std::string>(const TypedOptions&)>& connectors);

// "files" or "words" on the first line, then a candidate a line, with a tab before what it is about. Where no host answers there are
// no connectors, without a word.
int complete_command(const CLI::App& app, const std::vector<std::string>& words, std::ostream& out);

}  // namespace sluice
