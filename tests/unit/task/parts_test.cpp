#include <doctest/doctest.h>

#include "task/backoff.h"
#include "task/batch.h"
#include "task/bisection.h"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

Batch::Part part(const std::string& topic, int32_t partition, int64_t first, size_t count) {
  Batch::Part p;
  p.handle = static_cast<PartitionHandle>(partition + 1);
  p.name = {topic, partition};
  for (size_t i = 0; i < count; ++i) {
    Record record;
    record.offset = first + static_cast<int64_t>(i);
    p.records.push_back(std::move(record));
  }
  p.next_offset = first + static_cast<int64_t>(count);
  return p;
}

Batch two_partitions() {
  std::vector<Batch::Part> parts;
  parts.push_back(part("t", 0, 10, 3));
  parts.push_back(part("t", 1, 20, 2));
  return Batch(std::move(parts), 0);
}

}  // namespace

TEST_CASE("bisection: one bad record among n is found in about 2 log2 n tries and everything before it was written") {
  for (const uint32_t n : {1u, 2u, 7u, 1000u, 3000u}) {
    for (const uint32_t bad : {0u, n / 2, n - 1}) {
      Bisection bisection(n);
      uint32_t written = 0, tries = 0;
      for (bool found = false; !found;) {
        const auto range = bisection.current();
        ++tries;
        if (bad >= range.first && bad < range.first + range.count) {
          found = !bisection.refused();
          if (found) CHECK(range.first == bad);
        } else {
          CHECK(range.first == written);
          written += range.count;
          bisection.passed();
        }
      }
      CAPTURE(n);
      CAPTURE(bad);
      CHECK(written == bad);
      CHECK(tries <= 2 * 12 + 4);
    }
  }
}

TEST_CASE("batch: the whole is one span a partition, next offsets after the last record") {
  Batch batch = two_partitions();
  const BatchView view = batch.view({0, 5}, 7);
  REQUIRE(view->span_count == 2);
  CHECK(view->attempt == 7);
  CHECK(view->spans[0].first == 0);
  CHECK(view->spans[0].count == 3);
  CHECK(view->spans[0].next_offset == 13);
  CHECK(view->spans[1].first == 3);
  CHECK(view->spans[1].next_offset == 22);
  CHECK(view->records[4].span == 1);
}

TEST_CASE("batch: a part of it ends at its own last record, and spans without a share are left out") {
  Batch batch = two_partitions();
  const BatchView left = batch.view({0, 2}, 0);
  REQUIRE(left->span_count == 1);
  CHECK(left->spans[0].next_offset == 12);
  const BatchView across = batch.view({2, 2}, 0);
  REQUIRE(across->span_count == 2);
  CHECK(across->spans[0].next_offset == 13);
  CHECK(across->spans[1].first == 1);
  CHECK(across->spans[1].next_offset == 21);
  CHECK(across->records[1].span == 1);
  CHECK(across->part_of_span == std::vector<uint32_t>{0, 1});
}

TEST_CASE("batch: a view outlives its batch") {
  BatchView view;
  {
    Batch batch = two_partitions();
    view = batch.view({0, 5}, 0);
  }
  CHECK(view->records[4].offset == 21);
  CHECK(std::string(view->spans[1].topic.data) == "t");
}

TEST_CASE("batch: positions alone have spans and no records") {
  std::vector<Batch::Part> parts;
  parts.push_back(part("t", 0, 10, 0));
  parts.back().next_offset = 15;
  Batch batch(std::move(parts), 0);
  const BatchView view = batch.view({}, 0);
  REQUIRE(view->span_count == 1);
  CHECK(view->record_count == 0);
  CHECK(view->spans[0].next_offset == 15);
}

TEST_CASE("backoff: doubles to its cap, and the second half of each delay is left to chance") {
  const Backoff backoff{.first = 100ms, .max = 5000ms};
  CHECK(backoff.delay(0, 0.0) == 50ms);
  CHECK(backoff.delay(3, 0.0) == 400ms);
  CHECK(backoff.delay(3, 0.5) == 600ms);
  CHECK(backoff.delay(60, 0.0) == 2500ms);
  CHECK(backoff.delay(60, 0.999) <= 5000ms);
}
