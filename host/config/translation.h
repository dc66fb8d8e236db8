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

// The written settings that decide the plugin's own setting `name`: those without which it comes out otherwise. Only asked where
// something is wrong with it, so that a complaint names what the user wrote.
std::vector<std::string> origins_of(const sluice_plugin& plugin, const FlatConfig& written, const std::string& name);

}  // namespace sluice
