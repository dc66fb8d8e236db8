// Certificates made at test time: an authority, and what it signs, as PEM.
#pragma once
#include <memory>
#include <stdexcept>
#include <string>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace sluice::test {

struct Issued {
  std::string certificate, key;
};

class Authority {
 public:
  Authority() : key_(EVP_EC_gen("P-256")), certificate_(make("test authority", "", 1, key_.get(), nullptr)) {}

  // `names` as OpenSSL writes them: "DNS:a.example,IP:127.0.0.1". Negative days: expired so long ago.
  Issued issue(const std::string& common_name, const std::string& names = "", int days = 100) const {
    const Key key(EVP_EC_gen("P-256"));
    const Certificate made = make(common_name, names, days, key.get(), certificate_.get());
    return {pem_of(made.get()), pem_of(key.get())};
  }
  std::string certificate() const { return pem_of(certificate_.get()); }

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(BIO* memory) const { BIO_free(memory); }
  };
  using Key = std::unique_ptr<EVP_PKEY, Free>;
  using Certificate = std::unique_ptr<X509, Free>;

  // Signed by us, or by itself where `issuer` is null: then it is an authority.
  Certificate make(const std::string& common_name, const std::string& names, int days, EVP_PKEY* key, X509* issuer) const {
    Certificate made(X509_new());
    X509* certificate = made.get();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(certificate), (days < 0 ? days - 1 : -1) * 24L * 3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), days * 24L * 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer ? issuer : certificate));
    if (!issuer) extend(certificate, NID_basic_constraints, "critical,CA:TRUE");
    if (!names.empty()) extend(certificate, NID_subject_alt_name, names);
    if (X509_sign(certificate, key_.get(), EVP_sha256()) == 0) throw std::runtime_error("no signature");
    return made;
  }
  static void extend(X509* certificate, int kind, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    if (!extension) throw std::runtime_error("no extension " + value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  template <class What>
  static std::string pem_of(What* what) {
    const std::unique_ptr<BIO, Free> memory(BIO_new(BIO_s_mem()));
    if constexpr (std::is_same_v<What, X509>) PEM_write_bio_X509(memory.get(), what);
    else PEM_write_bio_PrivateKey(memory.get(), what, nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<size_t>(size)};
  }

  mutable long serial_ = 0;
  Key key_;
  Certificate certificate_;
};

}  // namespace sluice::test
