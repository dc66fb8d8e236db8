// The certificate of the REST listener, and those of clients. The files are looked at again at each new connection, so that a
// certificate that is renewed is used without a restart. Rest thread only, once constructed.
#pragma once
#include <memory>
#include <string>
#include <vector>
#include <boost/asio/ssl/context.hpp>
#include "config/problem.h"
#include "config/rest_access.h"
#include "rest/private_file.h"

namespace sluice {

struct Tls {
  std::shared_ptr<boost::asio::ssl::context> context;
  std::vector<std::string> names;  // DNS names, wildcards among them, and addresses that the certificate is for
};

// Reads and checks rest.tls.*; usable only without errors. A certificate that has expired, or soon will, is a warning.
Tls load_tls(const RestAccess& access, Problems& problems);

class TlsFiles {
 public:
  // Throws std::runtime_error with one sentence where the files cannot be used.
  explicit TlsFiles(const RestAccess& access);

  const Tls& current();  // read again if need be; where the files have become unusable, what was read before
  const Tls& known() const { return tls_; }

 private:
  const RestAccess access_;
  FileWatch files_;
  Tls tls_;
};

// The common name and the alternative names (DNS, URI, e-mail) of the client's certificate, which the handshake has checked.
std::vector<std::string> client_names(SSL* connection);

// Whether a handshake failed because somebody spoke plain HTTP.
bool is_plain_http(const boost::system::error_code& error);

}  // namespace sluice
