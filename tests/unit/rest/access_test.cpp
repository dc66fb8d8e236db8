// Who is let in, without sockets: ways to log in, roles, guesses; and who sees literal secrets.
#include <chrono>
#include <unistd.h>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include "rest/access.h"
#include "rest/seats.h"
#include "unit/rest/doors.h"
#include "unit/rest/fixture.h"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

std::string problems_of(const RestAccess& config) {
  Problems problems;
  load_credentials(config, problems);
  return lines_of(problems);
}

}  // namespace

TEST_CASE_FIXTURE(Doors, "access: each way to log in, each role, each method") {
  struct Way { const char* name; std::string authorization; std::vector<std::string> names; std::optional<Role> role; };
  const Way ways[] = {
      {"nothing", "", {}, std::nullopt},
      {"read password", kReader, {}, Role::read},
      {"admin password", kBoss, {}, Role::admin},
      {"wrong password", kWrong, {}, std::nullopt},
      {"unknown user", kUnknown, {}, std::nullopt},
      {"not base64", "Basic !!!!", {}, std::nullopt},
      {"padding only", "Basic ====", {}, std::nullopt},
      {"no colon", "Basic Ym9zcw==", {}, std::nullopt},
      {"no credentials", "Basic", {}, std::nullopt},
      {"two headers", kBoss + ", " + kBoss, {}, std::nullopt},
      {"read token", "Bearer " + kReadToken, {}, Role::read},
      {"admin token", "bearer " + kAdminToken, {}, Role::admin},
      {"a token's beginning", "Bearer " + kAdminToken.substr(0, 21), {}, std::nullopt},
      {"empty token", "Bearer ", {}, std::nullopt},
      {"another scheme", "Digest x", {}, std::nullopt},
      {"read certificate", "", {"other", "probe.example"}, Role::read},
      {"admin certificate", "", {"ops"}, Role::admin},
      {"certificate of a stranger", "", {"stranger"}, std::nullopt},
      {"wrong password beside a good certificate", kWrong, {"ops"}, std::nullopt},
      {"a password beats the certificate", kReader, {"ops"}, Role::read},
  };
  for (const Way& way : ways)
    for (const std::string method : {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "FOO"}) {
      CAPTURE(way.name);
      CAPTURE(method);
      const bool looks = method == "GET" || method == "HEAD" || method == "OPTIONS";
      open();  // no guesses of the cases before
      const RestResponse answer = ask(method, way.authorization, way.names);
      CHECK(answer.status == (!way.role ? 401 : *way.role == Role::read && !looks ? 403 : 200));
      if (answer.status == 200) CHECK((caller.role == *way.role && caller.sees_secrets == (way.role == Role::admin)));
      if (answer.status != 200) CHECK(answer.body.starts_with(fmt::format("{{\"error_code\":{},\"message\":\"", answer.status)));
      CHECK(answer.headers.contains("WWW-Authenticate") == (answer.status == 401));
    }
}

TEST_CASE_FIXTURE(Doors, "access: only the ways that are set up are offered, and taken") {
  CHECK(ask("GET", "").headers.at("WWW-Authenticate") == "Bearer realm=\"sluice\", Basic realm=\"sluice\", charset=\"UTF-8\"");
  config.bearer_file.clear();
  open();
  CHECK(ask("GET", "").headers.at("WWW-Authenticate") == "Basic realm=\"sluice\", charset=\"UTF-8\"");
  CHECK(ask("GET", "Bearer " + kAdminToken).status == 401);
  config.basic_file.clear();
  open();
  CHECK(ask("GET", kBoss).status == 401);
  CHECK(ask("GET", "").body == "{\"error_code\":401,\"message\":\"log in; this listener takes a client certificate\"}");
}

TEST_CASE_FIXTURE(Doors, "access: a password that was right is known again without hashing, for a while and until the file changes") {
  CHECK(ask("GET", kBoss).status == 200);
  CHECK(hashed);
  CHECK(ask("GET", kBoss).status == 200);
  CHECK(!hashed);
  CHECK(ask("GET", kWrong).status == 401);
  CHECK(hashed);
  now += 6min;
  CHECK(ask("GET", kBoss).status == 200);
  CHECK(hashed);
  now += 2s;
  write("users", "boss:read:" + hash_of("other") + "\n");
  CHECK(ask("GET", kBoss).status == 401);
  CHECK(ask("GET", "Basic Ym9zczpvdGhlcg==").status == 200);
  CHECK(caller.role == Role::read);
  now += 2s;
  write("users", "boss:king:x\n");  // cannot be used: what was read before counts
  CHECK(ask("GET", "Basic Ym9zczpvdGhlcg==").status == 200);
}

