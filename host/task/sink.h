// What a task needs from a sink. Implemented by plugin/plugin_sink.h over the C table, faked in tests. The functions mirror
// the ABI's (abi/sluice_plugin.h has the full rules) and use its plain structs, so that a batch is built once.
// All but interrupt(): work thread only.
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "abi/sluice_plugin.h"
#include "base/outcome.h"
#include "task/batch.h"
#include "task/figures.h"

namespace sluice {

struct SinkTraits {
  bool owns_offsets = false;
  bool wants_advance = false;
  bool wants_headers = false;
  bool commits = false;  // put() may answer before the batch is durable; commit() says what is
};

class Sink {
 public:
  virtual ~Sink() = default;
  virtual Outcome open(std::span<sluice_partition> partitions) = 0;
  virtual Outcome put(const BatchView& batch) = 0;
  virtual Outcome commit(std::span<sluice_partition> partitions) = 0;
  virtual Outcome close(std::span<sluice_partition> partitions, int32_t why) = 0;
  virtual void interrupt() = 0;  // any thread, until destruction begins
  virtual bool wants_commit() = 0;           // the sink asked for a commit() soon; asking clears it
  virtual uint64_t retained_bytes() const = 0;  // of batches that it holds beyond put()
  virtual std::vector<PluginMetric> metrics() const { return {}; }  // any thread, until destruction begins
};

class Rejects;

// Makes a new sink, with settings and secrets resolved anew, that gives up on records by the task's `Rejects`. Null with an
// outcome that says why.
struct MadeSink {
  std::unique_ptr<Sink> sink;
  Outcome outcome;
};
using SinkFactory = std::function<MadeSink(Rejects& rejects)>;

}  // namespace sluice
