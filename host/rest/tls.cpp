#include "rest/tls.h"
#include <algorithm>
#include <ctime>
#include <memory>
#include <optional>
#include <stdexcept>
#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <spdlog/spdlog.h>
#include "base/loggers.h"

namespace sluice {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

constexpr const char* kCertificate = "rest.tls.certificate";
constexpr const char* kKey = "rest.tls.key";
constexpr const char* kClientCa = "rest.tls.client.ca";
// With TLS 1.2: forward secrecy and authenticated encryption only. Those of TLS 1.3 are all of that kind.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr int kSoonDays = 14;

struct FreeName {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
  void operator()(X509* certificate) const { X509_free(certificate); }
};

std::string text_of(const ASN1_STRING* value) {
  std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)), static_cast<size_t>(ASN1_STRING_length(value)));
  return text.find('\0') == text.npos ? text : "";  // "good\0.evil.example" is no name
}

// Of the kinds that are asked for: GEN_DNS, GEN_URI, GEN_EMAIL, GEN_IPADD.
std::vector<std::string> alternative_names(const X509* certificate, std::initializer_list<int> kinds) {
  const std::unique_ptr<GENERAL_NAMES, FreeName> found(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> names;
  for (int i = 0; found && i < sk_GENERAL_NAME_num(found.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(found.get(), i);
    if (std::ranges::find(kinds, name->type) == kinds.end()) continue;
    if (name->type != GEN_IPADD) {
      names.push_back(text_of(name->d.ia5));
      continue;
    }
    char text[INET6_ADDRSTRLEN] = {};
    const int family = ASN1_STRING_length(name->d.iPAddress) == 4 ? AF_INET : AF_INET6;
    if (inet_ntop(family, ASN1_STRING_get0_data(name->d.iPAddress), text, sizeof text)) names.emplace_back(text);
  }
  std::erase(names, "");
  return names;
}

std::string common_name(const X509* certificate) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  return at < 0 ? "" : text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
}

std::string date_of(const ASN1_TIME* time) {
  tm when{};
  char text[32] = {};
  ASN1_TIME_to_tm(time, &when);
  strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &when);
  return text;
}

std::string warning_about(const X509* certificate) {
  const ASN1_TIME* begin = X509_get0_notBefore(certificate);
  const ASN1_TIME* end = X509_get0_notAfter(certificate);
  time_t soon = time(nullptr) + kSoonDays * 24 * 3600;
  if (X509_cmp_current_time(end) < 0) return fmt::format("the certificate has expired on {}, so clients will refuse it; renew it", date_of(end));
  if (X509_cmp_current_time(begin) > 0) return fmt::format("the certificate is valid only from {} on, so clients will refuse it", date_of(begin));
  if (X509_cmp_time(end, &soon) < 0) return fmt::format("the certificate expires on {}; renew it", date_of(end));
  return "";
}

// A key with a passphrase would ask for it on the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

void harden(ssl::context& context) {
  SSL_CTX* native = context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_security_level(native, 2);
  SSL_CTX_set_cipher_list(native, kCiphers);
  // No resumption: each connection proves its certificate anew, and no ticket key has to be kept secret.
  SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_num_tickets(native, 0);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_default_passwd_cb(native, no_passphrase);
}

std::vector<std::filesystem::path> files_of(const RestAccess& access) {
  std::vector<std::filesystem::path> files{access.certificate, access.key};
  if (!access.client_ca.empty()) files.push_back(access.client_ca);
  return files;
}

}  // namespace

