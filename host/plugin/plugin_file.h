// A plugin's file before it is loaded: opened and copied into memory once, so that what is judged is what is loaded and runs, whatever its
// path leads to, and whatever is written into the file, meanwhile.
// Main thread, at start.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace sluice {

// Whether plugins that everybody may write are loaded all the same: `insecure: [plugin-folder]` of the host file.
enum class WorldWritable { refused, taken };

class PluginFile {
 public:
  // `within`: the folders that a link may lead into; of a file that is no link none is asked for.
  PluginFile(const std::filesystem::path& path, const std::vector<std::filesystem::path>& within, WorldWritable writable);
  ~PluginFile();
  PluginFile(const PluginFile&) = delete;
  PluginFile& operator=(const PluginFile&) = delete;

  const std::string& refused() const { return refused_; }                 // one sentence: why, and what to do; empty: it may be loaded
  const std::vector<std::string>& warnings() const { return warnings_; }  // one sentence each
  const std::filesystem::path& path() const { return path_; }
  int descriptor() const { return descriptor_; }
  // Leads to the copy, from this process and from whoever looks at it (a debugger, a sanitizer's symbols). Where no /proc is mounted, as
  // in a bare chroot, it is the file's own path, which whoever may write its folder could exchange meanwhile.
  std::string open_path() const;
  // The descriptor stays open for as long as the process runs: the loader knows a library by its path, which must not come to mean another file.
  void keep() { kept_ = true; }

 private:
  std::string open(const std::vector<std::filesystem::path>& within);
  std::string judge(WorldWritable writable);
  std::string take_copy();

  const std::filesystem::path path_;
  std::string refused_;
  std::vector<std::string> warnings_;
  int descriptor_ = -1;
  bool kept_ = false;
};

// Why no file of the folder may be loaded, or empty; what is odd about it is added to `warnings`.
std::string judge_folder(const std::filesystem::path& folder, WorldWritable writable, std::vector<std::string>& warnings);

}  // namespace sluice
