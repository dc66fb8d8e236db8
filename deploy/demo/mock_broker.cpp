// sluice-mock-broker: librdkafka's mock cluster as a Kafka broker in a process of its own, on a free port of 127.0.0.1, so
// that the quick start and the tests need no Java. All data is in memory and gone with the process.
//
// It is a mock: a partition keeps only its newest 5 MB or 100,000 records, whichever is less, and drops the older ones
// whether they were read or not. A load that a reader cannot follow needs a real broker.
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

// Short, since nobody wants to watch a consumer group wait for members that do not exist.
constexpr int kGroupRebalanceDelayMs = 100;

struct Topic {
  std::string name;
  int partitions;
};

Topic parse_topic(const std::string& text) {
  const size_t colon = text.rfind(':');
  int partitions = 0;
  if (colon != std::string::npos) std::from_chars(text.data() + colon + 1, text.data() + text.size(), partitions);
  if (colon == 0 || partitions < 1) {
    throw std::runtime_error(fmt::format("--topic {}: write NAME:PARTITIONS, for example orders:4", text));
  }
  return {text.substr(0, colon), partitions};
}

// Whoever waits for the file must never read half of it.
void write_env(const std::string& file, const std::string& line) {
  const std::string unfinished = file + ".unfinished";
  std::ofstream out(unfinished);
  out << line << std::flush;
  if (!out || std::rename(unfinished.c_str(), file.c_str()) != 0) {
    throw std::runtime_error(fmt::format("cannot write {}: name a file in a folder that you may write to", file));
  }
}

class Broker {
 public:
  explicit Broker(const std::vector<Topic>& topics) {
    char error[256];
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, nullptr);  // it would warn that this client, which only carries the cluster, has no broker
    client_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
    if (!client_) throw std::runtime_error(error);
    cluster_ = rd_kafka_mock_cluster_new(client_, 1);
    if (!cluster_) throw std::runtime_error("the mock cluster cannot listen on 127.0.0.1");
    rd_kafka_mock_group_initial_rebalance_delay_ms(cluster_, kGroupRebalanceDelayMs);
    for (const Topic& topic : topics) {
      const auto code = rd_kafka_mock_topic_create(cluster_, topic.name.c_str(), topic.partitions, 1);
      if (code) throw std::runtime_error(fmt::format("cannot create topic {}: {}", topic.name, rd_kafka_err2str(code)));
    }
  }
  ~Broker() {
    if (cluster_) rd_kafka_mock_cluster_destroy(cluster_);
    if (client_) rd_kafka_destroy(client_);
  }
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  std::string bootstrap() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }

 private:
  rd_kafka_t* client_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

void serve(const std::vector<std::string>& topic_texts, const std::string& env_file) {
  // Blocked before any thread exists, so that each inherits it and the signal waits for sigwait below.
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);

  std::vector<Topic> topics;
  for (const std::string& text : topic_texts) topics.push_back(parse_topic(text));
  const Broker broker(topics);
  const std::string line = fmt::format("KAFKA_BOOTSTRAP={}\n", broker.bootstrap());
  if (!env_file.empty()) write_env(env_file, line);
  std::cout << line << std::flush;

  int got = 0;
  sigwait(&stop, &got);
}

}  // namespace

int main(int argc, char** argv) {
  const pid_t parent = getppid();
  CLI::App app{"A Kafka broker in memory, for demonstrations and tests. Runs until Ctrl+C or SIGTERM."};
  std::vector<std::string> topics;
  std::string env_file;
  bool with_parent = false;
  app.add_option("--topic", topics, "A topic to create, as NAME:PARTITIONS; may be given again")->take_all();
  app.add_option("--env", env_file, "Write KAFKA_BOOTSTRAP=HOST:PORT into this file when ready");
  app.add_flag("--with-parent", with_parent, "End when the process that started this one ends, however it ends");
  CLI11_PARSE(app, argc, argv);

  if (with_parent) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) return 0;  // it ended before the line above
  }
  try {
    serve(topics, env_file);
  } catch (const std::exception& e) {
    std::cerr << "sluice-mock-broker: " << e.what() << '\n';
    return 1;
  }
}
