// sluice-events: the one generator of Debezium change events of `orders`. Quick start, tests, benchmark and fault runs all
// feed from it. It publishes a recording as it is, or re-keys and ages recorded events into the lives of new orders.
#include <fmt/format.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <iostream>
#include <map>
#include <random>
#include <sstream>
#include <stdexcept>

#include "feed.h"

namespace {

using namespace sluice::demo;

std::atomic<bool> stop_asked{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set in a signal handler");

void ask_to_stop(int) { stop_asked = true; }

struct Options {
  std::string bootstrap;
  std::string topic;
  std::vector<std::string> files;
  bool recorded = false;
  FeedOptions feed;
};

void print_summary(const Counts& counts, const Options& options, const Producer& producer, double seconds) {
  fmt::print(R"({{"events":{},"c":{},"u":{},"d":{},"r":{},"other":{},"bad":{},"key_changes":{},"tombstones":{},)"
             R"("delivered":{},"failed":{},"seed":{},"seconds":{:.3f}}})" "\n",
             counts.events(), counts.inserts, counts.updates, counts.deletes, counts.snapshots, counts.others, counts.bad,
             counts.key_changes, counts.tombstones, producer.delivered(), producer.failed(),
             options.recorded ? "null" : std::to_string(options.feed.life.seed), seconds);
}

// "10:5:1": inserts, updates, deletes.
Mix read_mix(const std::string& text) {
  Mix mix;
  char colon[2] = {};
  std::istringstream in(text);
  const bool whole = in >> mix.inserts >> colon[0] >> mix.updates >> colon[1] >> mix.removes && in.peek() == EOF;
  constexpr uint32_t kMost = 10'000;  // of a kind: what comes together is kept in memory
  if (!whole || colon[0] != ':' || colon[1] != ':' || mix.inserts == 0 || std::max({mix.inserts, mix.updates, mix.removes}) > kMost) {
    throw CLI::ValidationError("--mix", fmt::format("\"{}\" is no mix: write INSERTS:UPDATES:DELETES, whole numbers up to {} and at "
                                                    "least one insert, as in 10:5:1", text, kMost));
  }
  return mix;
}

int publish(Options options) {
  std::vector<RecordedEvent> recording = read_recording(options.files);
  if (options.topic.empty()) options.topic = recording.front().topic;
  Producer producer(options.bootstrap, options.topic);
  const auto started = std::chrono::steady_clock::now();
  Counts counts;
  if (options.recorded) {
    counts = feed_recording(recording, producer, stop_asked);
  } else {
    if (!options.feed.partitions) options.feed.partitions = producer.partitions();
    counts = Feed(recording, options.feed, producer).run(stop_asked);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
  print_summary(counts, options, producer, took.count());
  if (producer.failed() == 0) return 0;
  std::cerr << "sluice-events: " << producer.failed() << " records were not delivered; the first: " << producer.first_failure()
            << '\n';
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Publishes Debezium change events of `orders`. Ends with one line of JSON that tells what was written; the exit code is "
               "1 if a record was not delivered."};
  Options options;
  options.feed.life.seed = std::random_device{}();
  options.feed.life.first_id = 100000;
  app.add_option("--bootstrap", options.bootstrap, "The Kafka cluster, as HOST:PORT")->required();
  app.add_option("--file", options.files, "A recording in JSON lines; may be given again")->required()->take_all();
  app.add_option("--topic", options.topic, "Where to publish; default: the recording's topic");
  auto* recorded = app.add_flag("--recorded", options.recorded, "Publish the recording as it is, once, each record to its partition");

  std::vector<CLI::Option*> of_new_events{
      app.add_option("--rate", options.feed.rate, "Events a second; 0: as fast as possible (default)")->check(CLI::NonNegativeNumber),
      app.add_option("--count", options.feed.count, "How many events, tombstones not counted; default: until stopped"),
      app.add_option("--seconds", options.feed.seconds, "How long; default: until stopped")->check(CLI::NonNegativeNumber),
      app.add_option("--bad-share", options.feed.bad_share, "Share of records that can never be written")->check(CLI::Range(0.0, 1.0)),
      app.add_option("--seed", options.feed.life.seed, "The same seed tells the same lives of orders; default: a random one"),
      app.add_option("--first-id", options.feed.life.first_id, "New orders are numbered from here")->capture_default_str(),
      app.add_option_function<std::string>("--mix", [&](const std::string& text) { options.feed.life.mix = read_mix(text); },
                                           "INSERTS:UPDATES:DELETES: of so many changes each, in random order, so many are of each "
                                           "kind, and no order gets another number; default: as the lives of orders have it"),
      app.add_option("--live-orders", options.feed.life.live_orders, "How many orders are under way at once")
          ->check(CLI::PositiveNumber)->capture_default_str(),
      app.add_option("--old-orders", options.feed.life.old_orders, "With --mix: so many orders are older than the first, and each of "
                     "them changes once before a newer one does")->check(CLI::Range(int64_t{0}, int64_t{1'000'000'000})),
      app.add_option("--partitions", options.feed.partitions, "How many partitions to use; default: all that the topic has"),
      app.add_flag("--schemas", options.feed.schemas, "Keep the recording's schema blocks"),
      app.add_option("--decimals", options.feed.decimals, "decimal.handling.mode: precise (default), string or double")
          ->transform(CLI::CheckedTransformer(std::map<std::string, Decimals>{
              {"precise", Decimals::precise}, {"string", Decimals::string}, {"double", Decimals::as_double}}))};
  for (CLI::Option* option : of_new_events) option->excludes(recorded);
  CLI11_PARSE(app, argc, argv);

  struct sigaction action = {};
  action.sa_handler = ask_to_stop;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  try {
    return publish(std::move(options));
  } catch (const std::exception& e) {
    std::cerr << "sluice-events: " << e.what() << '\n';
    return 1;
  }
}
