// The server with TLS, through real sockets: who gets in, and that its limits are the same as in the clear.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <vector>
#include <fmt/format.h>
#include <openssl/ssl.h>
#include "rest/check_access.h"
#include "rest/server.h"
#include "unit/config/fixture.h"
#include "unit/rest/client.h"
#include "unit/rest/certificates.h"
#include "unit/rest/fixture.h"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

const std::string kToken = "0123456789abcdef0123456789abcdef";

// A client that speaks TLS over a Client's socket and believes whatever certificate it is shown.
class TlsClient {
 public:
  explicit TlsClient(uint16_t port, const Issued& own = {}, int version = 0) : caller_(port), context_(SSL_CTX_new(TLS_client_method())) {
    signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to a socket that the server has closed
    // Below what the server takes: this client would go as low as it can.
    SSL_CTX_set_security_level(context_, 0);
    if (version) SSL_CTX_set_max_proto_version(context_, version);
    if (version) SSL_CTX_set_min_proto_version(context_, version);
    if (!own.certificate.empty()) show(own);
    tls_ = SSL_new(context_);
    SSL_set_fd(tls_, caller_.socket());
    connected_ = SSL_connect(tls_) == 1;
  }
  ~TlsClient() {
    SSL_free(tls_);
    SSL_CTX_free(context_);
  }
  TlsClient(const TlsClient&) = delete;

  bool connected() const { return connected_; }
  std::string version() const { return SSL_get_version(tls_); }
  std::string common_name() const {
    char name[100] = {};
    X509* certificate = SSL_get1_peer_certificate(tls_);
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
    X509_free(certificate);
    return name;
  }
  bool send(const std::string& bytes) { return SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size())) > 0; }
  // All that comes until the server ends, and how: "<closed>" where it said so as TLS asks for.
  std::string read_all() {
    for (;;) {
      char buffer[4096];
      const int n = SSL_read(tls_, buffer, sizeof buffer);
      if (n <= 0) return received_ += SSL_get_error(tls_, n) == SSL_ERROR_ZERO_RETURN ? "<closed>" : "<cut off>";
      received_.append(buffer, static_cast<size_t>(n));
    }
  }

 private:
  void show(const Issued& own) {
    const std::string both = own.certificate + own.key;
    BIO* certificate = BIO_new_mem_buf(both.data(), static_cast<int>(both.size()));
    X509* x509 = PEM_read_bio_X509(certificate, nullptr, nullptr, nullptr);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(certificate, nullptr, nullptr, nullptr);
    SSL_CTX_use_certificate(context_, x509);
    SSL_CTX_use_PrivateKey(context_, key);
    X509_free(x509);
    EVP_PKEY_free(key);
    BIO_free(certificate);
  }

  Client caller_;
  SSL_CTX* context_;
  SSL* tls_ = nullptr;
  bool connected_ = false;
  std::string received_;
};

std::string request(const std::string& line, const std::string& headers = "") {
  return line + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
}

struct TlsFixture : RestFixture {
  TempFolder folder;
  Authority authority;
  RestAccess access;
  std::unique_ptr<RestServer> server;

  TlsFixture() {
    access.certificate = folder.path() / "cert.pem";
    access.key = folder.path() / "key.pem";
    give(authority.issue("first", "DNS:sluice.example,DNS:*.wild.example,IP:192.0.2.7"));
  }
  // As certbot does: a new file in the place of the old one.
  void replace(const std::filesystem::path& file, const std::string& text, unsigned mode = 0600) {
    const auto made = folder.write("new", text);
    std::filesystem::permissions(made, static_cast<std::filesystem::perms>(mode));
    std::filesystem::rename(made, file);
  }
  void give(const Issued& issued) {
    replace(access.certificate, issued.certificate, 0644);
    replace(access.key, issued.key);
  }
  void serve(RestLimits limits = {}) {
    server.reset();
    server = std::make_unique<RestServer>("127.0.0.1", 0, limits, access);
    server->start(routes);
  }
  std::string ask(const std::string& bytes, const Issued& own = {}) {
    TlsClient caller(server->port(), own);
    if (!caller.send(bytes)) return "<not sent>";
    return caller.read_all();
  }
  std::string problems() const {
    Problems found;
    check_access(access, found);
    return lines_of(found);
  }
};

}  // namespace

