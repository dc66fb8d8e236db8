// The hidden command behind `isolation: process`: this program as a worker of a host that runs (worker/serve.h).
#pragma once

namespace sluice {

// `parent`: the host's process id, as text. Exit code: 0 once the host has no more to do, 1 where it could not start or the host is gone.
int run_worker(const char* parent);

}  // namespace sluice
