// A plugin's extension sluice.translate/1: settings of another connector, and transforms that the host does not run -> the plugin's
// own settings. What is stored and shown stays as it was sent. Any thread.
#pragma once
#include <string>
#include <vector>

#include "abi/sluice_plugin.h"
#include "config/flat_config.h"
#include "config/problem.h"

namespace sluice {

const sluice_translate_1* translate_extension(const sluice_plugin& plugin);

struct Translation {
  FlatConfig settings;  // the plugin's own; what it passed through unchanged is in it as well
  Problems left;        // settings that cannot be honoured, each with its reason
};
Translation translate(const sluice_plugin& plugin, const FlatConfig& written);

// Which of the written settings decide a setting of the plugin's own: those without which it comes out otherwise. Only asked where
// something is wrong with one, so that a complaint names what the user wrote. `plugin` and `written` have to outlive it.
class Origins {
 public:
  Origins(const sluice_plugin& plugin, const FlatConfig& written) : plugin_(plugin), written_(written) {}
  // In the order of their names. None where more is written than anybody writes by hand: it takes a translation for each.
  std::vector<std::string> of(const std::string& name);

 private:
  struct Without {
    std::string key;
    FlatConfig settings;
  };

  const sluice_plugin& plugin_;
  const FlatConfig& written_;
  FlatConfig whole_;
  std::vector<Without> without_;  // each of the written; empty before the first question
};

}  // namespace sluice
