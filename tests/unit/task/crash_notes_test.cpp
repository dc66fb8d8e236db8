// The crash-loop breaker: lives of a task whose sink crashes on one record, without a process that dies. A life that ends so runs no
// destructor, as little as a real one would.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <new>
#include <vector>

#include "task/batch.h"
#include "task/bisection.h"
#include "task/crash_notes.h"

using namespace sluice;

namespace {

const TopicPartition kOrders{"orders", 0};

struct Lives {
  std::filesystem::path file = std::filesystem::temp_directory_path() / fmt::format("sluice-crash-notes-{}", getpid());
  CrashNotes::Who who{"c", 0, "a-sink", 7};
  int64_t position = 0;  // what is written

  Lives() { std::filesystem::remove(file); }
  ~Lives() { std::filesystem::remove(file); }

  // A life that never sees its end where it crashes.
  struct Life {
    alignas(CrashNotes) unsigned char memory[sizeof(CrashNotes)];
    CrashNotes* notes;
    explicit Life(const Lives& lives) : notes(new (memory) CrashNotes(CrashNotes::open_file(lives.file), lives.who)) {}
  };

  static Batch batch(int64_t first, int64_t end) {
    BatchPart part;
    part.handle = 1;
    part.name = kOrders;
    part.routed_topic = "orders";
    for (int64_t offset = first; offset < end; ++offset) {
      Record record;
      record.offset = offset;
      part.records.push_back(std::move(record));
    }
    part.next_offset = end;
    std::vector<BatchPart> parts;
    parts.push_back(std::move(part));
    return Batch(std::move(parts), 0);
  }

  // One life: all up to `end` is read at once, and `poison` crashes. What became of it.
  enum class End { crashed, gave_up_on_record, written };
  End live(int64_t end, int64_t poison) {
    Life life(*this);
    CrashNotes& notes = *life.notes;
    const Batch all = batch(position, end);
    for (Bisection parts(all.size(), notes.part_size(all.parts())); !parts.done(); parts.passed()) {
      const BatchView view = all.view(parts.current(), 0);
      const int64_t first = view->records[0].offset, last = view->records[view->record_count - 1].offset;
      std::string why;
      if (first == last && notes.is_guilty(kOrders, first, why)) return first == poison ? End::gave_up_on_record : End::written;
      notes.in_hand(*view, {-1});
      keep_text(notes.note()->call, "put");
      if (first <= poison && poison <= last) {
        notes.note()->signal = SIGSEGV;
        return End::crashed;
      }
      notes.note()->call[0] = '\0';
      notes.all_durable();
      notes.sink_works();
      position = last + 1;
      notes.passed(kOrders, position);
    }
    notes.~CrashNotes();
    return End::written;
  }
};

}  // namespace

TEST_CASE("crash notes: one record among many is found within 15 crashes, and all before it is written") {
  for (const auto& [records, poison] : {std::pair<int64_t, int64_t>{1, 0}, {20, 19}, {3000, 1700}, {20000, 0}, {20000, 19999}, {1000000, 777777}}) {
    CAPTURE(records);
    CAPTURE(poison);
    Lives lives;
    int crashes = 0;
    while (lives.live(records, poison) == Lives::End::crashed) ++crashes;
    CHECK(crashes >= 3);
    CHECK(crashes <= 15);
    CHECK(lives.position == poison);
  }
}

TEST_CASE("crash notes: a process that was killed, however often, says nothing") {
  Lives lives;
  for (int n = 0; n < 10; ++n) {
    Lives::Life life(lives);
    CrashNotes& notes = *life.notes;
    const Batch all = Lives::batch(0, 100);
    CHECK(notes.part_size(all.parts()) == 0);
    notes.in_hand(*all.view({0, 100}, 0), {-1});
    keep_text(notes.note()->call, "put");
    CHECK(CrashNotes::last_words(lives.file) == "in put of plugin a-sink, orders-0 offsets 0..99");
  }
}

TEST_CASE("crash notes: another build of the plugin is innocent") {
  Lives lives;
  while (lives.live(100, 50) == Lives::End::crashed) {
  }
  CHECK(lives.live(100, 50) == Lives::End::gave_up_on_record);
  ++lives.who.plugin_mark;
  CHECK(lives.live(100, 50) == Lives::End::crashed);
}

TEST_CASE("crash notes: crashes without records in hand give the plugin up after three, until somebody starts it once more") {
  Lives lives;
  for (int n = 0; n < 3; ++n) {
    Lives::Life life(lives);
    CHECK(life.notes->given_up() == "");
    keep_text(life.notes->note()->call, "create");
    life.notes->note()->signal = SIGABRT;
  }
  const auto start = [&] {
    const CrashNotes notes(CrashNotes::open_file(lives.file), lives.who);
    return notes.given_up();
  };
  CHECK(start().starts_with("the plugin a-sink crashed the process 3 times in a row with SIGABRT, the last time in create."));
  CHECK(start() == "");
}

TEST_CASE("crash notes: a record that has been passed leaves nothing behind") {
  Lives lives;
  for (int n = 0; n < 4; ++n) CHECK(lives.live(100, 50) == Lives::End::crashed);
  CHECK(lives.live(100, -1) == Lives::End::written);  // it was not the record's fault after all
  Lives::Life life(lives);
  CHECK(life.notes->part_size(Lives::batch(0, 100).parts()) == 0);
}

TEST_CASE("crash notes: nonsense in the file is passed over") {
  Lives lives;
  std::ofstream(lives.file, std::ios::binary) << std::string(200000, '\xff');
  CHECK(CrashNotes::last_words(lives.file).size() < 10000);
  CHECK(lives.live(10, -1) == Lives::End::written);
  CHECK(lives.position == 10);
}
