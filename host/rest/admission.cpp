#include "rest/admission.h"
#include <algorithm>
#include <string>
#include <string_view>
#include <unistd.h>
#include "rest/target.h"
#include "rest/views.h"

namespace sluice {
namespace {

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::string_view header(const RestRequest& request, const std::string& name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? std::string_view{} : std::string_view(found->second);
}

// "[::1]:8083" -> "::1", "localhost:8083" -> "localhost". The port is not looked at: it may be a tunnel's.
std::string_view host_name(std::string_view host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find(':'));
}

bool is_address(std::string_view name) {
  return name.find(':') != std::string_view::npos ||
         (!name.empty() && name.find_first_not_of("0123456789.") == std::string_view::npos);
}

bool fits(std::string_view name, std::string_view pattern) {
  if (!pattern.starts_with("*.")) return equal_ignoring_case(name, pattern);
  const size_t dot = name.find('.');
  return dot != name.npos && dot > 0 && equal_ignoring_case(name.substr(dot), pattern.substr(1));
}

bool is_ours(std::string_view name, const OwnNames& names) {
  if (equal_ignoring_case(name, "localhost") || name == "127.0.0.1" || name == "::1") return true;
  if (equal_ignoring_case(name, names.listen)) return true;
  if (std::ranges::any_of(names.others, [&](const std::string& other) { return fits(name, other); })) return true;
  if (names.listen != "0.0.0.0" && names.listen != "::") return false;
  // Listening everywhere we do not know all our names; but an address cannot be rebound, only a name can.
  char own[256] = {};
  return is_address(name) || (gethostname(own, sizeof own - 1) == 0 && equal_ignoring_case(name, own));
}

bool is_json(std::string_view content_type) {
  return equal_ignoring_case(trimmed(content_type.substr(0, content_type.find(';'))), "application/json");
}

// "q=0" or "q=0.000" after a media range excludes it.
bool excluded(std::string_view parameters) {
  const size_t q = parameters.find("q=0");
  return q != std::string_view::npos && parameters.substr(q + 2).find_first_not_of("0. ") == std::string_view::npos;
}

bool accepts(std::string_view accept, std::string_view media) {
  if (trimmed(accept).empty()) return true;
  const std::string any_of_kind = std::string(media.substr(0, media.find('/'))) + "/*";
  while (!accept.empty()) {
    const size_t comma = accept.find(',');
    const std::string_view range = accept.substr(0, comma);
    const size_t semicolon = range.find(';');
    const std::string_view type = trimmed(range.substr(0, semicolon));
    const bool matches = type == "*/*" || equal_ignoring_case(type, any_of_kind) || equal_ignoring_case(type, media);
    if (matches && (semicolon == std::string_view::npos || !excluded(range.substr(semicolon)))) return true;
    accept = comma == std::string_view::npos ? "" : accept.substr(comma + 1);
  }
  return false;
}

}  // namespace

std::optional<RestResponse> refuse_foreign(const RestRequest& request, const OwnNames& names) {
  // HTTP/1.0 need not name a host, and no browser speaks it; the server has seen to it that HTTP/1.1 does.
  const auto host = request.headers.find("host");
  if (host != request.headers.end() && !is_ours(host_name(host->second), names))
    return error_response(403, "the Host header names a host that this listener does not answer for; where it is right, add it to rest.hosts");

  const auto origin = request.headers.find("origin");
  if (origin != request.headers.end()) {
    const std::string_view value = origin->second;
    const size_t slashes = value.find("://");
    // A page that came in the clear could be anybody's.
    const bool safe = !request.encrypted || equal_ignoring_case(value.substr(0, slashes), "https");
    const bool own = safe && slashes != std::string_view::npos && host != request.headers.end() &&
                     equal_ignoring_case(value.substr(slashes + 3), host->second);
    if (!own) return error_response(403, "requests from pages of another origin are refused");
  }
  if (header(request, "sec-fetch-site") == "cross-site") return error_response(403, "cross-site requests are refused");
  return std::nullopt;
}

std::optional<RestResponse> refuse_media(const RestRequest& request, bool takes_body, std::string_view answers) {
  const std::string_view encoding = header(request, "content-encoding");
  if (!encoding.empty() && !equal_ignoring_case(encoding, "identity")) return plain_error(415);
  const auto type = request.headers.find("content-type");
  if (type != request.headers.end() ? !is_json(type->second) : takes_body && !request.body.empty()) return plain_error(415);
  if (!accepts(header(request, "accept"), answers)) return plain_error(406);
  return std::nullopt;
}

}  // namespace sluice