TEST_CASE_FIXTURE(TlsFixture, "tls: requests, pipelined and chunked, are answered, and the end is said as TLS asks for") {
  serve();
  const std::string answers = ask(request("GET /health") + request("POST /connectors", "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n") +
                                  "4e\r\n{\"name\":\"a\",\"config\":{\"connector.class\":\"FileStreamSink\",\"topics\":\"aaaaaaaa\"}}\r\n0\r\n\r\n" +
                                  request("GET /connectors", "Connection: close\r\n"));
  CHECK(answers.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(has(answers, "HTTP/1.1 201 Created\r\n"));
  CHECK(has(answers, "Location: https://localhost/connectors/a\r\n"));
  CHECK(answers.ends_with("[\"a\"]<closed>"));
  CHECK(has(ask(request("POST /connectors", "Content-Length: 2000000\r\n") + std::string(2000000, 'x')), "HTTP/1.1 413"));
}

TEST_CASE_FIXTURE(TlsFixture, "tls: versions below 1.2 are refused") {
  serve();
  CHECK(TlsClient(server->port(), {}, TLS1_3_VERSION).version() == "TLSv1.3");
  CHECK(TlsClient(server->port(), {}, TLS1_2_VERSION).version() == "TLSv1.2");
  CHECK(!TlsClient(server->port(), {}, TLS1_1_VERSION).connected());
}

TEST_CASE_FIXTURE(TlsFixture, "tls: plain HTTP, silence and slow handshakes are closed in time, and so is who says nothing after it") {
  RestLimits limits;
  limits.header_time = limits.idle_time = 200ms;
  serve(limits);
  Client plain(server->port());
  plain.send(request("GET /health"));
  CHECK(!has(plain.read_all(), "HTTP/1.1"));
  CHECK(Client(server->port()).read_all() == "<closed>");
  Client slow(server->port());
  const auto until = std::chrono::steady_clock::now() + 2s;
  slow.send("\x16\x03\x01\x02\x00\x01");  // the beginning of a greeting
  while (std::chrono::steady_clock::now() < until && slow.send("x")) usleep(20000);
  CHECK(std::chrono::steady_clock::now() < until);
  TlsClient silent(server->port());
  CHECK(silent.connected());
  CHECK(!has(silent.read_all(), "HTTP/1.1"));
  CHECK(has(ask("GET / HTTP/1.1\r\nX: y"), "HTTP/1.1 408 Request Timeout\r\n"));
  CHECK(has(ask(request("GET /health")), "HTTP/1.1 200 OK"));
}

TEST_CASE_FIXTURE(TlsFixture, "tls: connections over the limit are closed, and one that ends makes room") {
  RestLimits limits;
  limits.connections = 2;
  serve(limits);
  auto first = std::make_unique<TlsClient>(server->port());
  const TlsClient second(server->port());
  CHECK(first->connected());
  CHECK(second.connected());
  CHECK(!TlsClient(server->port()).connected());
  first.reset();
  bool served = false;
  for (int i = 0; i < 1000 && !served; ++i) served = TlsClient(server->port()).connected();
  CHECK(served);
}

TEST_CASE_FIXTURE(TlsFixture, "tls: the certificate's names are taken as Host, rest.hosts too, others are not") {
  access.hosts = {"proxy.example"};
  serve();
  const auto status = [&](const std::string& host, const std::string& more = "") {
    return ask("GET /health HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n" + more + "\r\n").substr(9, 3);
  };
  for (const char* host : {"sluice.example:8083", "SLUICE.example", "a.wild.example", "192.0.2.7", "proxy.example", "localhost"}) CHECK(status(host) == "200");
  for (const char* host : {"evil.example", "a.b.wild.example", "wild.example", ".wild.example", "192.0.2.8", "sluice.example.evil.example"}) CHECK(status(host) == "403");
  CHECK(status("sluice.example", "Origin: https://sluice.example\r\n") == "200");
  CHECK(status("sluice.example", "Origin: http://sluice.example\r\n") == "403");
}

TEST_CASE_FIXTURE(TlsFixture, "tls: a certificate that is renewed is used at once, one that cannot be used changes nothing") {
  serve();
  CHECK(TlsClient(server->port()).common_name() == "first");
  give(authority.issue("second"));
  CHECK(TlsClient(server->port()).common_name() == "second");
  replace(access.certificate, authority.issue("third").certificate);  // the key is still the second's
  CHECK(TlsClient(server->port()).common_name() == "second");
  give(authority.issue("fourth"));
  CHECK(TlsClient(server->port()).common_name() == "fourth");
}

TEST_CASE_FIXTURE(TlsFixture, "tls: a client's certificate gives the role of its name, only if our authority signed it and it is valid") {
  access.client_ca = folder.write("ca.pem", authority.certificate());
  access.clients = {{"ops", Role::admin}, {"probe.example", Role::read}, {"spiffe://x/watch", Role::read}};
  access.bearer_file = folder.path() / "tokens";
  replace(access.bearer_file, "admin:" + kToken + "\n");
  serve();
  const auto status = [&](const std::string& method, const Issued& own, const std::string& more = "") {
    const std::string answer = ask(request(method + " /connectors/none", "Connection: close\r\n" + more), own);
    return answer.starts_with("HTTP/1.1 ") ? answer.substr(9, 3) : "";
  };
  const Issued ops = authority.issue("ops"), probe = authority.issue("x", "DNS:probe.example"), watch = authority.issue("x", "URI:spiffe://x/watch");
  CHECK(status("DELETE", ops) == "404");
  for (const Issued& reader : {probe, watch}) {
    CHECK(status("GET", reader) == "404");
    CHECK(status("DELETE", reader) == "403");
  }
  CHECK(status("GET", authority.issue("stranger")) == "401");
  CHECK(status("GET", {}) == "401");
  CHECK(status("DELETE", {}, "Authorization: Bearer " + kToken + "\r\n") == "404");
  CHECK(status("DELETE", probe, "Authorization: Bearer " + kToken + "\r\n") == "404");
  CHECK(status("GET", Authority().issue("ops")) == "");     // somebody else's authority
  CHECK(status("GET", authority.issue("ops", "", -2)) == "");  // expired
  CHECK(has(ask(request("GET /health", "Connection: close\r\n")), "HTTP/1.1 200"));
}

TEST_CASE_FIXTURE(TlsFixture, "tls: each file that cannot be used is one sentence") {
  CHECK(problems() == "");
  const Issued good = authority.issue("good"), other = authority.issue("other");
  give(good);
  replace(access.key, other.key);
  CHECK(problems() == fmt::format("rest.tls.key: the key does not belong to the certificate in {}; give the pair that was made together", access.certificate.string()));
  CHECK_THROWS_AS(serve(), std::runtime_error);
  replace(access.key, good.key, 0644);
  CHECK(problems().starts_with(fmt::format("rest.tls.key: other users of this machine can get at the file (mode 0644); run: chmod 600 {}", access.key.string())));
  replace(access.key, "nonsense");
  CHECK(problems().starts_with("rest.tls.key: this is no usable private key in PEM form ("));
  replace(access.key, good.key);
  replace(access.certificate, "nonsense");
  CHECK(problems().starts_with("rest.tls.certificate: this is no usable certificate in PEM form ("));
  give(authority.issue("old", "", -2));
  CHECK(has(problems(), "warning: rest.tls.certificate: the certificate has expired on "));
  give(authority.issue("soon", "", 3));
  CHECK(has(problems(), "warning: rest.tls.certificate: the certificate expires on "));
  give(good);
  access.client_ca = folder.write("ca.pem", "nonsense");
  CHECK(problems() == "rest.tls.client.ca: this holds no usable certificate in PEM form; write those that sign the clients' certificates");
  access.client_ca = folder.path() / "none";
  CHECK(problems() == "rest.tls.client.ca: the file cannot be read: No such file or directory; correct the path, or let the user of sluice read it");
}
