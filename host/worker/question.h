// A question to the plugin of an isolated connector: whether its settings are sound, where its positions are. It is put to a child that
// lives for the one answer, so that a plugin that crashes over it takes nobody along. Any thread; waits for the answer.
#pragma once
#include <chrono>
#include <functional>
#include <string>

#include "base/json.h"
#include "worker/worker.h"

namespace sluice {

// The answer, as the other side's `answer` (serve.h) has written it. Throws std::runtime_error, which says how the child ended.
JsonValue ask_in_child(const std::string& connector, const Worker::Options& options, const std::string& question, std::chrono::milliseconds limit);

}  // namespace sluice
