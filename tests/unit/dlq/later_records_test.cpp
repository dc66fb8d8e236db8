#include <doctest/doctest.h>

#include "dlq/later_records.h"
#include "texts.h"

using namespace sluice;

TEST_CASE("later records: only a later record of the same key supersedes a letter") {
  const Record a = record_of(0, "a", "1"), b = record_of(1, "b", "2"), keyless = record_of(2, nullptr, "3"), empty = record_of(3, "", "4");
  LaterRecords later;
  later.look_for(10, a);
  later.look_for(11, b);
  later.look_for(12, keyless);
  later.look_for(13, empty);
  later.see(record_of(9, "a", "earlier"));
  later.see(record_of(10, "a", "1"));
  later.see(record_of(11, "b", "2"));
  later.see(record_of(12, nullptr, "3"));
  later.see(record_of(13, "", "4"));
  later.see(record_of(14, nullptr, "of no key"));
  for (const int64_t offset : {10, 11, 12, 13}) CHECK_FALSE(later.found(offset).superseded);
  later.see(record_of(15, "a", nullptr));
  CHECK(later.found(10).superseded);
  later.see(record_of(16, "", "x"));
  CHECK(later.found(13).superseded);
  for (const int64_t offset : {11, 12}) CHECK_FALSE(later.found(offset).superseded);
}

TEST_CASE("later records: of two letters of one key only the last is not superseded") {
  const Record first = record_of(0, "a", "1"), second = record_of(1, "a", "2");
  LaterRecords later;
  later.look_for(10, first);
  later.look_for(20, second);
  later.see(record_of(10, "a", "1"));
  later.see(record_of(20, "a", "2"));
  CHECK(later.found(10).superseded);
  CHECK_FALSE(later.found(20).superseded);
}

TEST_CASE("later records: another record at the letter's offset shows that the log is another one") {
  const Record letters[] = {record_of(0, "a", "1"), record_of(1, "a", nullptr), record_of(2, "a", "same")};
  LaterRecords later;
  for (int64_t i = 0; i < 3; ++i) later.look_for(10 + i, letters[i]);
  later.see(record_of(10, "a", "2"));
  later.see(record_of(11, "a", ""));
  later.see(record_of(12, "a", "same"));
  CHECK(later.found(10).another_record);
  CHECK(later.found(11).another_record);
  CHECK_FALSE(later.found(12).another_record);
}

TEST_CASE("later records: a log that begins after the letter, or ends before it, cannot tell") {
  struct Case {
    int64_t offset, low, high;
    const char* why;
  };
  const Case cases[] = {
      {10, 0, 20, ""},  {10, 10, 11, ""}, {10, 11, 11, ""}, {10, 12, 20, "begins at 12"},
      {10, 0, 10, "ends at 10"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.low);
    CAPTURE(c.high);
    const std::string why = why_later_is_unknown(c.offset, c.low, c.high);
    if (*c.why) CHECK(why.find(c.why) != why.npos);
    else CHECK(why.empty());
  }
}
