#include "rest/access.h"
#include <algorithm>
#include <stdexcept>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <spdlog/spdlog.h>
#include "base/log.h"
#include "base/loggers.h"
#include "config/scalars.h"
#include "rest/target.h"
#include "rest/views.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr auto kProofHolds = 5min;
constexpr auto kLookAgain = 1s;

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0 || text.size() > 4096) return std::nullopt;
  std::string out(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  const auto padding = std::ranges::count(text, '=');  // decoded as zeros
  if (size < padding) return std::nullopt;
  out.resize(static_cast<size_t>(size - padding));
  return out;
}

Access::Verdict widened(Access::Judged judged) {
  return std::visit([](auto&& what) -> Access::Verdict { return std::move(what); }, std::move(judged));
}

// As the routes read the path.
bool is_session(const RestRequest& request) {
  const auto target = parse_target(request.target);
  return target && target->segments == parse_target(kSessionPath)->segments;
}

// The page has a form to log in: a challenge that the browser knows would make it ask by a window of its own before that.
bool is_page(const RestRequest& request) {
  const auto accept = request.headers.find("accept");
  return request.headers.contains("x-requested-with") || (accept != request.headers.end() && accept->second == "text/event-stream");
}

bool is_read(std::string_view method) { return method == "GET" || method == "HEAD" || method == "OPTIONS"; }

Digest random_key() {
  Digest key;
  RAND_bytes(key.data(), static_cast<int>(key.size()));
  return key;
}

std::vector<std::filesystem::path> files_of(const RestAccess& config) {
  std::vector<std::filesystem::path> files;
  for (const auto& file : {config.basic_file, config.bearer_file})
    if (!file.empty()) files.push_back(file);
  return files;
}

}  // namespace

Access::Access(const RestAccess& config) : config_(config), files_(files_of(config)), key_(random_key()) {
  Problems problems;
  credentials_ = load_credentials(config_, problems);
  if (any_error(problems)) throw std::runtime_error(first_error(problems));
}

Access::Verdict Access::judge(const RestRequest& request, const Peer& peer, Time now) {
  read_again(now);
  // Who names credentials is judged by them alone: a wrong password beside a good certificate is a mistake worth knowing.
  if (const auto header = request.headers.find("authorization"); header != request.headers.end()) {
    const std::string_view text = trim(header->second);
    const size_t blank = text.find(' ');
    const std::string_view scheme = text.substr(0, blank), rest = blank == text.npos ? "" : trim(text.substr(blank));
    if (equal_ignoring_case(scheme, "basic") && !config_.basic_file.empty()) return judge_basic(rest, request, peer, now);
    if (equal_ignoring_case(scheme, "bearer") && !config_.bearer_file.empty())
      return widened(judge_bearer(rest, request, peer, now));
    return log_in("this way to log in is not set up here", request);
  }
  if (auto judged = judge_cookie(request, now)) return widened(std::move(*judged));
  for (const std::string& name : peer.names)
    if (const auto client = config_.clients.find(name); client != config_.clients.end())
      return widened(allow(client->second, name, request));
  if (!peer.names.empty() && !config_.clients.empty()) return log_in("no name in the client's certificate is listed in rest.auth.clients", request);
  return log_in("log in", request);
}

Access::Verdict Access::judge_basic(std::string_view encoded, const RestRequest& request, const Peer& peer, Time now) {
  const auto decoded = decode_base64(encoded);
  const size_t colon = decoded ? decoded->find(':') : std::string::npos;
  if (colon == std::string::npos) return log_in("the Authorization header is not user:password in base64", request);
  PasswordCheck check{decoded->substr(0, colon), decoded->substr(colon + 1), "", {}, false};
  if (const auto wait = guesses_.to_wait(peer.address, check.user, now); wait > 0ms) {
    RestResponse refusal = error_response(429, "too many wrong passwords of this user from this address; wait, then try again");
    refusal.headers["Retry-After"] = std::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count());
    return refusal;
  }
  const auto user = credentials_.users.find(check.user);
  check.known = user != credentials_.users.end();
  check.hash = (check.known ? user : credentials_.users.begin())->second.hash;
  check.digest = digest_of(fmt::format("{}\n{}\n{}\n{}", std::string(key_.begin(), key_.end()), check.user, check.hash, check.password));
  const auto proof = proofs_.find(check.user);
  if (check.known && proof != proofs_.end() && proof->second.until > now && equal(proof->second.digest, check.digest)) {
    guesses_.right(peer.address, check.user);
    return widened(allow_by_header(user->second.role, check.user, digest_of(check.hash), request, peer, now));
  }
  return check;
}

Access::Judged Access::settle(const PasswordCheck& check, bool fits, const RestRequest& request, const Peer& peer, Time now) {
  // The file may have changed meanwhile.
  const auto user = credentials_.users.find(check.user);
  if (!fits || user == credentials_.users.end() || user->second.hash != check.hash)
    return refuse_guess(check.known ? fmt::format("a wrong password for user {}", check.user) : "an unknown user", check.user, request, peer, now);
  proofs_[check.user] = {check.digest, now + kProofHolds};
  guesses_.right(peer.address, check.user);
  return allow_by_header(user->second.role, check.user, digest_of(check.hash), request, peer, now);
}

