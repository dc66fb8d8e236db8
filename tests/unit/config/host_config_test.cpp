#include <doctest/doctest.h>

#include "config/fixture.h"
#include "config/host_config.h"

using namespace sluice;

namespace {

constexpr const char* kLeast = "kafka.bootstrap.servers: b:1\nplugin.path: plugins\nconnectors.dir: c\n";

struct Loaded {
  TempFolder folder;
  Problems problems;
  HostConfig config;
  explicit Loaded(const std::string& yaml) : config(load_host_config(folder.write("etc/sluice.yaml", yaml), problems)) {}
};

}  // namespace

TEST_CASE("host file: the least that it needs, and the defaults") {
  const Loaded l(kLeast);
  CHECK(lines_of(l.problems) == "");
  CHECK(l.config.kafka_bootstrap_servers == "b:1");
  CHECK(l.config.plugin_path == std::vector{l.folder.path() / "etc/plugins"});
  CHECK(l.config.connectors_dir == l.folder.path() / "etc/c");
  CHECK(l.config.state_dir == l.folder.path() / "etc/state");
  CHECK(l.config.rest_host == "127.0.0.1");
  CHECK(l.config.rest_port == 8083);
  CHECK(l.config.worker_id == "");
  CHECK(l.config.log_level == "info");
  CHECK(l.config.log_format == LogFormat::text);
  CHECK(l.config.secrets_env_allow == "SLUICE_[A-Z0-9_]+");
}

TEST_CASE("host file: all of it, with variables of any name") {
  const Variable port("MY_PORT", "9999"), password("MY_PASSWORD", "s3cret");
  const Loaded l(
      "kafka:\n  bootstrap.servers: [b:1, b:2]\n  security.protocol: SASL_SSL\n  sasl.mechanism: PLAIN\n  sasl.username: u\n"
      "  sasl.password: ${env:MY_PASSWORD}\n  ssl.ca.location: /etc/ca.pem\n"
      "plugin.path: [../build/plugins, /opt/plugins]\nconnectors.dir: /var/c\nstate.dir: ../state\nrest.listen: \"[::1]:${env:MY_PORT}\"\n"
      "rest.mask.secrets: true\nrest.tls: {certificate: cert.pem, key: /k.pem, client.ca: ca.pem}\nrest.auth: {basic.file: users, bearer.file: tokens, clients: [admin:ops, 'read:urn:a']}\n"
      "rest.hosts: [a.example, b.example]\nworker.id: w-1\nlog: {level: debug, format: json}\nsecrets:\n  paths: [/run/secrets]\n  env.allow: DB_.*\n"
      "insecure: [plugin-folder]\n");
  CHECK(lines_of(l.problems) == "");
  CHECK(l.config.kafka_bootstrap_servers == "b:1,b:2");
  CHECK(l.config.kafka_properties == std::map<std::string, std::string>{{"security.protocol", "sasl_ssl"}, {"sasl.mechanism", "PLAIN"},
        {"sasl.username", "u"}, {"sasl.password", "s3cret"}, {"ssl.ca.location", "/etc/ca.pem"}});
  CHECK(l.config.plugin_path == std::vector<std::filesystem::path>{l.folder.path() / "build/plugins", "/opt/plugins"});
  CHECK(l.config.connectors_dir == "/var/c");
  CHECK(l.config.state_dir == l.folder.path() / "state");
  CHECK(l.config.rest_host == "::1");
  CHECK(l.config.rest_port == 9999);
  CHECK(l.config.worker_id == "w-1");
  const RestAccess& access = l.config.rest_access;
  CHECK(access.certificate == l.folder.path() / "etc/cert.pem");
  CHECK(access.key == "/k.pem");
  CHECK(access.client_ca == l.folder.path() / "etc/ca.pem");
  CHECK(access.basic_file == l.folder.path() / "etc/users");
  CHECK(access.bearer_file == l.folder.path() / "etc/tokens");
  CHECK(access.clients == std::map<std::string, Role>{{"ops", Role::admin}, {"urn:a", Role::read}});
  CHECK(access.hosts == std::vector<std::string>{"a.example", "b.example"});
  CHECK(access.mask_secrets);
  CHECK(l.config.log_level == "debug");
  CHECK(l.config.log_format == LogFormat::json);
  CHECK(l.config.secrets_paths == std::vector<std::filesystem::path>{"/run/secrets"});
  CHECK(l.config.secrets_env_allow == "DB_.*");
  CHECK(l.config.insecure == std::vector<std::string>{"plugin-folder"});
}

