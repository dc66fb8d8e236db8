// Which requests are let in at all, before their path is looked at: the caller's side of HTTP, and protection of a browser's
// user from pages that send requests to localhost. Pure functions.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "rest/http.h"

namespace sluice {

// What this listener may be called by.
struct OwnNames {
  std::string listen;               // rest.listen's address, without port and brackets
  std::vector<std::string> others;  // rest.hosts, and what the certificate is for; "*.example.org" is any one label before it
};

// A name in `Host` that is not ours means DNS rebinding; a foreign `Origin` means another site's page. 403, or nothing.
std::optional<RestResponse> refuse_foreign(const RestRequest& request, const OwnNames& names);

// 415 for a body in anything but plain JSON, 406 where the client does not take what is answered (a media type); or nothing.
std::optional<RestResponse> refuse_media(const RestRequest& request, bool takes_body, std::string_view answers);

}  // namespace sluice
