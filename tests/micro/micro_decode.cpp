// Reads a batch of recorded events into rows, as the sink's task does between Kafka and COPY, and prints as JSON what it asked for in
// memory. How many instructions that took is for callgrind to count, within micro_measured() alone: see run.sh.
//
//   micro_decode --list                     the cases
//   micro_decode CASE RECORDS               one of them, over a batch of so many records
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "allocations.h"
#include "debezium_postgres_sink/decode/envelope.h"
#include "debezium_postgres_sink/map/target.h"
#include "fakes/orders_table.h"
#include "kitchen_table.h"
#include "sdk/sluice.hpp"
#include "workload.h"

namespace sluice::micro {
namespace {

using namespace debezium;

constexpr const char* kKinds[] = {"insert", "update", "delete", "tombstone", "mix"};
constexpr const char* kRecordings[] = {"orders/precise", "orders/schemas", "kitchen/plain", "kitchen/schemas"};
constexpr const char* kModes[] = {"history", "current"};
constexpr const char* kPoured = "poured";  // a history in COPY's binary format; only of orders, whose columns all have one

// Where poured rows go.
struct Drain : RowOutlet {
  bool takes_binary() const override { return true; }
  void pour(const Table&, const std::string&, CopyFormat format, std::string_view rows) override {
    if (format != CopyFormat::binary) throw std::logic_error("the rows were not poured as binary");
    bytes += rows.size();
  }
  size_t bytes = 0;
};

bool is_kitchen(std::string_view recording) { return recording.starts_with("kitchen/"); }

// The tables of one case and what reads into them.
struct Reading {
  Reading(std::string_view recording, std::string_view mode) : decoder(mode == "current") {
    const bool current = mode == "current";
    if (mode == kPoured) drain.emplace();
    settings = usual_settings();
    settings.mode = current ? Mode::current : Mode::history;
    if (recording == "kitchen/plain") {  // as its source was set
      settings.values.decimals = DecimalMode::string;
      settings.values.times = TimeMode::isostring;
    }
    Table table = is_kitchen(recording) ? kitchen_table() : orders_fact();
    if (current && table.keys.empty()) table.keys = {{"order_id"}};
    std::optional<Table> history_table, current_table;
    (current ? current_table : history_table) = std::move(table);
    target = std::make_unique<Target>(settings, std::move(history_table), std::move(current_table));
  }

  size_t bytes() const {
    size_t sum = drain ? drain->bytes : 0;
    if (target->history())
      for (const auto& copy : target->history()->copies()) sum += copy.text.size();
    if (target->current())
      for (const Merge& merge : target->current()->merges()) sum += merge.text.size();
    return sum;
  }

  Settings settings;
  std::unique_ptr<Target> target;
  std::optional<Drain> drain;
  EnvelopeDecoder decoder;
};

// A batch, as BatchReader reads one. Answers its rows.
size_t read_batch(Reading& reading, const std::vector<Record>& records) {
  size_t rows = 0;
  std::optional<int64_t> deleted_key;
  int64_t offset = 0;
  if (reading.drain) reading.drain->bytes = 0;
  reading.target->begin(1'795'558'092'000'000, reading.drain ? &*reading.drain : nullptr);
  for (const auto& record : records) {
    const Event event = reading.decoder.decode(record.key, record.value);
    if (event.skip) continue;
    const Change& change = event.change;
    const auto key = change.operation == Operation::remove ? std::optional<int64_t>(crc32c(*record.key)) : std::nullopt;
    if (change.tombstone && key == deleted_key) continue;
    deleted_key = key;
    reading.target->add(change, {"dbserver1.public.orders", 0, offset++, 1'795'558'092'234}, *record.key);
    ++rows;
  }
  reading.target->finish();
  return rows;
}

}  // namespace

// callgrind counts from the beginning of this function to its end, so it has to stay one that is called.
extern "C" [[gnu::noinline, gnu::noclone]] size_t micro_measured(Reading& reading, const std::vector<Record>& records) {
  return read_batch(reading, records);
}

namespace {

void list() {
  for (const char* mode : {kModes[0], kModes[1], kPoured})
    for (const char* recording : kRecordings)
      for (const char* kind : kKinds) {
        if (!is_kitchen(recording)) std::printf("%s:%s:%s\n", mode, recording, kind);
      }
  for (const char* mode : kModes)
    for (const char* recording : kRecordings)
      if (is_kitchen(recording)) std::printf("%s:%s:all\n", mode, recording);
}

void measure(std::string_view name, size_t count) {
  const size_t mode_end = name.find(':'), kind_begin = name.rfind(':') + 1;
  const std::string_view mode = name.substr(0, mode_end), recording = name.substr(mode_end + 1, kind_begin - mode_end - 2);
  const std::vector<Record> records = workload(recording, name.substr(kind_begin), count);
  Reading reading(recording, mode);
  // Buffers grow to their size in the first batches: what is kept from batch to batch is not paid for again.
  read_batch(reading, records);
  read_batch(reading, records);
  const Allocations before = allocations();
  const size_t rows = micro_measured(reading, records);
  const Allocations after = allocations();
  std::printf("{\"records\": %zu, \"rows\": %zu, \"bytes\": %zu, \"allocations\": %llu}\n", records.size(), rows, reading.bytes(),
              static_cast<unsigned long long>(after.count - before.count));
}

}  // namespace
}  // namespace sluice::micro

int main(int argc, char** argv) {
  try {
    if (argc == 2 && std::strcmp(argv[1], "--list") == 0) {
      sluice::micro::list();
      return 0;
    }
    if (argc == 3 && std::atoi(argv[2]) > 0) {
      sluice::micro::measure(argv[1], static_cast<size_t>(std::atoi(argv[2])));
      return 0;
    }
  } catch (const std::exception& e) {
    std::fprintf(stderr, "micro_decode: %s\n", e.what());
    return 1;
  }
  std::fputs("usage: micro_decode --list, or micro_decode CASE RECORDS\n", stderr);
  return 2;
}