TEST_CASE_FIXTURE(Doors, "access: who guesses has to wait longer and longer, nobody else does, and tokens always work") {
  for (int i = 0; i < 5; ++i) CHECK(ask("GET", kWrong).status == 401);
  const RestResponse refusal = ask("GET", kBoss);
  CHECK(refusal.status == 429);
  CHECK(refusal.headers.at("Retry-After") == "1");
  CHECK(!hashed);
  CHECK(ask("GET", kBoss, {}, "192.0.2.2").status == 200);
  CHECK(ask("GET", "Bearer " + kAdminToken).status == 200);
  now += 1s;
  CHECK(ask("GET", kWrong).status == 401);
  now += 1s;
  CHECK(ask("GET", kBoss).status == 429);
  now += 1s;
  CHECK(ask("GET", kBoss).status == 200);
  CHECK(ask("GET", kWrong).status == 401);  // forgiven
  CHECK(ask("GET", kBoss).status == 200);
}

TEST_CASE("access: guesses take bounded memory, an IPv6 network counts as one, and waiting has an end") {
  Guesses guesses;
  const Guesses::Time start{1h};
  for (int i = 0; i < 20000; ++i) guesses.wrong(fmt::format("10.0.{}.{}", i / 250, i % 250), std::to_string(i), start + 1ms * i);
  CHECK(guesses.size() <= 1024);
  for (int i = 0; i < 100; ++i) guesses.wrong(fmt::format("2001:db8::{:x}", i), "u", start);
  CHECK(guesses.to_wait("2001:db8::ffff", "u", start) == 60s);
  CHECK(guesses.to_wait("2001:db8:0:1::1", "u", start) == 0s);
  CHECK(guesses.to_wait("2001:db8::1", "u", start + 60s) == 0s);
}

TEST_CASE_FIXTURE(Doors, "credentials: each mistake is one sentence with its line") {
  struct Case { const char* name; std::string users, tokens, problem; };
  const std::string make = "make it with mkpasswd -m yescrypt", token = "make one with openssl rand -hex 32", hash = hash_of("x");
  const Case cases[] = {
      {"fine", "a:read:" + hash, "read:" + kReadToken, ""},
      {"empty", "\n# nobody\n", "read:" + kReadToken, "rest.auth.basic.file: the file names no user; add a line USER:ROLE:HASH"},
      {"no token", "a:read:" + hash, "", "rest.auth.bearer.file: the file holds no token; add a line ROLE:TOKEN"},
      {"no role", "a:" + hash, "read:" + kReadToken, "1: rest.auth.basic.file: write USER:ROLE:HASH, with the role read or admin; " + make},
      {"another role", "#\na:king:" + hash, "read:" + kReadToken, "2: rest.auth.basic.file: the role of user a has to be read or admin"},
      {"in the clear", "a:read:secret", "read:" + kReadToken, "1: rest.auth.basic.file: user a has no yescrypt or scrypt hash ($y$... or $7$...); " + make},
      {"not memory-hard", "a:read:$6$abc$defghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", "read:" + kReadToken,
       "1: rest.auth.basic.file: user a has no yescrypt or scrypt hash ($y$... or $7$...); " + make},
      {"half a hash", "a:read:$y$j9T$abc", "read:" + kReadToken, "1: rest.auth.basic.file: the hash of user a is not complete; " + make},
      {"twice", "a:read:" + hash + "\na:admin:" + hash, "read:" + kReadToken, "2: rest.auth.basic.file: user a is there twice; keep one of the lines"},
      {"short", "a:read:" + hash, "read:0123456789abcdef0123456789abcde", "1: rest.auth.bearer.file: the token has less than 128 bits and could be guessed; " + token},
      {"short, of letters", "a:read:" + hash, "read:Zm9vYmFyYmF6cXV4eHl6e", "1: rest.auth.bearer.file: the token has less than 128 bits and could be guessed; " + token},
      {"token without role", "a:read:" + hash, kReadToken, "1: rest.auth.bearer.file: write ROLE:TOKEN, with the role read or admin; " + token},
      {"with a blank", "a:read:" + hash, "read:0123456789abcdef 0123456789abcdef", "1: rest.auth.bearer.file: a token is made of letters, digits and -._~+/=; " + token},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    write("users", c.users);
    write("tokens", c.tokens);
    const std::string found = problems_of(config);
    CHECK(found == c.problem);
    CHECK(found.find("secret") == found.npos);
  }
  write("users", "a:read:" + hash, 0660);
  write("tokens", "read:" + kReadToken, 0604);
  CHECK(problems_of(config) == fmt::format("rest.auth.basic.file: other users of this machine can get at the file (mode 0660); run: chmod 600 {0}{2}\n"
                                           "rest.auth.bearer.file: other users of this machine can get at the file (mode 0604); run: chmod 600 {1}{2}",
                                           config.basic_file.string(), config.bearer_file.string(),
                                           geteuid() == 0 ? ", or 640 where its group is sluice's alone" : ""));
  CHECK_THROWS_AS(open(), std::runtime_error);
  config.basic_file = folder.path() / "none";
  config.bearer_file = folder.path();
  CHECK(problems_of(config) == "rest.auth.basic.file: the file cannot be read: No such file or directory; correct the path, or let the user of sluice read it\n"
                               "rest.auth.bearer.file: this is not a regular file; name one");
}

