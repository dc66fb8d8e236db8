// What a worker gives up before it runs its plugin's tasks: it starts no program, touches no other process, changes nothing of the
// system, and does not get at what is the host's alone. What a plugin needs for its work it keeps: the network, and all files that the
// user may use otherwise. `connect` cannot be refused to a sink that has to reach its database.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace sluice {

struct Sandbox {
  std::vector<std::filesystem::path> closed;    // files and folders that nobody in here may open; those that are not there are passed over
  std::vector<std::filesystem::path> readable;  // folders that stay readable whatever lies in them
};

// Of this process and all its threads, for good. What it came to, for the status: "landlock, seccomp", or what the kernel lacks.
// Landlock reaches the thread that calls it and those that it starts: so before there are others.
std::string shut_in(const Sandbox& sandbox);

}  // namespace sluice
