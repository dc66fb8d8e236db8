#include "config/client_properties.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <span>

#include "config/scalars.h"

namespace sluice {
namespace {

enum class Form { text, number, boolean, words };
enum class Where { both, host_only };
enum class Whose { every, consumer, producer };  // which clients it means something to

struct Allowed {
  const char* name;
  Form form = Form::text;
  int64_t min = 0, max = 0;       // number
  const char* words = "";         // words: separated by |
  Where where = Where::both;
  Whose whose = Whose::every;
};

constexpr Allowed of(Whose whose, Allowed property) {
  property.whose = whose;
  return property;
}
constexpr Allowed consumer(Allowed property) { return of(Whose::consumer, property); }
constexpr Allowed producer(Allowed property) { return of(Whose::producer, property); }

constexpr int64_t kHour = 3'600'000, kDay = 86'400'000, kInt = 2'147'483'647;

// Ranges as in librdkafka's CONFIGURATION.md.
constexpr Allowed kAllowed[] = {
    // who we are
    {"client.id"},
    {"client.rack"},
    consumer({"group.id"}),
    // where reading begins without a position; the host's own, librdkafka is always told `error`
    consumer({"auto.offset.reset", Form::words, 0, 0, "earliest|latest|none"}),
    consumer({"isolation.level", Form::words, 0, 0, "read_committed|read_uncommitted"}),
    consumer({"check.crcs", Form::boolean}),
    // group membership
    consumer({"session.timeout.ms", Form::number, 1, kHour}),
    consumer({"heartbeat.interval.ms", Form::number, 1, kHour}),
    consumer({"max.poll.interval.ms", Form::number, 1, kDay}),
    consumer({"coordinator.query.interval.ms", Form::number, 1, kHour}),
    consumer({"partition.assignment.strategy", Form::words, 0, 0, "cooperative-sticky"}),
    // fetching
    consumer({"fetch.min.bytes", Form::number, 1, 100'000'000}),
    consumer({"fetch.wait.max.ms", Form::number, 0, 300'000}),
    consumer({"fetch.max.bytes", Form::number, 0, 2'147'483'135}),
    consumer({"fetch.message.max.bytes", Form::number, 1, 1'000'000'000}),
    consumer({"max.partition.fetch.bytes", Form::number, 1, 1'000'000'000}),
    consumer({"fetch.error.backoff.ms", Form::number, 0, 300'000}),
    consumer({"fetch.queue.backoff.ms", Form::number, 0, 300'000}),
    consumer({"queued.min.messages", Form::number, 1, 10'000'000}),
    consumer({"queued.max.messages.kbytes", Form::number, 1, 2'097'151}),
    {"receive.message.max.bytes", Form::number, 1000, kInt},
    {"message.max.bytes", Form::number, 1000, 1'000'000'000},
    // writing
    producer({"compression.type", Form::words, 0, 0, "none|gzip|snappy|lz4|zstd"}),
    producer({"compression.codec", Form::words, 0, 0, "none|gzip|snappy|lz4|zstd"}),
    producer({"compression.level", Form::number, -1, 12}),
    producer({"linger.ms", Form::number, 0, 5000}),
    producer({"batch.size", Form::number, 1, kInt}),
    producer({"batch.num.messages", Form::number, 1, 1'000'000}),
    producer({"queue.buffering.max.messages", Form::number, 1, kInt}),
    producer({"queue.buffering.max.kbytes", Form::number, 1, kInt}),
    // connections
    {"socket.timeout.ms", Form::number, 10, 300'000},
    {"socket.send.buffer.bytes", Form::number, 0, 100'000'000},
    {"socket.receive.buffer.bytes", Form::number, 0, 100'000'000},
    {"socket.keepalive.enable", Form::boolean},
    {"socket.nagle.disable", Form::boolean},
    {"socket.max.fails", Form::number, 0, 1'000'000},
    {"socket.connection.setup.timeout.ms", Form::number, 1000, kInt},
    {"connections.max.idle.ms", Form::number, 0, kInt},
    {"reconnect.backoff.ms", Form::number, 0, kHour},
    {"reconnect.backoff.max.ms", Form::number, 0, kHour},
    {"retry.backoff.ms", Form::number, 1, 300'000},
    {"retry.backoff.max.ms", Form::number, 1, 300'000},
    {"max.in.flight.requests.per.connection", Form::number, 1, 1'000'000},
    {"max.in.flight", Form::number, 1, 1'000'000},
    {"broker.address.ttl", Form::number, 0, kDay},
    {"broker.address.family", Form::words, 0, 0, "any|v4|v6"},
    {"client.dns.lookup", Form::words, 0, 0, "use_all_dns_ips|resolve_canonical_bootstrap_servers_only"},
    {"api.version.request.timeout.ms", Form::number, 1, 300'000},
    {"log.connection.close", Form::boolean},
    {"enable.metrics.push", Form::boolean},
    // metadata
    {"metadata.max.age.ms", Form::number, 1, kDay},
    {"metadata.recovery.strategy", Form::words, 0, 0, "none|rebootstrap"},
    {"metadata.recovery.rebootstrap.trigger.ms", Form::number, 0, kInt},
    {"topic.metadata.refresh.interval.ms", Form::number, -1, kHour},
    {"topic.metadata.refresh.fast.interval.ms", Form::number, 1, 60'000},
    {"topic.metadata.refresh.sparse", Form::boolean},
    {"topic.metadata.propagation.max.ms", Form::number, 0, kHour},
    // encryption and authentication
    {"security.protocol", Form::words, 0, 0, "plaintext|ssl|sasl_plaintext|sasl_ssl"},
    {"sasl.mechanisms", Form::words, 0, 0, "PLAIN|SCRAM-SHA-256|SCRAM-SHA-512|GSSAPI"},
    {"sasl.mechanism", Form::words, 0, 0, "PLAIN|SCRAM-SHA-256|SCRAM-SHA-512|GSSAPI"},
    {"sasl.username"},
    {"sasl.password"},
    {"ssl.ca.pem"},
    {"ssl.certificate.pem"},
    {"ssl.key.pem"},
    {"ssl.key.password"},
    {"ssl.cipher.suites"},
    {"ssl.curves.list"},
    {"ssl.sigalgs.list"},
    // these read files, name a Kerberos identity or weaken TLS
    {"ssl.ca.location", Form::text, 0, 0, "", Where::host_only},
    {"ssl.certificate.location", Form::text, 0, 0, "", Where::host_only},
    {"ssl.key.location", Form::text, 0, 0, "", Where::host_only},
    {"ssl.crl.location", Form::text, 0, 0, "", Where::host_only},
    {"ssl.keystore.location", Form::text, 0, 0, "", Where::host_only},
    {"ssl.keystore.password", Form::text, 0, 0, "", Where::host_only},
    {"sasl.kerberos.service.name", Form::text, 0, 0, "", Where::host_only},
    {"ssl.endpoint.identification.algorithm", Form::words, 0, 0, "https|none", Where::host_only},
    {"enable.ssl.certificate.verification", Form::boolean, 0, 0, "", Where::host_only},
};

// Java's name -> librdkafka's, where the meaning is the same.
constexpr struct { const char* java; const char* ours; } kSynonyms[] = {
    {"fetch.max.wait.ms", "fetch.wait.max.ms"},
    {"request.timeout.ms", "socket.timeout.ms"},
    {"send.buffer.bytes", "socket.send.buffer.bytes"},
    {"receive.buffer.bytes", "socket.receive.buffer.bytes"},
    {"max.request.size", "message.max.bytes"},
};

// Why a name is not on the list. A pattern that ends in * is a beginning, one that begins with * an end.
struct Denied {
  const char* reason;
  std::initializer_list<const char*> names;
};
const Denied kDenied[] = {
    {"it loads code into the process",
     {"plugin.library.paths", "interceptors", "ssl.providers", "ssl.engine.*", "ssl_engine_callback_data", "interceptor.classes",
      "metric.reporters"}},
    {"it becomes part of a shell command", {"sasl.kerberos.*"}},
    {"it replaces the brokers by a mock", {"test.mock.*"}},
    {"it writes secrets and records to the log", {"debug"}},
    {"sluice sets it, and exactly-once delivery depends on it",
     {"enable.auto.commit", "auto.commit.enable", "auto.commit.interval.ms", "enable.auto.offset.store", "offset.store.*",
      "group.protocol", "group.protocol.type", "group.remote.assignor", "group.instance.id", "enable.partition.eof",
      "allow.auto.create.topics", "exclude.internal.topics"}},
    {"all connectors of a host read from kafka.bootstrap.servers of the host file", {"bootstrap.servers", "metadata.broker.list"}},
    {"write topics or topics.regex", {"topic.blacklist"}},
    {"sluice sets it", {"statistics.interval.ms", "log.queue", "log_level", "log.thread.name", "enabled_events",
                        "internal.termination.signal", "enable.random.seed", "key.deserializer", "value.deserializer"}},
    {"it is a function of the client library, not a setting",
     {"*_cb", "opaque", "default_topic_conf", "ssl_key", "ssl_certificate", "ssl_ca", "msg_order_cmp"}},
    {"sluice sets it, so that no dead letter is lost and each is waited for",
     {"transactional.id", "transaction.timeout.ms", "enable.idempotence", "enable.gapless.guarantee", "queue.buffering.*",
      "message.send.max.retries", "retries", "delivery.*", "sticky.partitioning.linger.ms", "acks", "request.required.acks",
      "message.timeout.ms", "message.copy.max.bytes", "queuing.strategy", "produce.offset.report", "partitioner", "partitioner.*",
      "key.serializer", "value.serializer", "max.block.ms", "buffer.memory"}},
    {"this version cannot authenticate by OAUTHBEARER; use PLAIN, SCRAM or certificates",
     {"sasl.oauthbearer.*", "enable.sasl.oauthbearer.*", "https.ca.*", "sasl.login.*", "sasl.client.callback.handler.class"}},
    {"it is a Java login module; write sasl.username and sasl.password instead", {"sasl.jaas.config"}},
    {"it names a Java key store; write ssl.ca.pem, ssl.certificate.pem and ssl.key.pem, or in the host file ssl.ca.location and so on",
     {"ssl.truststore.*", "ssl.keystore.*", "ssl.enabled.protocols", "ssl.protocol", "ssl.provider", "ssl.keymanager.algorithm",
      "ssl.trustmanager.algorithm", "ssl.secure.random.implementation", "ssl.engine.factory.class"}},
    {"write batch.max.records, a setting of the connector", {"max.poll.records"}},
    {"the Kafka client of sluice has no such timeout; remove it", {"default.api.timeout.ms"}},
    {"it has no effect any more, or none on this system; remove it",
     {"builtin.features", "topic.metadata.refresh.fast.cnt", "socket.blocking.max.ms", "reconnect.backoff.jitter.ms",
      "api.version.request", "api.version.fallback.ms", "broker.version.fallback", "ssl.ca.certificate.stores",
      "consume.callback.max.messages"}},
};

bool matches(std::string_view name, std::string_view pattern) {
  if (pattern.starts_with('*')) return name.ends_with(pattern.substr(1));
  if (pattern.ends_with('*')) return name.starts_with(pattern.substr(0, pattern.size() - 1));
  return name == pattern;
}

const Allowed* find_allowed(std::string_view name) {
  const auto found = std::ranges::find_if(kAllowed, [&](const Allowed& allowed) { return name == allowed.name; });
  return found == std::end(kAllowed) ? nullptr : found;
}

const char* reason_of_denial(std::string_view name) {
  for (const Denied& denied : kDenied)
    for (const char* pattern : denied.names)
      if (matches(name, pattern)) return denied.reason;
  return nullptr;
}

bool serves(const Allowed& property, PropertyScope scope) {
  switch (property.whose) {
    case Whose::every: return true;
    case Whose::consumer: return scope == PropertyScope::consumer || scope == PropertyScope::host_file;
    case Whose::producer: return scope == PropertyScope::producer;
  }
  return false;
}

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

// The value as librdkafka wants it, or a reason.
std::variant<std::string, std::string> check_value(const Allowed& property, std::string_view value) {
  using Good = std::in_place_index_t<0>;
  using Bad = std::in_place_index_t<1>;
  using Result = std::variant<std::string, std::string>;
  const std::string_view bare = trim(value);
  switch (property.form) {
    case Form::text:
      return Result(Good{}, value);
    case Form::boolean:
      if (const auto flag = parse_bool(bare)) return Result(Good{}, *flag ? "true" : "false");
      return Result(Bad{}, "Expected value to be either true or false");
    case Form::number:
      if (const auto number = parse_int(bare); number && *number >= property.min && *number <= property.max)
        return Result(Good{}, std::to_string(*number));
      return Result(Bad{}, fmt::format("Value must be a whole number from {} to {}", property.min, property.max));
    case Form::words:
      break;
  }
  std::string names;
  for (std::string_view words = property.words; !words.empty();) {
    const std::string_view word = words.substr(0, words.find('|'));
    if (equal_ignoring_case(word, bare)) return Result(Good{}, word);
    names += (names.empty() ? "" : ", ") + std::string(word);
    words.remove_prefix(std::min(words.size(), word.size() + 1));
  }
  return Result(Bad{}, fmt::format("String must be one of: {}", names));
}

// Java's spellings of values that mean the same.
std::string_view translate_value(std::string_view name, std::string_view value) {
  if (name == "ssl.endpoint.identification.algorithm" && trim(value).empty()) return "none";
  // Java's is a list of what a member can do; it is enough that this is among it.
  if (name == "partition.assignment.strategy")
    for (const std::string& word : split_list(value))
      if (word == "cooperative-sticky" || word == "org.apache.kafka.clients.consumer.CooperativeStickyAssignor") return "cooperative-sticky";
  return value;
}

}  // namespace

std::variant<ClientProperty, PropertyRefused> check_client_property(std::string_view name, std::string_view value,
                                                                    PropertyScope scope, bool kafka_tls_may_be_off) {
  for (const auto& synonym : kSynonyms)
    if (name == synonym.java) name = synonym.ours;
  const Allowed* allowed = find_allowed(name);
  if (!allowed) {
    const char* reason = reason_of_denial(name);
    return PropertyRefused{reason ? reason : "it is not on the list of client properties that may be set"};
  }
  if (!serves(*allowed, scope))
    return PropertyRefused{allowed->whose == Whose::producer
                               ? fmt::format("it concerns the producer of dead letters; write producer.override.{} in the connector", name)
                               : fmt::format("it concerns the consumer; write consumer.override.{} in the connector", name)};
  if (allowed->where == Where::host_only && scope != PropertyScope::host_file)
    return PropertyRefused{fmt::format("it may be set in the host file only, as kafka.{}", name)};

  auto checked = check_value(*allowed, translate_value(name, value));
  if (checked.index() == 1) return PropertyRefused{std::get<1>(std::move(checked)), true};
  ClientProperty property{std::string(name), std::get<0>(std::move(checked))};
  const bool tls_off = (name == "ssl.endpoint.identification.algorithm" && property.value == "none") ||
                       (name == "enable.ssl.certificate.verification" && property.value == "false");
  if (tls_off && !kafka_tls_may_be_off)
    return PropertyRefused{"it leaves open which broker answers; keep the check on, or list kafka-tls under insecure in the host file"};
  return property;
}

std::vector<std::string> client_property_names(PropertyScope scope) {
  std::vector<std::string> names;
  for (const Allowed& allowed : kAllowed)
    if (serves(allowed, scope) && (scope == PropertyScope::host_file || allowed.where == Where::both)) names.emplace_back(allowed.name);
  std::ranges::sort(names);
  return names;
}

std::map<std::string, std::string> properties_for(PropertyScope scope, const std::map<std::string, std::string>& host_file) {
  std::map<std::string, std::string> found;
  for (const auto& [name, value] : host_file)
    if (const Allowed* allowed = find_allowed(name); allowed && serves(*allowed, scope)) found.emplace(name, value);
  return found;
}

bool is_classified(std::string_view name) {
  const auto is_name = [&](const auto& synonym) { return name == synonym.java; };
  return find_allowed(name) || reason_of_denial(name) || std::ranges::any_of(kSynonyms, is_name);
}

bool names_a_secret(std::string_view key) {
  std::string lower(key);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower.ends_with("password") || lower.ends_with("secret") || lower.ends_with("token") || lower.find("jaas") != lower.npos ||
         lower.ends_with("ssl.key.pem") || lower.ends_with("ssl.keystore.key");
}

}  // namespace sluice