TEST_CASE("seats: of 10,000 connections from each of two addresses 128 stand, and 16 of an address that is not this machine's") {
  using boost::asio::ip::make_address;
  const auto here = make_address("127.0.0.1"), there = make_address("192.0.2.1"), elsewhere = make_address("192.0.2.2");
  Seats seats{RestLimits{}};
  const auto taken = [&](const auto& from) {
    int count = 0;
    for (int i = 0; i < 10000; ++i) count += seats.take(from);
    return count;
  };
  CHECK(taken(there) == 16);
  CHECK(taken(elsewhere) == 16);
  CHECK(taken(here) == 96);
  CHECK(seats.taken() == 128);
  seats.give_back(there);
  CHECK(taken(elsewhere) == 0);
  CHECK(taken(there) == 1);
}

TEST_CASE_FIXTURE(RestFixture, "masking: who may not see literal secrets gets *** wherever a configuration is shown, references as written") {
  const std::string config = R"({"connector.class":"FileStreamSink","topics":"t","connection.password":"hunter2","connection.url":"hunter2",)"
                             R"("API.Token":"hunter2","x.secret":"${env:SLUICE_X}","sasl.jaas.config":"hunter2","passwords":"seen"})";
  CHECK(send("POST", "/connectors", R"({"name":"c","config":)" + config + "}").body.find("hunter2") != std::string::npos);
  const std::string stored = get("/connectors/c/config").body;
  const auto shown_by = [&](const std::string& method, const std::string& target, const std::string& body = "") {
    const RestResponse answer = send(method, target, body);
    CAPTURE(target);
    CHECK(answer.status < 300);
    CHECK(answer.body.find("hunter2") == std::string::npos);
    for (const char* part : {R"("connection.password":"***")", R"("connection.url":"***")", R"("API.Token":"***")", R"("sasl.jaas.config":"***")",
                             R"("x.secret":"${env:SLUICE_X}")", R"("passwords":"seen")"})
      CHECK(answer.body.find(part) != std::string::npos);
    return answer.body;
  };
  as = {Role::admin, "", false};  // as with rest.mask.secrets: true
  for (const char* target : {"/connectors/c", "/connectors/c/tasks", "/connectors?expand=info", "/connectors?expand=info&expand=status"})
    shown_by("GET", target);
  // Written back as it was read, nothing changes, whoever looks.
  const std::string read = shown_by("GET", "/connectors/c/config");
  shown_by("PUT", "/connectors/c/config", read);
  shown_by("PATCH", "/connectors/c/config", R"({"connection.password":"***","topics":"t"})");
  shown_by("POST", "/connectors", R"({"name":"d","config":)" + config + "}");
  as.sees_secrets = true;
  CHECK(get("/connectors/c/config").body == stored);

  send("PATCH", "/connectors/c/config", R"({"connection.password":"***","connection.url":"new","passwords":"***"})");
  const std::string changed = get("/connectors/c/config").body;
  CHECK(changed.find(R"("connection.password":"hunter2")") != std::string::npos);
  CHECK(changed.find(R"("connection.url":"new")") != std::string::npos);
  CHECK(changed.find(R"("passwords":"***")") != std::string::npos);  // no secret: a text like any other
}

TEST_CASE_FIXTURE(RestFixture, "masking: *** for which nothing is stored is refused, since nobody's password is that") {
  const std::string message = R"({"error_code":400,"message":"connection.password is ***, which stands for a secret that is not shown, and none is stored; )"
                              R"(write a reference to it, such as ${env:SLUICE_PASSWORD}"})";
  const std::string config = R"({"connector.class":"FileStreamSink","topics":"t","connection.password":"***"})";
  CHECK(send("POST", "/connectors", R"({"name":"c","config":)" + config + "}").body == message);
  CHECK(send("PUT", "/connectors/c/config", config).body == message);
  runs("c");
  CHECK(send("PATCH", "/connectors/c/config", R"({"connection.password":"***"})").body == message);
}

TEST_CASE_FIXTURE(RestFixture, "access: health is open to everybody, nothing else is") {
  const auto open = [&](const std::string& target) { return routes.open({"GET", target, {}, ""}); };
  for (const char* target : {"/health", "/health/", "/health?x=1", "/health/ready"}) CHECK(open(target));
  for (const char* target : {"/", "/connectors", "/health/../connectors", "/health/x", "/healthy", "/Health", "//health", "/%zz", "health", "/connectors/health"})
    CHECK(!open(target));
}
