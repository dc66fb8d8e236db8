// What a log line says of what it is about, the lines that are kept, and what becomes of the same line a thousand times.
#include "base/log.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/log_lines.h"
#include "base/log_repeats.h"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

struct Kept : spdlog::sinks::base_sink<spdlog::details::null_mutex> {
  void sink_it_(const spdlog::details::log_msg& message) override {
    lines.push_back(LogContext::current().prefix() + std::string(message.payload.data(), message.payload.size()));
  }
  void flush_() override {}
  std::vector<std::string> lines;
};

struct Repeating {
  std::shared_ptr<Kept> kept = std::make_shared<Kept>();
  LogRepeats repeats{{kept}};
  spdlog::log_clock::time_point now{1000h};

  void say(const std::string& text, spdlog::level::level_enum level = spdlog::level::warn) { repeats.log({now, {}, "sluice.task", level, text}); }
};

std::string fields_of(const LogFields& about) {
  JsonWriter json;
  json.begin_object();
  write_log_fields(json, about);
  return json.end_object().result();
}

}  // namespace

TEST_CASE("log context: a block says what its lines are about, an inner one more, and afterwards it is as before") {
  CHECK(fields_of(LogContext::current()) == "{}");
  {
    const LogContext connector("orders");
    CHECK(LogContext::current().prefix() == "connector orders: ");
    {
      const LogContext task("orders", 2);
      const LogContext partition(TopicPartition{"shop.orders", 7}, 41);
      CHECK(LogContext::current().prefix() == "orders-2: ");
      CHECK(fields_of(LogContext::current()) == R"({"connector":"orders","task":2,"topic":"shop.orders","partition":7,"offset":41})");
      std::thread([] { CHECK(fields_of(LogContext::current()) == "{}"); }).join();
    }
    CHECK(fields_of(LogContext::current()) == R"({"connector":"orders"})");
  }
  CHECK(fields_of(LogContext::current()) == "{}");
}

TEST_CASE("log context: no name of a connector can forge a line") {
  const LogContext about("a\n2026-11-27 error b");
  CHECK(LogContext::current().prefix() == "connector a\\n2026-11-27 error b: ");
}

TEST_CASE_FIXTURE(Repeating, "log repeats: of the same warning fifty are said, the rest are counted when ten seconds are over") {
  for (int i = 0; i < 1000; ++i, now += 1ms) say(fmt::format("port {} does not answer", i));
  CHECK(kept->lines.size() == 50);
  CHECK(kept->lines.back() == "port 49 does not answer");
  now += 10s;
  say("port 1000 does not answer");
  REQUIRE(kept->lines.size() == 52);
  CHECK(kept->lines[50] == "port 999 does not answer (and 949 more lines like this one in 11 s)");
  CHECK(kept->lines[51] == "port 1000 does not answer");
}

TEST_CASE_FIXTURE(Repeating, "log repeats: whoever has many addresses is one who knocks; another text, level or task is another line") {
  for (int i = 0; i < 100; ++i) say(fmt::format("2001:db8::{:x}:{:x} came with a wrong token", i * 7919, i));
  for (int i = 0; i < 100; ++i) say(fmt::format("192.0.2.{} came with a wrong token", i));
  CHECK(kept->lines.size() == 50);
  say("2001:db8::1 came with a bad token");
  say("2001:db8::1 came with a wrong token", spdlog::level::err);
  {
    const LogContext about("orders", 1);
    say("2001:db8::1 came with a wrong token");
  }
  CHECK(kept->lines.size() == 53);
}

TEST_CASE_FIXTURE(Repeating, "log repeats: what is about one record, and what is only told, is always said") {
  const LogContext task("orders", 1);
  for (int i = 0; i < 200; ++i) say("claimed", spdlog::level::info);
  for (int i = 0; i < 200; ++i) {
    const LogContext record(TopicPartition{"t", 0}, i);
    say(fmt::format("bad record at t-0@{}", i));
  }
  CHECK(kept->lines.size() == 400);
}

TEST_CASE_FIXTURE(Repeating, "log repeats: the line that counts is about the same as those that it counts, and comes without another") {
  now = spdlog::log_clock::now() - 11s;
  {
    const LogContext about("orders", 1);
    for (int i = 0; i < 52; ++i) say("a");
    for (int i = 0; i < 51; ++i) say("b");
  }
  CHECK(kept->lines.size() == 100);
  repeats.flush();
  REQUIRE(kept->lines.size() == 102);
  CHECK(kept->lines[100] == "orders-1: a (and 1 more lines like this one in 11 s)");
  CHECK(kept->lines[101] == "orders-1: b");
  repeats.flush();
  CHECK(kept->lines.size() == 102);
}

TEST_CASE("log repeats: what is held back at the end is said at the end") {
  const auto kept = std::make_shared<Kept>();
  {
    LogRepeats repeats{{kept}};
    for (int i = 0; i < 60; ++i) repeats.log({spdlog::log_clock::now(), {}, "sluice.task", spdlog::level::err, "a"});
    CHECK(kept->lines.size() == 50);
  }
  CHECK(kept->lines.size() == 51);
}

TEST_CASE_FIXTURE(Repeating, "log repeats: a thousand kinds take bounded memory, and a clock that is set back holds nothing for ever") {
  for (int i = 0; i < 1000; ++i) say(std::string(static_cast<size_t>(i % 40) + 1, 'x') + std::string(static_cast<size_t>(i / 40) + 1, 'z'));
  CHECK(kept->lines.size() == 1000);
  CHECK(repeats.kinds() <= 256);
  for (int i = 0; i < 51; ++i) say("y");
  const size_t before = kept->lines.size();
  now -= 1h;
  say("y");
  CHECK(kept->lines.size() == before + 2);  // the one that was held back, and this one
}

TEST_CASE("log lines: the newest are kept, and are found by number, level and connector") {
  LogLines lines;
  for (int i = 1; i <= 6000; ++i) {
    const LogContext about(i % 2 ? "odd" : "even", 0);
    lines.log({"sluice.task", i % 100 ? spdlog::level::info : spdlog::level::warn, std::to_string(i)});
  }
  uint64_t last = 0;
  CHECK(lines.find({}, last).size() == 5000);
  CHECK(last == 6000);
  const auto numbers = [&](const LogLines::Wanted& wanted) {
    std::vector<uint64_t> found;
    for (const LogLine& line : lines.find(wanted, last)) {
      CHECK(line.message == std::to_string(line.number));
      found.push_back(line.number);
    }
    return found;
  };
  CHECK(numbers({.after = 5998}) == std::vector<uint64_t>{5999, 6000});
  CHECK(numbers({.most = 2, .connector = "odd"}) == std::vector<uint64_t>{5997, 5999});
  CHECK(numbers({.after = 5800, .level = spdlog::level::warn}) == std::vector<uint64_t>{5900, 6000});
  CHECK(numbers({.after = 6000}).empty());
}

TEST_CASE("log lines: long ones take no more memory than short ones") {
  LogLines lines;
  const std::string text(100'000, 'x');
  for (int i = 0; i < 100; ++i) lines.log({"sluice.task", spdlog::level::info, text});
  uint64_t last = 0;
  const size_t kept = lines.find({}, last).size();
  CHECK(kept > 10);
  CHECK(kept <= 20);
}
