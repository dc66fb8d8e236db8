#include "run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <stdexcept>

#include "base/crash_handler.h"
#include "base/no_core.h"
#include "base/version.h"
#include "config/host_config.h"
#include "connector/supervisor.h"
#include "metrics/monitor.h"
#include "plugin/catalog.h"
#include "rest/check_access.h"
#include "rest/routes.h"
#include "rest/server.h"
#include "wiring.h"

namespace sluice {
namespace {

constexpr unsigned kStopLimitSeconds = 20;

// Signals are taken by one sigwait in main; every thread that is started later inherits the mask. SIGPIPE would end the
// process where a client of REST hangs up.
sigset_t block_signals() {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return stop;
}

// Whether somebody looks at us through a terminal, which has not gone.
bool on_a_terminal() {
  const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (terminal >= 0) close(terminal);
  return terminal >= 0;
}

// Until somebody wants us to end. SIGHUP is both the word for "read your files" and what a terminal that is closed sends.
int wait_for_stop(const sigset_t& signals, Supervisor& supervisor) {
  const bool had_terminal = on_a_terminal();
  for (int got = 0;;) {
    sigwait(&signals, &got);
    if (got != SIGHUP || (had_terminal && !on_a_terminal())) return got;
    spdlog::info("SIGHUP: reading the files of the connectors");
    supervisor.read_files();
  }
}

std::string default_worker_id(uint16_t port) {
  char name[256] = "localhost";
  gethostname(name, sizeof name - 1);
  return fmt::format("{}:{}", name, port);
}

void report(const Problems& problems) {
  for (const Problem& problem : problems) {
    if (problem.warning) {
      spdlog::warn("{}", describe(problem));
    } else {
      spdlog::error("{}", describe(problem));
    }
  }
}

// What is switched off on purpose is said at each start.
void report_insecure(const HostConfig& host) {
  if (host.insecure.empty()) return;
  spdlog::warn("insecure lists {}", fmt::join(host.insecure, ", "));
  if (const std::string lacking = lacking_of_reachable(host); !lacking.empty())
    spdlog::warn("whoever reaches {} can read and control the connectors: REST has {}", host.rest_host, lacking);
}

}  // namespace

int run_command(const std::filesystem::path& host_file) {
  leave_no_core();
  const sigset_t stop = block_signals();
  Problems problems;
  const HostConfig host = load_host_config(host_file, problems);
  if (!any_error(problems)) check_access(host.rest_access, problems);
  set_up_logging(any_error(problems) ? "info" : host.log_level, host.log_format);
  report(problems);
  if (any_error(problems)) return 1;
  report_insecure(host);
  install_crash_handler();

  // Before any thread exists: the scan forks a child for each file.
  const Catalog catalog = make_catalog(host);
  for (const ScannedFile& file : catalog.files()) {
    for (const std::string& warning : file.warnings) spdlog::warn("plugin file {}", warning);
    if (file.plugin) {
      spdlog::info("plugin {} {} from {}", file.plugin->name, file.plugin->version, file.file.string());
    } else {
      spdlog::warn("plugin file {} refused: {}", file.file.string(), file.refused);
    }
  }

  // Says what log_repeats.h held back, too. A thread, hence not before the scan.
  spdlog::flush_every(std::chrono::seconds(5));

  try {
    auto rest = std::make_unique<RestServer>(host.rest_host, host.rest_port, RestLimits{}, host.rest_access);
    const std::string worker_id = host.worker_id.empty() ? default_worker_id(rest->port()) : host.worker_id;
    Wiring wiring(host, catalog, worker_id);
    Supervisor supervisor(wiring, worker_id, host.connectors_dir, host.state_dir);
    Monitor monitor(supervisor);
    // Whatever happens: the handler is not asked any more once what it looks at goes.
    const auto end_rest = [&](RestServer*) { rest.reset(); };
    const std::unique_ptr<RestServer, decltype(end_rest)> guard(rest.get(), end_rest);
    rest->start(make_routes(supervisor, wiring, monitor, host.insecure));
    supervisor.read_files();
    spdlog::info("sluice {} runs as {}: {} connector(s), REST at {}://{}:{}", kVersion, worker_id, supervisor.names().size(),
                 host.rest_access.with_tls() ? "https" : "http", host.rest_host, rest->port());

    const int got = wait_for_stop(stop, supervisor);
    spdlog::info("{}: stopping", strsignal(got));
    // From here on everything durable is in the sinks; a part that hangs must not keep the process.
    signal(SIGALRM, SIG_DFL);
    alarm(kStopLimitSeconds);
    pthread_sigmask(SIG_UNBLOCK, &stop, nullptr);  // a second Ctrl+C ends it at once
    wiring.end();
    rest.reset();                                  // before what its handler looks at
  } catch (const std::exception& e) {
    spdlog::error("{}", e.what());
    return 1;
  }
  spdlog::info("stopped");
  return 0;
}

}  // namespace sluice
