// Any bytes as the file of a connector and as the host file, through the readers that the program has: they become settings, or each
// mistake is a sentence with its line; the same bytes say the same twice; and what was read can be written and read again.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/connector_file.h"
#include "config/connector_settings.h"
#include "config/host_config.h"
#include "config/yaml_file.h"
#include "fuzz/claim.h"

namespace sluice {
namespace {

using fuzz::require;
using fuzz::require_sentence;

// A file without a disk.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(memfd_create("fuzz", MFD_CLOEXEC)), path_("/proc/self/fd/" + std::to_string(descriptor_)) {}
  void write(std::string_view text) const {
    require(ftruncate(descriptor_, 0) == 0 && pwrite(descriptor_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()), "there is memory");
  }
  const std::string& path() const { return path_; }

 private:
  const int descriptor_;
  const std::string path_;
};

bool same(const Problems& a, const Problems& b) {
  return std::ranges::equal(a, b, [](const Problem& x, const Problem& y) {
    return x.key == y.key && x.message == y.message && x.file == y.file && x.line == y.line && x.warning == y.warning;
  });
}

// Complaints that name no key are about the whole file.
void check_problems(const Problems& problems, std::string_view text) {
  const auto lines = static_cast<int>(std::ranges::count(text, '\n')) + 2;
  for (const Problem& problem : problems) {
    require_sentence(describe(problem));
    require(problem.line >= 0 && problem.line <= lines, "a complaint's line is one of the file");
    require(debezium::is_utf8(problem.key), "a complaint's key is UTF-8");
  }
  require(problems.size() <= text.size() + 40, "there are no more complaints than there is text");
}

void check_settings(const YamlSettings& yaml, std::string_view text) {
  size_t bytes = 0;
  for (const auto& [key, value] : yaml.settings) {
    require(debezium::is_utf8(key) && debezium::is_utf8(value), "settings are UTF-8");
    require(key.find('\0') == key.npos && value.find('\0') == value.npos, "settings have no NUL");
    require(yaml.lines.contains(key), "each setting has its line");
    bytes += value.size();
  }
  require(yaml.settings.size() <= text.size() && bytes <= 4 * text.size(), "settings are no more than the text", std::to_string(bytes));

  Problems problems;
  const std::string written = to_connector_file(yaml.settings);
  const auto again = parse_yaml(written, "f", problems);
  if (written.size() > (size_t{1} << 20)) return;  // larger than any file that is read
  if (yaml.settings.empty()) return require(!again || again->settings.empty(), "nothing is nothing again");
  require(problems.empty() && again && again->settings == yaml.settings, "what was read is written and read again", written);
}

void run_text(std::string_view text) {
  Problems problems, again;
  const auto yaml = parse_yaml(text, "f", problems);
  const auto second = parse_yaml(text, "f", again);
  require(yaml.has_value() == second.has_value() && same(problems, again), "the same text says the same twice");
  require(yaml || !problems.empty(), "what is no file is complained about");
  check_problems(problems, text);
  if (yaml) check_settings(*yaml, text);
}

void run_connector(const MemoryFile& file, std::string_view text) {
  Problems ignored, of_connector;
  const auto yaml = parse_yaml(text, "f", ignored);
  const ConnectorFile connector = load_connector_file(file.path(), of_connector);
  require(connector.settings == (yaml ? yaml->settings : FlatConfig{}), "a file is its text");
  const size_t from = of_connector.size();
  (void)parse_connector_settings(connector.settings, of_connector);
  locate(of_connector, from, connector);
  check_problems(of_connector, text);
}

void run_host(const MemoryFile& file, std::string_view text) {
  Problems of_host;
  (void)load_host_config(file.path(), of_host);
  check_problems(of_host, text);
}

// One of the three for each input, since to read YAML is most of what an execution takes.
void run(std::string_view text) {
  static const MemoryFile file;
  if (text.size() % 3 == 0) return run_text(text);
  file.write(text);
  if (text.size() % 3 == 1) run_connector(file, text);
  else run_host(file, text);
}

}  // namespace
}  // namespace sluice

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sluice::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