Tls load_tls(const RestAccess& access, Problems& problems) {
  const auto certificate = read_private_file(access.certificate, kCertificate, Secrecy::none, problems);
  const auto key = read_private_file(access.key, kKey, Secrecy::of_group, problems);
  const auto client_ca = access.client_ca.empty() ? std::optional<std::string>("")
                                                  : read_private_file(access.client_ca, kClientCa, Secrecy::none, problems);
  if (!certificate || !key || !client_ca) return {};
  const auto complain = [&](const char* setting, const std::filesystem::path& file, const std::string& reason, bool warning = false) {
    problems.push_back({setting, fmt::format("{}: {}", setting, reason), file.string(), 0, warning});
    ERR_clear_error();
  };

  Tls tls{std::make_shared<ssl::context>(ssl::context::tls_server), {}};
  harden(*tls.context);
  SSL_CTX* native = tls.context->native_handle();
  error_code error;
  tls.context->use_certificate_chain(boost::asio::buffer(*certificate), error);
  if (error) {
    complain(kCertificate, access.certificate, fmt::format("this is no usable certificate in PEM form ({}); write the server's certificate, then "
                                                           "those that signed it", error.message()));
    return {};
  }
  const bool locked = key->find("ENCRYPTED") != key->npos;
  tls.context->use_private_key(boost::asio::buffer(*key), ssl::context::pem, error);
  const bool mismatch = error && ERR_GET_REASON(static_cast<unsigned long>(error.value())) == X509_R_KEY_VALUES_MISMATCH;
  if (locked && error)
    complain(kKey, access.key, fmt::format("the key is locked with a passphrase; unlock it: openssl pkey -in {} -out NEW", access.key.string()));
  else if (mismatch || (!error && SSL_CTX_check_private_key(native) != 1))
    complain(kKey, access.key, fmt::format("the key does not belong to the certificate in {}; give the pair that was made together",
                                           access.certificate.string()));
  else if (error) complain(kKey, access.key, fmt::format("this is no usable private key in PEM form ({})", error.message()));
  if (error || mismatch) return {};

  if (!client_ca->empty()) {
    tls.context->add_certificate_authority(boost::asio::buffer(*client_ca), error);
    STACK_OF(X509_NAME)* names = error ? nullptr : SSL_load_client_CA_file(access.client_ca.c_str());
    if (!names) {
      complain(kClientCa, access.client_ca, "this holds no usable certificate in PEM form; write those that sign the clients' certificates");
      return {};
    }
    SSL_CTX_set_client_CA_list(native, names);
    // Not asked of everybody: a probe has none, and others may log in with a password or a token.
    SSL_CTX_set_verify(native, SSL_VERIFY_PEER, nullptr);
  }

  const X509* own = SSL_CTX_get0_certificate(native);
  tls.names = alternative_names(own, {GEN_DNS, GEN_IPADD});
  if (tls.names.empty()) tls.names = {common_name(own)};
  if (const std::string warning = warning_about(own); !warning.empty()) complain(kCertificate, access.certificate, warning, true);
  return tls;
}

TlsFiles::TlsFiles(const RestAccess& access) : access_(access), files_(files_of(access)) {
  Problems problems;
  tls_ = load_tls(access_, problems);
  if (any_error(problems)) throw std::runtime_error(first_error(problems));
}

const Tls& TlsFiles::current() {
  if (!files_.changed()) return tls_;
  Problems problems;
  Tls found = load_tls(access_, problems);
  if (any_error(problems)) {
    rest_log().error("REST keeps the certificate that it has, since the new one cannot be used: {}", first_error(problems));
    return tls_;
  }
  for (const Problem& problem : problems) rest_log().warn("{}", describe(problem));
  tls_ = std::move(found);
  rest_log().info("REST: the certificate was read again, valid until {}", date_of(X509_get0_notAfter(SSL_CTX_get0_certificate(tls_.context->native_handle()))));
  return tls_;
}

std::vector<std::string> client_names(SSL* connection) {
  const std::unique_ptr<X509, FreeName> certificate(SSL_get1_peer_certificate(connection));
  if (!certificate) return {};
  std::vector<std::string> names = alternative_names(certificate.get(), {GEN_DNS, GEN_URI, GEN_EMAIL});
  if (const std::string name = common_name(certificate.get()); !name.empty()) names.insert(names.begin(), name);
  return names;
}

bool is_plain_http(const error_code& error) {
  return error.category() == boost::asio::error::get_ssl_category() &&
         ERR_GET_REASON(static_cast<unsigned long>(error.value())) == SSL_R_HTTP_REQUEST;
}

}  // namespace sluice
