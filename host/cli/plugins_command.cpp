#include <fmt/format.h>
#include <fmt/ostream.h>
#include <rapidjson/ostreamwrapper.h>
#include <rapidjson/prettywriter.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "base/log.h"
#include "cli/commands.h"
#include "config/host_config.h"
#include "plugin/catalog.h"

namespace sluice {
namespace {

std::string text_of(const char* text) { return text ? text : ""; }

const char* kind_of(const sluice_option& option) {
  static constexpr const char* kKinds[] = {"string", "int", "float", "bool", "duration", "size", "enum", "list", "map"};
  return option.kind >= SLUICE_STRING && option.kind <= SLUICE_MAP ? kKinds[option.kind - 1] : "unknown";
}

using Writer = rapidjson::PrettyWriter<rapidjson::OStreamWrapper>;

void member(Writer& json, const char* name, const std::string& value) {
  json.Key(name);
  json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void members(Writer& json, const char* name, const char* const* texts) {
  json.Key(name);
  json.StartArray();
  for (; texts && *texts; ++texts) json.String(*texts);
  json.EndArray();
}

void write_option(Writer& json, const sluice_option& option) {
  json.StartObject();
  member(json, "name", text_of(option.name));
  member(json, "kind", kind_of(option));
  json.Key("required");
  json.Bool(option.flags & SLUICE_REQUIRED);
  json.Key("secret");
  json.Bool(option.flags & SLUICE_SECRET);
  json.Key("default");
  if (option.initial) json.String(option.initial);
  else json.Null();
  if (option.kind == SLUICE_ENUM) members(json, "choices", option.choices);
  member(json, "doc", text_of(option.doc));
  json.EndObject();
}

void print_json(const Catalog& catalog, std::ostream& out) {
  rapidjson::OStreamWrapper stream(out);
  Writer json(stream);
  json.SetIndent(' ', 2);
  json.StartArray();
  for (const ScannedFile& file : catalog.files()) {
    json.StartObject();
    member(json, "file", file.file.string());
    if (const sluice_plugin* plugin = file.plugin) {
      member(json, "name", text_of(plugin->name));
      member(json, "version", text_of(plugin->version));
      member(json, "summary", text_of(plugin->summary));
      members(json, "aliases", plugin->aliases);
      json.Key("options");
      json.StartArray();
      for (uint32_t i = 0; i < plugin->option_count; ++i) write_option(json, plugin->options[i]);
      json.EndArray();
    } else {
      member(json, "refused", file.refused);
    }
    if (!file.warnings.empty()) {
      json.Key("warnings");
      json.StartArray();
      for (const std::string& warning : file.warnings) json.String(warning.c_str());
      json.EndArray();
    }
    json.EndObject();
  }
  json.EndArray();
  stream.Flush();
  out << '\n';
}

void print_table(const Catalog& catalog, std::ostream& out) {
  std::vector<std::string> loaded;
  size_t widest = 0;
  for (const ScannedFile& file : catalog.files()) {
    loaded.push_back(file.plugin ? printable(fmt::format("{} {}", text_of(file.plugin->name), text_of(file.plugin->version)), 120) : "refused");
    widest = std::max(widest, loaded.back().size());
  }
  for (size_t i = 0; i < loaded.size(); ++i) {
    const ScannedFile& file = catalog.files()[i];
    const std::string about = printable(file.plugin ? text_of(file.plugin->summary) : file.refused);
    fmt::print(out, "{:<{}}  {}{}{}\n", loaded[i], widest, printable(file.file.string()), about.empty() ? "" : ": ", about);
    for (const std::string& warning : file.warnings) fmt::print(out, "{:<{}}  warning: {}\n", "", widest, printable(warning));
  }
}

}  // namespace

int plugins_command(const std::filesystem::path& host_file, bool json, std::ostream& out, std::ostream& err) {
  Problems problems;
  const HostConfig host = load_host_config(host_file, problems);
  if (host.plugin_path.empty()) {
    for (const Problem& problem : problems) fmt::print(err, "{}\n", describe(problem));
    return 1;
  }
  const Catalog catalog = make_catalog(host);
  if (json) {
    print_json(catalog, out);
  } else if (catalog.files().empty()) {
    std::string folders;
    for (const auto& folder : host.plugin_path) folders += (folders.empty() ? "" : ", ") + folder.string();
    fmt::print(out, "no plugin files in {}\n", printable(folders));
  } else {
    print_table(catalog, out);
  }
  return 0;
}

}  // namespace sluice
