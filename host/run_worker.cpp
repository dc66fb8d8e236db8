#include "run_worker.h"

#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>

#include "base/crash_handler.h"
#include "base/json.h"
#include "base/log.h"
#include "base/no_core.h"
#include "metrics/process.h"
#include "plugin/catalog.h"
#include "plugin_questions.h"
#include "wiring.h"
#include "worker/child.h"
#include "worker/sandbox.h"
#include "worker/serve.h"
#include "worker/setup.h"

namespace sluice {
namespace {

// A host that dies, however it does, takes its workers along: nobody could stop them, and the next host starts its own. Ctrl+C and
// systemd reach the whole group, while it is the host that stops a worker.
bool live_with(const char* parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) signal(number, SIG_IGN);
  return getppid() == std::strtol(parent, nullptr, 10);
}

}  // namespace

int run_worker(const char* parent) {
  if (!live_with(parent)) return 1;
  leave_no_core();
  FrameReader in;
  const auto json = parse_json(await_setup(kWorkerSocket, in));
  if (!std::holds_alternative<JsonValue>(json)) return 1;
  const WorkerSetup setup = read_setup(std::get<JsonValue>(json));
  set_up_logging(setup.host.log_level, LogFormat::json);
  install_crash_handler();

  // Whatever is the plugin's, its constructors too, runs behind closed doors.
  NoteFiles notes(setup.host.state_dir, setup.connector, setup.tasks);
  const std::string sandbox = shut_in({setup.closed, setup.host.secrets_paths});
  if (sandbox.find("no ") != sandbox.npos) spdlog::warn("the worker is not shut in as it should be: {}", sandbox);
  const Catalog catalog = Catalog::of_scanned(setup.plugin_file);
  if (const ScannedFile& file = catalog.files().front(); !file.plugin) {
    spdlog::error("plugin file {} refused: {}", file.file.string(), file.refused);
    return 1;
  }
  spdlog::flush_every(std::chrono::seconds(5));
  Wiring wiring(setup.host, catalog, setup.host.worker_id, &notes);
  const TaskMaker tasks{[&](const FlatConfig& config, int index, int count) { return wiring.start_task(config, index, count); },
                        [&] { return wiring.kafka_cluster_id(); }, resident_bytes, sandbox,
                        [&](const JsonValue& question) { return answer_question(wiring, question); }};
  serve(kWorkerSocket, in, tasks);
  return 0;
}

}  // namespace sluice
