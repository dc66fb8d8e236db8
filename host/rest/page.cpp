#include "rest/page.h"
#include <array>
#include <openssl/evp.h>
#include <string>
#include "rest/views.h"

namespace sluice {
namespace {

constexpr std::string_view kMedia = "text/html";

// As a Content-Security-Policy names what stands in the page itself.
std::string hash_of(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) return "'none'";
  std::array<unsigned char, 2 * EVP_MAX_MD_SIZE> base64{};
  const int length = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(size));
  return "'sha256-" + std::string(reinterpret_cast<const char*>(base64.data()), static_cast<size_t>(length)) + "'";
}

// What is inside of the first element of that name: the page has one script and one style.
std::string_view inside(std::string_view page, std::string_view element) {
  const size_t tag = page.find("<" + std::string(element));
  const size_t begin = tag == page.npos ? page.npos : page.find('>', tag);
  const size_t end = begin == page.npos ? page.npos : page.find("</" + std::string(element) + ">", begin);
  return end == page.npos ? std::string_view{} : page.substr(begin + 1, end - begin - 1);
}

// Nothing but the page's own script runs, it talks to nobody but us, and nobody shows it inside of another page.
std::string policy() {
  return "default-src 'none'; connect-src 'self'; img-src data:; script-src " + hash_of(inside(kPage, "script")) + "; style-src " +
         hash_of(inside(kPage, "style")) + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

RestResponse page() {
  static const std::string kPolicy = policy();
  return {200, std::string(kPage), {{"Content-Type", std::string(kMedia) + "; charset=utf-8"}, {"Content-Security-Policy", kPolicy},
                                    {"Cache-Control", "no-cache"}, {"Referrer-Policy", "no-referrer"}, {"X-Content-Type-Options", "nosniff"}}};
}

}  // namespace

std::vector<Resource> page_resources() {
  return {{"/ui", {{"GET", Pace::at_once, [](const Call&) { return page(); }, false, kMedia}}, true}};
}

}  // namespace sluice
