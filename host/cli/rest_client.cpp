#include "cli/rest_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>
#include <stdexcept>
#include <utility>

#include "base/log.h"

namespace sluice {
namespace {

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

size_t append(char* data, size_t size, size_t count, void* to) {
  static_cast<std::string*>(to)->append(data, size * count);
  return size * count;
}

std::string message_of(const std::string& body, long status) {
  const auto parsed = parse_json(body);
  if (const JsonValue* value = std::get_if<JsonValue>(&parsed); value && value->kind == JsonValue::Kind::object)
    if (const JsonValue* message = value->find("message")) return printable(message->text);
  return fmt::format("HTTP status {}", status);
}

}  // namespace

RestClient::RestClient(Remote remote, Patience patience) : remote_(std::move(remote)), patience_(patience) { curl_global_init(CURL_GLOBAL_DEFAULT); }

std::string RestClient::escaped(const std::string& text) {
  const std::unique_ptr<char, decltype(&curl_free)> escaped(curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size())), curl_free);
  return escaped ? escaped.get() : "";
}

JsonValue RestClient::ask(const char* method, const std::string& path, const std::optional<std::string>& body) {
  const Handle curl(curl_easy_init(), curl_easy_cleanup);
  if (!curl) throw std::runtime_error("libcurl cannot be used");
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(curl.get(), option, value); };
  const std::string url = remote_.url + path;
  std::string answer;
  char reason[CURL_ERROR_SIZE] = "";
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_CUSTOMREQUEST, method);
  set(CURLOPT_CONNECTTIMEOUT, patience_.connect_seconds);
  set(CURLOPT_TIMEOUT, patience_.answer_seconds);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_ERRORBUFFER, reason);
  set(CURLOPT_WRITEFUNCTION, append);
  set(CURLOPT_WRITEDATA, &answer);
  if (!remote_.ca_file.empty()) set(CURLOPT_CAINFO, remote_.ca_file.c_str());
  if (!remote_.token.empty()) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
    set(CURLOPT_XOAUTH2_BEARER, remote_.token.c_str());
  } else if (!remote_.user.empty()) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(CURLOPT_USERPWD, remote_.user.c_str());
  }
  Headers headers(nullptr, curl_slist_free_all);
  if (body) {
    headers.reset(curl_slist_append(nullptr, "Content-Type: application/json"));
    set(CURLOPT_HTTPHEADER, headers.get());
    set(CURLOPT_POSTFIELDS, body->c_str());
    set(CURLOPT_POSTFIELDSIZE, static_cast<long>(body->size()));
  }

  if (const CURLcode code = curl_easy_perform(curl.get()); code != CURLE_OK)
    throw std::runtime_error(fmt::format("no sluice answers at {}: {}; start it, or name another address by --url", remote_.url,
                                         reason[0] ? reason : curl_easy_strerror(code)));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status == 401) throw std::runtime_error(fmt::format("{} wants a login: --user NAME:PASSWORD or --token TOKEN", remote_.url));
  if (status == 404) throw std::runtime_error(message_of(answer, status) + "; `sluice status` shows what there is");
  if (status < 200 || status > 299) throw std::runtime_error(message_of(answer, status));
  if (answer.empty()) return {};
  auto parsed = parse_json(answer);
  if (const JsonError* error = std::get_if<JsonError>(&parsed))
    throw std::runtime_error(fmt::format("what answers at {} is no sluice: {}", url, error->message));
  return std::move(std::get<JsonValue>(parsed));
}

}  // namespace sluice
