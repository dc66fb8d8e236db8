#include <doctest/doctest.h>

#include <map>

#include "config/client_properties.h"

using namespace sluice;

namespace {

// Every property of librdkafka 2.14.2's CONFIGURATION.md.
constexpr const char* kAll[] = {
    "acks", "allow.auto.create.topics", "api.version.fallback.ms", "api.version.request", "api.version.request.timeout.ms",
    "auto.commit.enable", "auto.commit.interval.ms", "auto.offset.reset", "background_event_cb", "batch.num.messages",
    "batch.size", "bootstrap.servers", "broker.address.family", "broker.address.ttl", "broker.version.fallback",
    "builtin.features", "check.crcs", "client.dns.lookup", "client.id", "client.rack",
    "closesocket_cb", "compression.codec", "compression.level", "compression.type", "connect_cb",
    "connections.max.idle.ms", "consume.callback.max.messages", "consume_cb", "coordinator.query.interval.ms", "debug",
    "default_topic_conf", "delivery.report.only.error", "delivery.timeout.ms", "dr_cb", "dr_msg_cb",
    "enable.auto.commit", "enable.auto.offset.store", "enable.gapless.guarantee", "enable.idempotence", "enable.metrics.push",
    "enable.partition.eof", "enable.random.seed", "enable.sasl.oauthbearer.unsecure.jwt", "enable.ssl.certificate.verification", "enabled_events",
    "error_cb", "fetch.error.backoff.ms", "fetch.max.bytes", "fetch.message.max.bytes", "fetch.min.bytes",
    "fetch.queue.backoff.ms", "fetch.wait.max.ms", "group.id", "group.instance.id", "group.protocol",
    "group.protocol.type", "group.remote.assignor", "heartbeat.interval.ms", "https.ca.location", "https.ca.pem",
    "interceptors", "internal.termination.signal", "isolation.level", "linger.ms", "log.connection.close",
    "log.queue", "log.thread.name", "log_cb", "log_level", "max.in.flight",
    "max.in.flight.requests.per.connection", "max.partition.fetch.bytes", "max.poll.interval.ms", "message.copy.max.bytes", "message.max.bytes",
    "message.send.max.retries", "message.timeout.ms", "metadata.broker.list", "metadata.max.age.ms", "metadata.recovery.rebootstrap.trigger.ms",
    "metadata.recovery.strategy", "msg_order_cmp", "oauthbearer_token_refresh_cb", "offset.store.method", "offset.store.path",
    "offset.store.sync.interval.ms", "offset_commit_cb", "opaque", "open_cb", "partition.assignment.strategy",
    "partitioner", "partitioner_cb", "plugin.library.paths", "produce.offset.report", "queue.buffering.backpressure.threshold",
    "queue.buffering.max.kbytes", "queue.buffering.max.messages", "queue.buffering.max.ms", "queued.max.messages.kbytes", "queued.min.messages",
    "queuing.strategy", "rebalance_cb", "receive.message.max.bytes", "reconnect.backoff.jitter.ms", "reconnect.backoff.max.ms",
    "reconnect.backoff.ms", "request.required.acks", "request.timeout.ms", "resolve_cb", "retries",
    "retry.backoff.max.ms", "retry.backoff.ms", "sasl.kerberos.keytab", "sasl.kerberos.kinit.cmd", "sasl.kerberos.min.time.before.relogin",
    "sasl.kerberos.principal", "sasl.kerberos.service.name", "sasl.mechanism", "sasl.mechanisms", "sasl.oauthbearer.assertion.algorithm",
    "sasl.oauthbearer.assertion.claim.aud", "sasl.oauthbearer.assertion.claim.exp.seconds", "sasl.oauthbearer.assertion.claim.iss", "sasl.oauthbearer.assertion.claim.jti.include", "sasl.oauthbearer.assertion.claim.nbf.seconds",
    "sasl.oauthbearer.assertion.claim.sub", "sasl.oauthbearer.assertion.file", "sasl.oauthbearer.assertion.jwt.template.file", "sasl.oauthbearer.assertion.private.key.file", "sasl.oauthbearer.assertion.private.key.passphrase",
    "sasl.oauthbearer.assertion.private.key.pem", "sasl.oauthbearer.client.credentials.client.id", "sasl.oauthbearer.client.credentials.client.secret", "sasl.oauthbearer.client.id", "sasl.oauthbearer.client.secret",
    "sasl.oauthbearer.config", "sasl.oauthbearer.extensions", "sasl.oauthbearer.grant.type", "sasl.oauthbearer.metadata.authentication.type", "sasl.oauthbearer.method",
    "sasl.oauthbearer.scope", "sasl.oauthbearer.sub.claim.name", "sasl.oauthbearer.token.endpoint.url", "sasl.password", "sasl.username",
    "security.protocol", "session.timeout.ms", "socket.blocking.max.ms", "socket.connection.setup.timeout.ms", "socket.keepalive.enable",
    "socket.max.fails", "socket.nagle.disable", "socket.receive.buffer.bytes", "socket.send.buffer.bytes", "socket.timeout.ms",
    "socket_cb", "ssl.ca.certificate.stores", "ssl.ca.location", "ssl.ca.pem", "ssl.certificate.location",
    "ssl.certificate.pem", "ssl.certificate.verify_cb", "ssl.cipher.suites", "ssl.crl.location", "ssl.curves.list",
    "ssl.endpoint.identification.algorithm", "ssl.engine.id", "ssl.engine.location", "ssl.key.location", "ssl.key.password",
    "ssl.key.pem", "ssl.keystore.location", "ssl.keystore.password", "ssl.providers", "ssl.sigalgs.list",
    "ssl_ca", "ssl_certificate", "ssl_engine_callback_data", "ssl_key", "statistics.interval.ms",
    "stats_cb", "sticky.partitioning.linger.ms", "throttle_cb", "topic.blacklist", "topic.metadata.propagation.max.ms",
    "topic.metadata.refresh.fast.cnt", "topic.metadata.refresh.fast.interval.ms", "topic.metadata.refresh.interval.ms", "topic.metadata.refresh.sparse", "transaction.timeout.ms",
    "transactional.id",
};

std::string outcome(std::string_view name, std::string_view value, PropertyScope scope, bool tls_may_be_off = false) {
  const auto checked = check_client_property(name, value, scope, tls_may_be_off);
  if (const auto* refused = std::get_if<PropertyRefused>(&checked)) return (refused->bad_value ? "value: " : "! ") + refused->reason;
  const auto& property = std::get<ClientProperty>(checked);
  return property.name + "=" + property.value;
}

}  // namespace

