// What a log line says of what it is about, the lines that are kept, and what becomes of the same line a thousand times.
#include "base/log.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/log_lines.h"
#include "base/json.h"
#include "base/log_repeats.h"
#include "base/utf8.h"

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

namespace {

// What a process writes that logs `text`, about a connector of that name, in this format.
std::string written_by(LogFormat format, const std::string& name, const std::string& text) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    set_up_logging("info", format);
    const LogContext about(name);
    spdlog::info("{}", text);
    _exit(0);
  }
  close(ends[1]);
  std::string all;
  char buffer[4096];
  for (ssize_t got; (got = read(ends[0], buffer, sizeof buffer)) > 0;) all.append(buffer, static_cast<size_t>(got));
  close(ends[0]);
  REQUIRE(waitpid(child, nullptr, 0) == child);
  return all;
}

// Characters that a terminal obeys, or that show text in another order than it has.
bool steers(const std::string& line) {
  if (!valid_utf8(line)) return true;
  for (size_t i = 0; i < line.size(); ++i) {
    const auto byte = [&](size_t at) { return at < line.size() ? static_cast<unsigned char>(line[at]) : 0u; };
    if (byte(i) < 0x20 || byte(i) == 0x7F) return true;
    if (byte(i) == 0xC2 && byte(i + 1) < 0xA0) return true;
    if (byte(i) == 0xE2 && byte(i + 1) == 0x80 && (byte(i + 2) == 0x8E || byte(i + 2) == 0x8F || (byte(i + 2) >= 0xA8 && byte(i + 2) <= 0xAE))) return true;
    if (byte(i) == 0xE2 && byte(i + 1) == 0x81 && byte(i + 2) >= 0xA6 && byte(i + 2) <= 0xA9) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("s21: whatever a name or a message holds, a log line is one line that steers no terminal, in both formats") {
  std::vector<std::string> corpus{
      "\x1b[2J\x1b]0;title\x07", "a\r\n2026-11-27 00:00:00.000 error forged", "\x1b[8mhidden", "\x9b" "31m", "\xc2\x9b" "31m", "\xe2\x80\xae" "gpj.exe",
      "\xe2\x81\xa6x\xe2\x81\xa9", "a\xe2\x80\xa8z", "\xc2\x85next", "\xd8\x9c", "\xff\xfe", "\xc0\x8a", "\xed\xa0\x80", std::string("a\0b", 3), "\"}\n{\"level\":\"error\"",
      "%s%n{}{0}", std::string(100000, 'x'), std::string(8192, '\x1b')};
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  corpus.push_back(all);
  for (const std::string& text : corpus) {
    CAPTURE(text);
    const std::string line = written_by(LogFormat::text, text, "about " + text);
    REQUIRE(line.ends_with('\n'));
    CHECK(!steers(line.substr(0, line.size() - 1)));
    CHECK(line.size() < 40000);

    const std::string json = written_by(LogFormat::json, text, "about " + text);
    REQUIRE(json.ends_with('\n'));
    CHECK(!steers(json.substr(0, json.size() - 1)));
    const auto parsed = parse_json(json);
    REQUIRE(std::holds_alternative<JsonValue>(parsed));
    const JsonValue& object = std::get<JsonValue>(parsed);
    CHECK(object.items.size() == 5);  // time, level, logger, connector, message: none was added
    CHECK(object.find("level")->text == "info");
    CHECK(!object.find("connector")->text.empty());
    CHECK(object.find("message")->text == repaired_utf8(("about " + text).substr(0, 16384)));  // nothing is lost in this one
  }
}