// All tokens are compared, so that time does not tell which one was nearly right. No waiting here: 128 bits are not guessed.
Access::Judged Access::judge_bearer(std::string_view token, const RestRequest& request, const Peer& peer, Time now) {
  const Digest digest = digest_of(token);
  const Token* found = nullptr;
  for (const Token& known : credentials_.tokens)
    if (equal(known.digest, digest)) found = &known;
  if (!found) return refuse_guess("a wrong token", {}, request, peer, now);
  return allow_by_header(found->role, found->name, digest, request, peer, now);
}

// Nothing where there is no session: then another way to log in counts.
std::optional<Access::Judged> Access::judge_cookie(const RestRequest& request, Time now) {
  const std::string id = session_of(request);
  const Sessions::Session* session = id.empty() ? nullptr : sessions_.find(id, now);
  if (!session) return std::nullopt;
  const std::optional<Role> role = role_of(*session);
  if (!role) {
    sessions_.end(id);
    return std::nullopt;
  }
  const auto said = request.headers.find("x-csrf-token");
  if (!is_read(request.method) && (said == request.headers.end() || !equal(digest_of(said->second), digest_of(session->csrf))))
    return error_response(403, fmt::format("a request by cookie that changes something has the session's token in X-CSRF-Token; GET {} says it", kSessionPath));
  Judged judged = allow(*role, session->name, request);
  if (Caller* caller = std::get_if<Caller>(&judged)) {
    caller->csrf = session->csrf;
    if (request.method == "DELETE" && is_session(request)) {
      rest_log().info("REST: {} logged out", printable(caller->name, 100));
      sessions_.end(id);
      caller->cookie = end_of_cookie(request);
    }
  }
  return judged;
}

bool Access::lives(std::string_view id, Time now) {
  read_again(now);
  const Sessions::Session* session = sessions_.find(id, now);
  return session && role_of(*session);
}

// As the files have it now: who is no longer in them, or has got another password, has no session any more.
std::optional<Role> Access::role_of(const Sessions::Session& session) const {
  if (const auto user = credentials_.users.find(session.name); user != credentials_.users.end() && equal(digest_of(user->second.hash), session.proof))
    return user->second.role;
  for (const Token& token : credentials_.tokens)
    if (equal(token.digest, session.proof)) return token.role;
  return std::nullopt;
}

// A login in the header, asked for by the page's form, begins a session.
Access::Judged Access::allow_by_header(Role role, const std::string& name, const Digest& proof, const RestRequest& request, const Peer& peer, Time now) {
  Judged judged = allow(role, name, request);
  if (Caller* caller = std::get_if<Caller>(&judged); caller && request.method == "POST" && is_session(request)) {
    const std::string id = sessions_.begin(name, proof, now);
    caller->csrf = sessions_.find(id, now)->csrf;
    caller->cookie = cookie_of(id, request);
    rest_log().info("REST: {} logged in from {}", printable(name, 100), peer.address);
  }
  return judged;
}

Access::Judged Access::refuse_guess(const std::string& who, std::string_view user, const RestRequest& request, const Peer& peer, Time now) {
  rest_log().warn("REST: {} came with {}", peer.address, printable(who, 100));
  guesses_.wrong(peer.address, user, now);
  return log_in("user, password or token is wrong", request);
}

// RFC 9110 asks for a challenge with each 401; for certificates nobody has registered one.
RestResponse Access::log_in(const std::string& reason, const RestRequest& request) const {
  std::vector<std::string> ways, challenges;
  if (!config_.bearer_file.empty()) {
    ways.push_back("a bearer token");
    challenges.push_back("Bearer realm=\"sluice\"");
  }
  if (!config_.basic_file.empty()) {
    ways.push_back("user and password (basic)");
    challenges.push_back("Basic realm=\"sluice\", charset=\"UTF-8\"");
  }
  if (!config_.clients.empty()) ways.push_back("a client certificate");
  if (challenges.empty()) challenges.push_back("Certificate realm=\"sluice\"");
  if (is_page(request)) challenges = {"Session realm=\"sluice\""};
  RestResponse refusal = error_response(401, fmt::format("{}; this listener takes {}", reason, fmt::join(ways, " or ")));
  refusal.headers["WWW-Authenticate"] = fmt::format("{}", fmt::join(challenges, ", "));
  return refusal;
}

Access::Judged Access::allow(Role role, std::string name, const RestRequest& request) const {
  if (role == Role::read && !is_read(request.method) && !is_session(request))
    return error_response(403, fmt::format("{} has the role read, which may only look; {} needs the role admin", name, request.method));
  return Caller{role, std::move(name), role == Role::admin && !config_.mask_secrets, "", ""};
}

void Access::read_again(Time now) {
  if (now - looked_ < kLookAgain) return;
  looked_ = now;
  if (!files_.changed()) return;
  Problems problems;
  Credentials found = load_credentials(config_, problems);
  if (any_error(problems)) return rest_log().error("REST: users and tokens stay as they were, since their files cannot be used: {}", first_error(problems));
  credentials_ = std::move(found);
  proofs_.clear();
  rest_log().info("REST: users and tokens were read again: {} and {}", credentials_.users.size(), credentials_.tokens.size());
}

Caller anybody(const RestAccess& config) { return {Role::admin, "", !config.mask_secrets, "", ""}; }

}  // namespace sluice