TEST_CASE("host file: a mistake is one sentence with its line") {
  const std::string listen_form = " for configuration rest.listen: write ADDRESS:PORT, such as 127.0.0.1:8083; port 0 takes any free one";
  const std::string no_tls = "no TLS (write rest.tls.certificate and rest.tls.key)",
                    no_login = "no authentication (write rest.auth.basic.file, rest.auth.bearer.file, or rest.tls.client.ca and rest.auth.clients)";
  const auto reachable = [](const std::string& lacking) {
    return " for configuration rest.listen: other machines could reach it, and it has " + lacking +
           "; or write 127.0.0.1 as the address, or list rest under insecure if everybody in that network may read and control the connectors";
  };
  struct Case { std::string name; std::string yaml; std::string problem; };
  const Case cases[] = {
      {"typing error", "rest.lisen: x", "4: unknown setting \"rest.lisen\"; did you mean \"rest.listen\"?"},
      {"nested typing error", "log:\n  levl: info", "5: unknown setting \"log.levl\"; did you mean \"log.level\"?"},
      {"unknown", "colour: x", "4: unknown setting \"colour\"; the host file takes kafka.bootstrap.servers, plugin.path, plugin.hosts, connectors.dir, state.dir, "
                               "rest.listen, rest.hosts, rest.tls.certificate, rest.tls.key, rest.tls.client.ca, rest.auth.basic.file, rest.auth.bearer.file, "
                               "rest.auth.clients, rest.mask.secrets, worker.id, log.level, log.format, secrets.paths, secrets.env.allow, insecure and kafka.*"},
      {"variable that is not set", "worker.id: ${env:SLUICE_NOT_SET}", "4: worker.id: ${env:SLUICE_NOT_SET}: the environment variable SLUICE_NOT_SET is not set; set it before sluice starts"},
      {"default in a reference", "worker.id: ${env:HOME:-x}", "4: worker.id: ${env:HOME:-x}: this is not the name of an environment variable; write ${env:NAME}, there are no default values"},
      {"file reference", "worker.id: ${file:/a:b}", "4: worker.id: ${file:/a:b}: the host file takes only ${env:NAME}"},
      {"log level", "log.level: INFO", "4: Invalid value INFO for configuration log.level: String must be one of: trace, debug, info, warn, error, off"},
      {"log format", "log.format: xml", "4: Invalid value xml for configuration log.format: String must be one of: text, json"},
      {"no port", "rest.listen: 127.0.0.1", "4: Invalid value 127.0.0.1" + listen_form},
      {"no address", "rest.listen: ':8083'", "4: Invalid value :8083" + listen_form},
      {"port too large", "rest.listen: 127.0.0.1:65536", "4: Invalid value 127.0.0.1:65536" + listen_form},
      {"IPv6 without brackets", "rest.listen: '::1:8083'", "4: Invalid value ::1:8083" + listen_form},
      {"reachable", "rest.listen: 0.0.0.0:8083", "4: Invalid value 0.0.0.0:8083" + reachable(no_tls + " and " + no_login)},
      {"name that looks local", "rest.listen: 127.0.0.1.evil.org:80", "4: Invalid value 127.0.0.1.evil.org:80" + reachable(no_tls + " and " + no_login)},
      {"reachable on purpose", "rest.listen: 0.0.0.0:8083\ninsecure: [rest]", ""},
      {"insecure", "insecure: [everything]", "4: Invalid value everything for configuration insecure: \"everything\" is not known; known entries are rest, plugin-folder, kafka-tls, postgres-tls"},
      {"no TLS", "rest.listen: 0.0.0.0:8083\nrest.auth.bearer.file: t", "4: Invalid value 0.0.0.0:8083" + reachable(no_tls)},
      {"no login", "rest.listen: '[::]:8083'\nrest.tls: {certificate: c, key: k}", "4: Invalid value [::]:8083" + reachable(no_login)},
      {"both", "rest.listen: 0.0.0.0:8083\nrest.tls: {certificate: c, key: k}\nrest.auth.basic.file: u", ""},
      {"certificates as login", "rest.listen: 0.0.0.0:8083\nrest.tls: {certificate: c, key: k, client.ca: a}\nrest.auth.clients: [admin:ops]", ""},
      {"half of TLS on purpose", "rest.listen: 0.0.0.0:8083\nrest.tls: {certificate: c, key: k}\ninsecure: [rest]", ""},
      {"no key", "rest.tls.certificate: x", "4: rest.tls.certificate is set without rest.tls.key; write both, as paths of PEM files"},
      {"no certificate", "rest.tls.key: x", "4: rest.tls.key is set without rest.tls.certificate; write both, as paths of PEM files"},
      {"certificates without TLS", "rest.tls.client.ca: x\nrest.auth.clients: [read:a]", "4: rest.tls.client.ca: client certificates need TLS; write rest.tls.certificate and rest.tls.key, too"},
      {"certificates for nobody", "rest.tls: {certificate: c, key: k, client.ca: a}", "4: rest.tls.client.ca: no client certificate has a role; list them in rest.auth.clients as ROLE:NAME"},
      {"clients of no authority", "rest.auth.clients: [read:a]", "4: rest.auth.clients: whose signature counts? Write the CA's certificate as rest.tls.client.ca"},
      {"client without role", "rest.tls: {certificate: c, key: k, client.ca: a}\nrest.auth.clients: [ops]", "5: Invalid value ops for configuration rest.auth.clients: \"ops\" has to be ROLE:NAME, with the role read or admin and a name in the client's certificate, such as admin:ops-laptop"},
      {"client twice", "rest.tls: {certificate: c, key: k, client.ca: a}\nrest.auth.clients: [read:ops, admin:ops]", "5: Invalid value read:ops,admin:ops for configuration rest.auth.clients: \"ops\" is listed twice; keep one role"},
      {"empty path", "rest.auth.basic.file: ''", "4: rest.auth.basic.file is empty; write the path of a file, or remove the key"},
      {"host with scheme", "rest.hosts: ['https://a.example']", "4: Invalid value https://a.example for configuration rest.hosts: write names without scheme and port, such as sluice.example.org"},
      {"host with port", "rest.hosts: ['a.example:8083']", "4: Invalid value a.example:8083 for configuration rest.hosts: write names without scheme and port, such as sluice.example.org"},
      {"mask", "rest.mask.secrets: yes", "4: Invalid value yes for configuration rest.mask.secrets: Expected value to be either true or false"},
      {"relative secrets", "secrets.paths: secrets", "4: Invalid value secrets for configuration secrets.paths: write the absolute path of a folder that holds only secrets"},
      {"all as secrets", "secrets.paths: [/]", "4: Invalid value / for configuration secrets.paths: write the absolute path of a folder that holds only secrets"},
      {"bad pattern", "secrets.env.allow: '(['", "4: Invalid value ([ for configuration secrets.env.allow: not a regular expression of at most 1000 bytes and without huge numbers; write one such as SLUICE_[A-Z0-9_]+"},
      {"huge number", "secrets.env.allow: 'a\\80000000000000000000'", "4: Invalid value a\\80000000000000000000 for configuration secrets.env.allow: not a regular expression of at most 1000 bytes and without huge numbers; write one such as SLUICE_[A-Z0-9_]+"},
      {"worker id", "worker.id: a b", "4: Invalid value a b for configuration worker.id: write at most 200 characters without blanks, such as HOST:PORT"},
      {"code from a property", "kafka.plugin.library.paths: /tmp/x.so", "4: kafka.plugin.library.paths is refused: it loads code into the process"},
      {"correctness", "kafka.enable.auto.commit: true", "4: kafka.enable.auto.commit is refused: sluice sets it, and exactly-once delivery depends on it"},
      {"a connector's property", "kafka.group.id: g", "4: kafka.group.id is refused: it belongs to one connector; write consumer.override.group.id in its file"},
      {"property misspelt", "kafka.sasl.usrname: u", "4: unknown setting \"kafka.sasl.usrname\"; did you mean \"kafka.sasl.username\"?"},
      {"property unknown", "kafka.x: u", "4: kafka.x is refused: it is not on the list of client properties that may be set"},
      {"property's value", "kafka.session.timeout.ms: long", "4: Invalid value long for configuration kafka.session.timeout.ms: Value must be a whole number from 1 to 3600000"},
      {"TLS off", "kafka.enable.ssl.certificate.verification: false", "4: kafka.enable.ssl.certificate.verification is refused: it leaves open which broker answers; keep the check on, or list kafka-tls under insecure in the host file"},
      {"TLS off on purpose", "kafka.enable.ssl.certificate.verification: false\ninsecure: kafka-tls", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(lines_of(Loaded(kLeast + c.yaml + "\n").problems) == c.problem);
  }
}

TEST_CASE("host file: each required setting is asked for with what it means") {
  CHECK(lines_of(Loaded("log.level: info\n").problems) ==
        "Missing required configuration \"kafka.bootstrap.servers\" which has no default value. Write the brokers as HOST:PORT, separated by commas.\n"
        "Missing required configuration \"plugin.path\" which has no default value. Write the folders that hold the plugins' .so files, as a list.\n"
        "Missing required configuration \"connectors.dir\" which has no default value. Write the folder of the connectors' YAML files.");
  CHECK(lines_of(Loaded("kafka.bootstrap.servers: ''\nplugin.path: []\nconnectors.dir: c\n").problems) ==
        "1: kafka.bootstrap.servers is empty; write the brokers as HOST:PORT, separated by commas\n"
        "2: plugin.path is empty; list the folders that hold the plugins' .so files");
}

TEST_CASE("host file: the one that is shipped works as it is") {
  Problems problems;
  const HostConfig config = load_host_config(SLUICE_SOURCE_DIR "/configs/sluice.yaml", problems);
  CHECK(lines_of(problems) == "");
  CHECK(config.kafka_bootstrap_servers == "127.0.0.1:9092");
  CHECK(config.connectors_dir == SLUICE_SOURCE_DIR "/configs/connectors");
  CHECK(config.plugin_path.front() == SLUICE_SOURCE_DIR "/build/release/plugins");
}