TEST_CASE("client properties: every property of librdkafka is classified") {
  for (const std::string name : kAll) {
    CAPTURE(name);
    CHECK(is_classified(name));
  }
  CHECK(!is_classified("no.such.property"));
}

TEST_CASE("client properties: what loads code, runs commands, reads files or undoes delivery is refused to connectors") {
  for (const char* name :
       {"plugin.library.paths", "interceptors", "ssl.engine.location", "ssl.engine.id", "ssl.providers", "sasl.kerberos.kinit.cmd",
        "sasl.kerberos.principal", "sasl.kerberos.keytab", "sasl.oauthbearer.token.endpoint.url", "test.mock.num.brokers", "debug",
        "ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.keystore.location", "ssl.crl.location",
        "https.ca.location", "sasl.oauthbearer.assertion.file", "offset.store.path", "enable.auto.commit", "enable.auto.offset.store",
        "group.protocol", "group.instance.id", "enable.partition.eof", "allow.auto.create.topics", "bootstrap.servers",
        "metadata.broker.list", "ssl.endpoint.identification.algorithm", "enable.ssl.certificate.verification", "open_cb", "opaque",
        "sasl.jaas.config", "ssl.truststore.location", "no.such.property", "", "*", "Client.Id"}) {
    CAPTURE(std::string(name));
    CHECK(outcome(name, "true", PropertyScope::consumer).starts_with("! "));
  }
}

TEST_CASE("client properties: allowed ones are typed and translated") {
  struct Case { std::string name; std::string value; std::string result; };
  const Case cases[] = {
      {"client.id", "a b", "client.id=a b"},
      {"group.id", "g", "group.id=g"},
      {"auto.offset.reset", "Latest", "auto.offset.reset=latest"},
      {"auto.offset.reset", "error", "value: String must be one of: earliest, latest, none"},
      {"isolation.level", "read_uncommitted", "isolation.level=read_uncommitted"},
      {"fetch.min.bytes", " 10 ", "fetch.min.bytes=10"},
      {"fetch.min.bytes", "0", "value: Value must be a whole number from 1 to 100000000"},
      {"fetch.min.bytes", "many", "value: Value must be a whole number from 1 to 100000000"},
      {"fetch.max.wait.ms", "100", "fetch.wait.max.ms=100"},
      {"request.timeout.ms", "30000", "socket.timeout.ms=30000"},
      {"security.protocol", "SASL_SSL", "security.protocol=sasl_ssl"},
      {"sasl.mechanism", "scram-sha-512", "sasl.mechanism=SCRAM-SHA-512"},
      {"sasl.mechanism", "OAUTHBEARER", "value: String must be one of: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, GSSAPI"},
      {"check.crcs", "TRUE", "check.crcs=true"},
      {"check.crcs", "1", "value: Expected value to be either true or false"},
      {"partition.assignment.strategy", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor", "partition.assignment.strategy=cooperative-sticky"},
      {"partition.assignment.strategy", "range", "value: String must be one of: cooperative-sticky"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CAPTURE(c.value);
    CHECK(outcome(c.name, c.value, PropertyScope::consumer) == c.result);
  }
}

TEST_CASE("client properties: a broker's certificate is checked unless the host file lists kafka-tls") {
  const auto host = PropertyScope::host_file;
  CHECK(outcome("ssl.endpoint.identification.algorithm", "https", host) == "ssl.endpoint.identification.algorithm=https");
  for (const char* off : {"none", ""}) CHECK(outcome("ssl.endpoint.identification.algorithm", off, host).starts_with("! it leaves open"));
  CHECK(outcome("enable.ssl.certificate.verification", "false", host).starts_with("! it leaves open"));
  CHECK(outcome("enable.ssl.certificate.verification", "false", host, true) == "enable.ssl.certificate.verification=false");
  CHECK(outcome("ssl.ca.location", "/etc/ca.pem", host) == "ssl.ca.location=/etc/ca.pem");
}

TEST_CASE("client properties: secrets are known by their names") {
  for (const char* name : {"sasl.password", "ssl.key.password", "connection.PASSWORD", "client.secret", "sasl.jaas.config", "api.token", "ssl.key.pem"})
    CHECK(names_a_secret(name));
  for (const char* name : {"sasl.username", "passwords.file", "tokens"}) CHECK(!names_a_secret(name));
}

TEST_CASE("client properties: each client takes what concerns it, and nothing that loses a dead letter") {
  struct Case { const char* name; const char* value; PropertyScope scope; const char* result; };
  const Case cases[] = {
      {"compression.type", "zstd", PropertyScope::producer, "compression.type=zstd"},
      {"max.request.size", "5000000", PropertyScope::producer, "message.max.bytes=5000000"},
      {"sasl.username", "u", PropertyScope::producer, "sasl.username=u"},
      {"sasl.username", "u", PropertyScope::admin, "sasl.username=u"},
      {"acks", "1", PropertyScope::producer, "! sluice sets it, so that no dead letter is lost and each is waited for"},
      {"enable.idempotence", "false", PropertyScope::producer, "! sluice sets it, so that no dead letter is lost and each is waited for"},
      {"group.id", "g", PropertyScope::producer, "! it concerns the consumer; write consumer.override.group.id in the connector"},
      {"compression.type", "zstd", PropertyScope::consumer, "! it concerns the producer of dead letters; write producer.override.compression.type in the connector"},
      {"compression.type", "zstd", PropertyScope::host_file, "! it concerns the producer of dead letters; write producer.override.compression.type in the connector"},
      {"compression.type", "zstd", PropertyScope::admin, "! it concerns the producer of dead letters; write producer.override.compression.type in the connector"},
      {"ssl.ca.location", "/ca", PropertyScope::producer, "! it may be set in the host file only, as kafka.ssl.ca.location"},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.name));
    CHECK(outcome(c.name, c.value, c.scope) == c.result);
  }
}

TEST_CASE("client properties: of the host file's, the clients for dead letters get those that concern every client") {
  const std::map<std::string, std::string> host_file = {{"security.protocol", "ssl"}, {"ssl.ca.location", "/ca"}, {"fetch.min.bytes", "1"}};
  const std::map<std::string, std::string> shared = {{"security.protocol", "ssl"}, {"ssl.ca.location", "/ca"}};
  CHECK(properties_for(PropertyScope::producer, host_file) == shared);
  CHECK(properties_for(PropertyScope::admin, host_file) == shared);
}
