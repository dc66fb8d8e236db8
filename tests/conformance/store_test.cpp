// What every store of positions does, the real one and the fake: one list, told to each.
#include <doctest/doctest.h>

#include "conformance/member.h"
#include "conformance/store_in_memory.h"
#include "conformance/store_on_postgres.h"
#include "fakes/fake_store.h"

using namespace sluice;
using namespace sluice::conformance;
using namespace std::chrono_literals;

TYPE_TO_STRING(StoreInMemory);
TYPE_TO_STRING(StoreOnPostgres);
TYPE_TO_STRING(StorePoured);

namespace {

using Offsets = std::vector<int64_t>;

bool is_fenced(const Outcome& outcome) { return outcome.verdict == Verdict::restart && outcome.code == "fenced"; }
bool has_gone_back(const Outcome& outcome) { return is_fenced(outcome) && outcome.message.find("the database has gone back") != std::string::npos; }
bool has_another_owner(const Outcome& outcome) { return is_fenced(outcome) && outcome.message.find("another owner has claimed") != std::string::npos; }
bool is_retry(const Outcome& outcome, const std::string& code) { return outcome.verdict == Verdict::retry && outcome.code == code; }
bool is_retry(const Outcome& outcome) { return outcome.verdict == Verdict::retry && !outcome.blocked(); }

// What an answer was, where one is not as it should be.
doctest::String toString(const Outcome& outcome) {
  static const char* const kVerdicts[] = {"ok", "retry", "restart", "bad data", "fatal"};
  return (kVerdicts[static_cast<size_t>(outcome.verdict)] + std::string(" ") + outcome.code + ": " + outcome.message).c_str();
}

Stored stored(Store& store, int32_t partition) {
  const auto found = store.stored(at(partition));
  REQUIRE(found);
  return *found;
}

}  // namespace

#define CHECK_OK(...)                      \
  do {                                     \
    const Outcome outcome = (__VA_ARGS__); \
    INFO(toString(outcome));               \
    CHECK(outcome.ok());                   \
  } while (false)
#define CHECK_THAT(predicate, ...)                 \
  do {                                             \
    const Outcome outcome = (__VA_ARGS__);         \
    INFO(toString(outcome));                       \
    CHECK(predicate);                              \
  } while (false)

// ---- claims -----------------------------------------------------------------------------------------------------------

TEST_CASE_TEMPLATE("store: a first claim begins where the host says, with epoch 1", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store);
  CHECK(!store.stored(at(0)));
  CHECK_OK(a.claim({{.partition = 0, .initial = 40, .generation = 7, .id = topic_id(1)}, {.partition = 2, .initial = 0}}));
  CHECK(a.answer(0).offset == 40);
  CHECK(a.answer(2).offset == 0);
  CHECK(a.answer(0).witness_offset == -1);
  CHECK(a.answer(0).leader_epoch == -1);
  CHECK(stored(store, 0).next_offset == 40);
  CHECK(stored(store, 0).epoch == 1);
  CHECK(stored(store, 0).group_gen == 7);
  CHECK(stored(store, 0).topic_id == topic_id(1));
  CHECK(!store.stored(at(1)));
}

TEST_CASE_TEMPLATE("store: each claim raises the epoch by one and is answered what is stored, wherever the host would begin", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store), b(store);
  REQUIRE(a.claim({{.initial = 40}}).ok());
  REQUIRE(a.put({{0, {40, 41}, 42}}).ok());
  CHECK_OK(b.claim({{.initial = 7}}));
  CHECK(b.answer(0).offset == 42);
  CHECK(stored(store, 0).epoch == 2);
  CHECK_OK(b.claim({{.initial = 7}}));
  CHECK(b.answer(0).offset == 42);
  CHECK(stored(store, 0).epoch == 3);
}

TEST_CASE_TEMPLATE("store: a claim of a position that is unset begins where the host says", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store), b(store);
  REQUIRE(a.claim({{.initial = 40, .id = topic_id(1)}}).ok());
  CHECK_OK(store.alter(at(0), TopicId{}, std::nullopt));
  CHECK(stored(store, 0).next_offset == std::nullopt);
  CHECK_OK(b.claim({{.initial = 7, .id = topic_id(2)}}));
  CHECK(b.answer(0).offset == 7);
  CHECK(stored(store, 0).next_offset == 7);
  CHECK(stored(store, 0).topic_id == topic_id(2));
  CHECK(stored(store, 0).epoch == 3);
}

TEST_CASE_TEMPLATE("store: the topic's id is that of the first claim that knew one, and each claim is told it", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store);
  REQUIRE(a.claim({{.initial = 40}}).ok());
  CHECK(stored(store, 0).topic_id == TopicId{});
  CHECK_OK(a.claim({{.initial = 40, .id = topic_id(1)}}));
  CHECK(stored(store, 0).topic_id == topic_id(1));
  CHECK_OK(a.claim({{.initial = 40, .id = topic_id(2)}}));
  CHECK(stored(store, 0).topic_id == topic_id(1));
  CHECK(a.answer(0).topic_id[15] == 1);
  CHECK_OK(a.claim({{.initial = 40}}));
  CHECK(a.answer(0).topic_id[15] == 1);
}

TEST_CASE_TEMPLATE("store: a claim of an older generation is put off while the newer one is less than 60 s old", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member newer(store), older(store);
  REQUIRE(newer.claim({{.partition = 0, .generation = 7}, {.partition = 1, .generation = 5}}).ok());
  CHECK_THAT(is_retry(outcome, "stale.assignment"), older.claim({{.partition = 0, .generation = 6}}));
  // Of several none is taken.
  CHECK_THAT(is_retry(outcome, "stale.assignment"), older.claim({{.partition = 0, .generation = 6}, {.partition = 1, .generation = 6}}));
  CHECK(stored(store, 0).epoch == 1);
  CHECK(stored(store, 1).epoch == 1);
  CHECK_OK(newer.put({{0, {0}, 1}}));
  store.age_claims(59s);
  CHECK_THAT(is_retry(outcome, "stale.assignment"), older.claim({{.partition = 0, .generation = 6}}));
  store.age_claims(2s);
  CHECK_OK(older.claim({{.partition = 0, .generation = 6}}));
  CHECK(stored(store, 0).epoch == 2);
  CHECK(stored(store, 0).group_gen == 6);
}

TEST_CASE_TEMPLATE("store: a claim of the same, a newer or no generation is never put off", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store);
  REQUIRE(a.claim({{.generation = 7}}).ok());
  CHECK_OK(a.claim({{.generation = 7}}));
  CHECK_OK(a.claim({{.generation = 8}}));
  CHECK_OK(a.claim({{.generation = -1}}));
  CHECK_OK(a.claim({{.generation = 3}}));
}

TEST_CASE_TEMPLATE("store: a batch makes the newest claim's generation count anew", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member newer(store), older(store);
  REQUIRE(newer.claim({{.generation = 7}}).ok());
  store.age_claims(100s);
  REQUIRE(newer.put({{0, {0}, 1}}).ok());
  CHECK_THAT(is_retry(outcome, "stale.assignment"), older.claim({{.generation = 6}}));
}

// ---- the compare-and-swap ---------------------------------------------------------------------------------------------

TEST_CASE_TEMPLATE("store: rows and position move together, each record once", S, StoreInMemory, StoreOnPostgres, StorePoured) {
  S store;
  Member a(store);
  REQUIRE(a.claim({{.partition = 0, .initial = 3}, {.partition = 1}}).ok());
  CHECK_OK(a.put({{0, {3, 5}, 8}, {1, {0}, 1}}));
  CHECK_OK(a.put({{0, {9}, 10}}));
  CHECK(store.rows(at(0)) == Offsets{3, 5, 9});
  CHECK(store.rows(at(1)) == Offsets{0});
  CHECK(stored(store, 0).next_offset == 10);
  CHECK(stored(store, 1).next_offset == 1);
  CHECK(stored(store, 0).epoch == 1);
}

TEST_CASE_TEMPLATE("store: a batch without records moves the position and nothing else", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store);
  REQUIRE(a.claim({{.initial = 3}}).ok());
  REQUIRE(a.put({{0, {3}, 4}}).ok());
  const Stored before = stored(store, 0);
  CHECK_OK(a.put({{0, {}, 9}}));
  CHECK(stored(store, 0).next_offset == 9);
  CHECK(stored(store, 0).witness == before.witness);
  CHECK(stored(store, 0).records_total == 1);
  CHECK(stored(store, 0).gaps_total == 5);
  CHECK(store.rows(at(0)) == Offsets{3});
}

TEST_CASE_TEMPLATE("store: records below the position are not written again", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store);
  REQUIRE(a.claim({{.initial = 3}}).ok());
  REQUIRE(a.put({{0, {3, 4}, 5}}).ok());
  CHECK_OK(a.put({{0, {3, 4}, 5}}));
  CHECK_OK(a.put({{0, {4, 5}, 6}}));
  CHECK(store.rows(at(0)) == Offsets{3, 4, 5});
  CHECK(stored(store, 0).records_total == 3);
}

TEST_CASE_TEMPLATE("store: whoever was claimed from writes nothing more", S, StoreInMemory, StoreOnPostgres, StorePoured) {
  S store;
  Member a(store), b(store);
  REQUIRE(a.claim({{.initial = 3}}).ok());
  REQUIRE(b.claim({{.initial = 3}}).ok());
  const Stored before = stored(store, 0);
  CHECK_THAT(is_fenced(outcome), a.put({{0, {3}, 4}}));
  CHECK(store.rows(at(0)).empty());
  CHECK(stored(store, 0).next_offset == 3);
  CHECK(stored(store, 0).epoch == before.epoch);
  CHECK_OK(b.put({{0, {3}, 4}}));
  CHECK(store.rows(at(0)) == Offsets{3});
}

TEST_CASE_TEMPLATE("store: a batch of several partitions is written only if each of them is still owned", S, StoreInMemory, StoreOnPostgres, StorePoured) {
  S store;
  Member a(store), b(store);
  REQUIRE(a.claim({{.partition = 0}, {.partition = 1}, {.partition = 2}}).ok());
  REQUIRE(b.claim({{.partition = 1}}).ok());
  CHECK_THAT(is_fenced(outcome), a.put({{0, {0}, 1}, {1, {0}, 1}, {2, {0}, 1}}));
  for (const int32_t partition : {0, 1, 2}) {
    CAPTURE(partition);
    CHECK(store.rows(at(partition)).empty());
    CHECK(stored(store, partition).next_offset == 0);
  }
}

TEST_CASE_TEMPLATE("store: under the same epoch another position matches as little", S, StoreInMemory, StoreOnPostgres, StorePoured) {
  S store;
  Member a(store);
  REQUIRE(a.claim({{.initial = 3}}).ok());
  for (const int64_t other : {2, 4}) {
    CAPTURE(other);
    store.overwrite(at(0), other);
    CHECK_THAT(is_fenced(outcome), a.put({{0, {3}, 4}}));
    CHECK(stored(store, 0).next_offset == other);
    CHECK(store.rows(at(0)).empty());
  }
  store.overwrite(at(0), 3);
  CHECK_OK(a.put({{0, {3}, 4}}));
}

TEST_CASE_TEMPLATE("store: a claim that comes while its owner commits is answered the position behind that commit", S, StoreInMemory, StoreOnPostgres, StorePoured) {
  S store;
  Member a(store), b(store);
  REQUIRE(a.claim({{.initial = 3}}).ok());
  const auto writing = store.pause([&] { return a.put({{0, {3, 4}, 5}}); }, Step::moved);
  store.meanwhile(200ms, [&] { writing->go_on(); });
  CHECK_OK(b.claim_within(store, 20s, {{.initial = 3}}));
  CHECK_OK(writing->finish());
  CHECK(b.answer(0).offset == 5);
  CHECK(store.rows(at(0)) == Offsets{3, 4});
  CHECK_THAT(is_fenced(outcome), a.put({{0, {5}, 6}}));
  CHECK(store.rows(at(0)) == Offsets{3, 4});
}

TEST_CASE_TEMPLATE("store: a batch that waits for a claim loses when that is committed", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store), b(store);
  REQUIRE(a.claim({{.initial = 3}}).ok());
  const auto claiming = store.pause([&] { return b.claim({{.initial = 3}}); }, Step::claimed);
  store.meanwhile(200ms, [&] { claiming->go_on(); });
  CHECK_THAT(is_fenced(outcome), a.put({{0, {3}, 4}}));
  CHECK_OK(claiming->finish());
  CHECK(b.answer(0).offset == 3);
  CHECK(store.rows(at(0)).empty());
}

TEST_CASE_TEMPLATE("store: what a claim has not committed nobody sees", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store), b(store);
  REQUIRE(a.claim({{.initial = 3}}).ok());
  store.lose_connection(Step::claimed);
  CHECK_THAT(is_retry(outcome), b.claim({{.initial = 3}}));
  CHECK(store.is_lost());
  CHECK(stored(store, 0).epoch == 1);
  CHECK_OK(a.put({{0, {3}, 4}}));
  CHECK(store.rows(at(0)) == Offsets{3});
}

// ---- locks ------------------------------------------------------------------------------------------------------------

TEST_CASE_TEMPLATE("store (waits): a claim waits half a second for a lock, then says 55P03 and has changed nothing", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store), b(store);
  REQUIRE(a.claim({{.partition = 0}, {.partition = 1}}).ok());
  auto person = store.hold(at(1));
  REQUIRE(person);
  const milliseconds begun = store.now();
  CHECK_THAT(is_retry(outcome, "55P03"), b.claim({{.partition = 0}, {.partition = 1}}));
  CHECK(store.now() - begun >= 500ms);
  CHECK(store.now() - begun < 2s);
  CHECK(stored(store, 0).epoch == 1);
  // The owner, which is idle, has kept its session.
  CHECK_OK(a.put({{0, {0}, 1}}));
  store.meanwhile(200ms, [held = std::move(person)]() mutable { held.reset(); });
  CHECK_OK(b.claim_within(store, 20s, {{.partition = 0}, {.partition = 1}}));
  CHECK(stored(store, 1).epoch == 2);
}

TEST_CASE_TEMPLATE("store (waits): a batch waits two seconds for a lock, then says 55P03 and has written nothing", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store);
  REQUIRE(a.claim({{.partition = 0}, {.partition = 1}}).ok());
  auto person = store.hold(at(1));
  REQUIRE(person);
  const milliseconds begun = store.now();
  CHECK_THAT(is_retry(outcome, "55P03"), a.put({{0, {0}, 1}, {1, {0}, 1}}));
  CHECK(store.now() - begun >= 2s);
  CHECK(store.now() - begun < 4s);
  CHECK(store.rows(at(0)).empty());
  CHECK(stored(store, 0).next_offset == 0);
  // One that is let go meanwhile is waited for.
  store.meanwhile(200ms, [held = std::move(person)]() mutable { held.reset(); });
  CHECK_OK(a.put({{0, {0}, 1}, {1, {0}, 1}}));
  CHECK(store.rows(at(1)) == Offsets{0});
}

// ---- a lost connection ------------------------------------------------------------------------------------------------

TEST_CASE_TEMPLATE("store: a connection that is made anew adopts the positions under their epoch", S, StoreInMemory, StoreOnPostgres, StorePoured) {
  S store;
  Member a(store);
  REQUIRE(a.claim({{.initial = 3}}).ok());
  REQUIRE(a.put({{0, {3}, 4}}).ok());
  store.end_session_of_owner(at(0));
  CHECK_THAT(is_retry(outcome), a.put({{0, {4}, 5}}));
  CHECK_OK(a.put({{0, {4}, 5}}));
  CHECK(stored(store, 0).epoch == 1);
  CHECK(store.rows(at(0)) == Offsets{3, 4});
  // The new session is the one that the row names.
  store.end_session_of_owner(at(0));
  CHECK_THAT(is_retry(outcome), a.put({{0, {5}, 6}}));
  CHECK_OK(a.put({{0, {5}, 6}}));
  CHECK(store.rows(at(0)) == Offsets{3, 4, 5});
}

TEST_CASE_TEMPLATE("store: a connection lost in the middle of a batch leaves nothing of it", S, StoreInMemory, StoreOnPostgres, StorePoured) {
  S store;
  Member a(store);
  REQUIRE(a.claim({{.initial = 3}}).ok());
  store.lose_connection(Step::moved);
  CHECK_THAT(is_retry(outcome), a.put({{0, {3}, 4}}));
  CHECK(store.is_lost());
  CHECK(store.rows(at(0)).empty());
  CHECK(stored(store, 0).next_offset == 3);
  CHECK_OK(a.put({{0, {3}, 4}}));
  CHECK(store.rows(at(0)) == Offsets{3});
}

TEST_CASE_TEMPLATE("store: adoption settles a COMMIT in doubt that had happened", S, StoreInMemory, StoreOnPostgres, StorePoured) {
  S store;
  Member a(store);
  REQUIRE(a.claim({{.initial = 3}}).ok());
  store.lose_connection(Step::answering);
  CHECK_THAT(is_retry(outcome), a.put({{0, {3, 4}, 5}}));
  CHECK(store.is_lost());
  CHECK(stored(store, 0).next_offset == 5);
  CHECK_OK(a.put({{0, {3, 4}, 5}}));
  CHECK_OK(a.put({{0, {5}, 6}}));
  CHECK(store.rows(at(0)) == Offsets{3, 4, 5});
  CHECK(stored(store, 0).epoch == 1);
  CHECK(stored(store, 0).records_total == 3);
}

TEST_CASE_TEMPLATE("store: adoption settles a COMMIT in doubt that had not happened", S, StoreInMemory, StoreOnPostgres, StorePoured) {
  S store;
  Member a(store);
  REQUIRE(a.claim({{.initial = 3}}).ok());
  store.lose_connection(Step::committing);
  CHECK_THAT(is_retry(outcome), a.put({{0, {3, 4}, 5}}));
  CHECK(store.is_lost());
  CHECK(stored(store, 0).next_offset == 3);
  CHECK_OK(a.put({{0, {3, 4}, 5}}));
  CHECK(store.rows(at(0)) == Offsets{3, 4});
  CHECK(stored(store, 0).epoch == 1);
}

TEST_CASE_TEMPLATE("store: adoption takes nothing from a newer owner and gives up", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store), b(store);
  REQUIRE(a.claim({{.partition = 0}, {.partition = 1}}).ok());
  store.end_session_of_owner(at(0));
  REQUIRE(b.claim({{.partition = 0}}).ok());
  CHECK_THAT(is_retry(outcome), a.put({{1, {0}, 1}}));
  CHECK_THAT(has_another_owner(outcome), a.put({{1, {0}, 1}}));
  CHECK(stored(store, 0).epoch == 2);
  CHECK(stored(store, 1).epoch == 1);
  CHECK(store.rows(at(1)).empty());
  // A batch in doubt does not change that: it is not known whether it happened, and it is none of a's business any more.
  CHECK_OK(b.put({{0, {0}, 1}}));
}

TEST_CASE_TEMPLATE("store: adoption after a commit in doubt that was followed by a newer owner's gives up", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store), b(store);
  REQUIRE(a.claim({{.initial = 3}}).ok());
  store.lose_connection(Step::answering);
  REQUIRE(is_retry(a.put({{0, {3}, 4}})));
  REQUIRE(b.claim({{.initial = 3}}).ok());
  CHECK(b.answer(0).offset == 4);
  CHECK_THAT(is_fenced(outcome), a.put({{0, {3}, 4}}));
  CHECK_OK(b.put({{0, {4}, 5}}));
  CHECK(store.rows(at(0)) == Offsets{3, 4});
}

TEST_CASE_TEMPLATE("store (waits): an adoption that was put off by a lock is made again", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store);
  REQUIRE(a.claim({{.initial = 3}}).ok());
  store.lose_connection(Step::committing);
  REQUIRE(is_retry(a.put({{0, {3}, 4}})));
  // The server takes a moment to notice.
  auto person = store.hold(at(0));
  for (const milliseconds end = store.now() + 20s; !person && store.now() < end; person = store.hold(at(0))) store.wait(10ms);
  REQUIRE(person);
  CHECK_THAT(is_retry(outcome, "55P03"), a.put({{0, {3}, 4}}));
  person.reset();
  CHECK_OK(a.put({{0, {3}, 4}}));
  CHECK(store.rows(at(0)) == Offsets{3});
}

TEST_CASE_TEMPLATE("store: a database that has gone back is noticed, and the next claim begins where it is", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store);
  REQUIRE(a.claim({{.initial = 3}}).ok());
  REQUIRE(a.put({{0, {3}, 4}}).ok());
  store.remember();
  REQUIRE(a.put({{0, {4}, 5}}).ok());
  SUBCASE("with the same owner") {
    store.go_back();
    CHECK(store.rows(at(0)) == Offsets{3});
    CHECK_THAT(is_retry(outcome), a.put({{0, {5}, 6}}));
    CHECK_THAT(has_gone_back(outcome), a.put({{0, {5}, 6}}));
  }
  SUBCASE("to before the claim of its owner") {
    Member b(store);
    REQUIRE(b.claim({{.initial = 3}}).ok());
    REQUIRE(b.put({{0, {5}, 6}}).ok());
    store.go_back();
    CHECK_THAT(is_retry(outcome), b.put({{0, {6}, 7}}));
    CHECK_THAT(has_gone_back(outcome), b.put({{0, {6}, 7}}));
  }
  CHECK(store.rows(at(0)) == Offsets{3});
  Member made_anew(store);
  CHECK_OK(made_anew.claim({{.initial = 99}}));
  CHECK(made_anew.answer(0).offset == 4);
  CHECK(stored(store, 0).epoch == 2);
  CHECK_OK(made_anew.put({{0, {4, 5}, 6}}));
  CHECK(store.rows(at(0)) == Offsets{3, 4, 5});
}

TEST_CASE_TEMPLATE("store: adoption of a position that has moved on under its epoch gives up", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store);
  REQUIRE(a.claim({{.initial = 3}}).ok());
  store.end_session_of_owner(at(0));
  store.overwrite(at(0), 9);
  REQUIRE(is_retry(a.put({{0, {3}, 4}})));
  CHECK_THAT(has_another_owner(outcome), a.put({{0, {3}, 4}}));
  CHECK(stored(store, 0).next_offset == 9);
  CHECK(store.rows(at(0)).empty());
}

TEST_CASE_TEMPLATE("store: a claim that went back, the epoch of which was given out again for a topic made anew, is noticed by the topic's id", S,
                   StoreInMemory, StoreOnPostgres) {
  S store;
  Member before(store), a(store);
  REQUIRE(before.claim({{.initial = 3, .id = topic_id(1)}}).ok());
  store.remember();
  REQUIRE(a.claim({{.initial = 3, .id = topic_id(1)}}).ok());
  store.go_back();
  REQUIRE(store.alter(at(0), topic_id(2), 3).ok());
  REQUIRE(stored(store, 0).epoch == 2);
  REQUIRE(is_retry(a.put({{0, {3}, 4}})));
  CHECK_THAT(has_gone_back(outcome), a.put({{0, {3}, 4}}));
  CHECK(stored(store, 0).next_offset == 3);
  CHECK(store.rows(at(0)).empty());
}

TEST_CASE_TEMPLATE("store: a position that is gone is a database that has gone back", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store), b(store);
  REQUIRE(b.claim({{.partition = 1}}).ok());
  store.remember();
  REQUIRE(a.claim({{.initial = 3}}).ok());
  store.go_back();
  REQUIRE(is_retry(a.put({{0, {3}, 4}})));
  CHECK_THAT(has_gone_back(outcome), a.put({{0, {3}, 4}}));
  CHECK(!store.stored(at(0)));
}

TEST_CASE_TEMPLATE("store: an epoch that was given out again for a topic made anew is not its old owner's", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member first(store), a(store);
  REQUIRE(first.claim({{.initial = 3, .id = topic_id(1)}}).ok());
  store.remember();
  REQUIRE(a.claim({{.initial = 3, .id = topic_id(1)}}).ok());
  store.go_back();
  REQUIRE(store.alter(at(0), topic_id(2), 3).ok());
  REQUIRE(stored(store, 0).epoch == 2);
  REQUIRE(is_retry(a.put({{0, {3}, 4}})));
  CHECK_THAT(has_gone_back(outcome), a.put({{0, {3}, 4}}));
  CHECK(store.rows(at(0)).empty());
}

TEST_CASE_TEMPLATE("store: a batch without spans notices what a batch would, changes nothing and waits for nobody", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store);
  REQUIRE(a.claim({{.initial = 3}, {.partition = 1}}).ok());
  REQUIRE(a.put({{0, {3}, 4}}).ok());
  store.remember();
  CHECK_OK(a.put({}));
  SUBCASE("nothing") {
    const auto person = store.hold(at(0));
    CHECK_OK(a.put({}));
  }
  SUBCASE("another owner of one of them") {
    Member b(store);
    REQUIRE(b.claim({{.partition = 0}}).ok());
    CHECK_THAT(has_another_owner(outcome), a.put({}));
  }
  SUBCASE("a position that was set by whoever knows nothing of epochs") {
    store.overwrite(at(1), 9);
    CHECK_THAT(has_another_owner(outcome), a.put({}));
  }
  SUBCASE("a session that has ended") {
    store.end_session_of_owner(at(0));
    CHECK_THAT(is_retry(outcome), a.put({}));
    CHECK_OK(a.put({}));
    CHECK(stored(store, 0).epoch == 1);
  }
  SUBCASE("a database that has gone back") {
    REQUIRE(a.put({{0, {4}, 5}}).ok());
    store.go_back();
    CHECK_THAT(is_retry(outcome), a.put({}));
    CHECK_THAT(has_gone_back(outcome), a.put({}));
  }
  CHECK(store.rows(at(0)) == Offsets{3});
}

// ---- what a person does -----------------------------------------------------------------------------------------------

TEST_CASE_TEMPLATE("store: setting a position raises the epoch, so that its owner writes nothing more", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store);
  REQUIRE(a.claim({{.initial = 3, .generation = 9, .id = topic_id(1)}}).ok());
  REQUIRE(a.put({{0, {3}, 4}}).ok());
  // To where it is: by the offset alone nobody could tell.
  CHECK_OK(store.alter(at(0), topic_id(2), 4));
  CHECK(stored(store, 0).epoch == 2);
  CHECK(stored(store, 0).next_offset == 4);
  CHECK(stored(store, 0).topic_id == topic_id(2));
  CHECK(!stored(store, 0).witness);
  CHECK(stored(store, 0).leader_epoch == -1);
  CHECK(stored(store, 0).records_total == 1);
  CHECK_THAT(is_fenced(outcome), a.put({{0, {4}, 5}}));
  // The generation that was seen says nothing any more.
  CHECK_OK(a.claim({{.initial = 3, .generation = 2}}));
  CHECK(a.answer(0).offset == 4);
  CHECK(stored(store, 0).epoch == 3);
}

TEST_CASE_TEMPLATE("store: of a position that is unset its owner writes nothing more", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store), lost(store);
  REQUIRE(lost.claim({{.partition = 1}}).ok());
  REQUIRE(a.claim({{.partition = 0}}).ok());
  store.end_session_of_owner(at(1));
  for (const int32_t partition : {0, 1}) REQUIRE(store.alter(at(partition), TopicId{}, std::nullopt).ok());
  CHECK_THAT(is_fenced(outcome), a.put({{0, {0}, 1}}));
  CHECK_THAT(is_retry(outcome), lost.put({{1, {0}, 1}}));
  CHECK_THAT(has_another_owner(outcome), lost.put({{1, {0}, 1}}));
  CHECK(!stored(store, 0).next_offset);
  CHECK(store.rows(at(0)).empty());
}

TEST_CASE_TEMPLATE("store: a position can be set before anybody has claimed it", S, StoreInMemory, StoreOnPostgres) {
  S store;
  CHECK_OK(store.alter(at(0), topic_id(1), 12));
  CHECK(stored(store, 0).epoch == 1);
  Member a(store);
  CHECK_OK(a.claim({{.initial = 3, .id = topic_id(1)}}));
  CHECK(a.answer(0).offset == 12);
  CHECK(stored(store, 0).epoch == 2);
}

TEST_CASE_TEMPLATE("store (waits): setting a position is refused while a session holds its row", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store);
  REQUIRE(a.claim({{.initial = 3}}).ok());
  const auto writing = store.pause([&] { return a.put({{0, {3}, 4}}); }, Step::moved);
  CHECK_THAT(is_retry(outcome, "55P03"), store.alter(at(0), TopicId{}, 0));
  CHECK_OK(writing->finish());
  CHECK(stored(store, 0).next_offset == 4);
  CHECK(stored(store, 0).epoch == 1);
  CHECK_OK(store.alter(at(0), TopicId{}, 0));
  CHECK(stored(store, 0).epoch == 2);
}

// ---- sessions that stand in the way -----------------------------------------------------------------------------------

TEST_CASE_TEMPLATE("store (waits): a claim ends an owner's session that has waited for its client for a second", S, StoreInMemory, StoreOnPostgres, StorePoured) {
  S store;
  Member frozen(store), b(store);
  REQUIRE(frozen.claim({{.initial = 3}}).ok());
  const auto writing = store.pause([&] { return frozen.put({{0, {3}, 4}}); }, Step::moved);
  const milliseconds begun = store.now();
  CHECK_OK(b.claim_within(store, 20s, {{.initial = 3}}));
  CHECK(store.now() - begun >= 900ms);  // its transaction is a little older than our look at the clock
  CHECK(store.now() - begun < 4s);
  CHECK(b.answer(0).offset == 3);
  CHECK_OK(b.put({{0, {3}, 4}}));
  CHECK_THAT(is_retry(outcome), writing->finish());
  CHECK_THAT(is_fenced(outcome), frozen.put({{0, {3}, 4}}));
  CHECK(store.rows(at(0)) == Offsets{3});
}

TEST_CASE_TEMPLATE("store (waits): a client that is merely slow loses its session as well", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member slow(store), b(store);
  REQUIRE(slow.claim({{.initial = 3}}).ok());
  const auto writing = store.pause([&] { return slow.put({{0, {3}, 4}}); }, Step::moved);
  store.wait(1200ms);
  writing->go_on_to(Step::committing);
  CHECK_THAT(is_retry(outcome, "55P03"), b.claim({{.initial = 3}}));
  CHECK_OK(b.claim({{.initial = 3}}));
  CHECK_THAT(is_retry(outcome), writing->finish());
  CHECK(store.rows(at(0)).empty());
}

TEST_CASE_TEMPLATE("store (waits): a claim ends an owner's session that is at work only after five seconds", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member slow(store), b(store);
  REQUIRE(slow.claim({{.initial = 3}}).ok());
  const milliseconds begun = store.now();
  const auto writing = store.slow_down([&] { return slow.put({{0, {3}, 4}}); }, at(0));
  CHECK_OK(b.claim_within(store, 20s, {{.initial = 3}}));
  CHECK(store.now() - begun >= 5s);
  CHECK(store.now() - begun < 9s);
  CHECK_THAT(is_retry(outcome), writing->finish());
  CHECK(store.rows(at(0)).empty());
}

TEST_CASE_TEMPLATE("store (waits): a person's session that holds a row is never ended", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store), b(store);
  REQUIRE(a.claim({{.initial = 3}}).ok());
  auto person = store.hold(at(0));
  CHECK_THAT(is_retry(outcome, "55P03"), b.claim_within(store, 2s, {{.initial = 3}}));
  CHECK(!store.hold(at(0)));
  person.reset();
  CHECK_OK(b.claim({{.initial = 3}}));
}

TEST_CASE_TEMPLATE("store (waits): an adoption ends the session that was lost and that the server still waits for", S, StoreInMemory, StoreOnPostgres, StorePoured) {
  S store;
  Member a(store);
  REQUIRE(a.claim({{.initial = 3}}).ok());
  store.cut_cable(Step::moved);
  CHECK_THAT(is_retry(outcome), a.put({{0, {3}, 4}}));
  CHECK(store.is_lost());
  CHECK(!store.hold(at(0)));
  CHECK_THAT(is_retry(outcome, "55P03"), a.put({{0, {3}, 4}}));
  CHECK_OK(a.put({{0, {3}, 4}}));
  CHECK(store.rows(at(0)) == Offsets{3});
  CHECK(stored(store, 0).epoch == 1);
}

TEST_CASE_TEMPLATE("store (waits): an adoption does not end a newer owner's session", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store), b(store);
  REQUIRE(a.claim({{.initial = 3}}).ok());
  store.end_session_of_owner(at(0));
  REQUIRE(b.claim({{.initial = 3}}).ok());
  REQUIRE(is_retry(a.put({{0, {3}, 4}})));
  const auto writing = store.pause([&] { return b.put({{0, {3}, 4}}); }, Step::moved);
  CHECK_THAT(is_retry(outcome, "55P03"), a.put({{0, {3}, 4}}));
  CHECK_OK(writing->finish());
  CHECK_THAT(is_fenced(outcome), a.put({{0, {3}, 4}}));
  CHECK(store.rows(at(0)) == Offsets{3});
}

// ---- what is kept beside the position ---------------------------------------------------------------------------------

TEST_CASE_TEMPLATE("store: the record written last is kept, and each claim is told it", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store), b(store);
  REQUIRE(a.claim({{.initial = 3}}).ok());
  REQUIRE(a.put({{0, {3, 5}, 8}}).ok());
  const Witness witness{5, crc_of(a.value_of(5)), 1'700'000'000'005};
  CHECK(stored(store, 0).witness == witness);
  CHECK_OK(b.claim({{.initial = 3}}));
  CHECK(b.answer(0).witness_offset == witness.offset);
  CHECK(b.answer(0).witness_crc == witness.crc);
  CHECK(b.answer(0).witness_ts == witness.timestamp_ms);
  CHECK(b.answer(0).leader_epoch == 3);
  // Of positions that move without a record it stays, behind an adoption as well.
  CHECK_OK(b.put({{0, {}, 9}}));
  store.end_session_of_owner(at(0));
  REQUIRE(is_retry(b.put({{0, {}, 10}})));
  CHECK_OK(b.put({{0, {}, 10}}));
  CHECK(stored(store, 0).witness == witness);
}

TEST_CASE_TEMPLATE("store: records, gaps and rejected records are counted", S, StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store);
  REQUIRE(a.claim({{.initial = 3}}).ok());
  REQUIRE(a.put({{0, {3, 5}, 8}}).ok());
  CHECK(stored(store, 0).records_total == 2);
  CHECK(stored(store, 0).gaps_total == 3);
  CHECK(stored(store, 0).rejected_total == 0);
  CHECK_OK(a.put_without(9, {0, {8, 9, 12}, 13}));
  CHECK(stored(store, 0).records_total == 4);
  CHECK(stored(store, 0).gaps_total == 5);
  CHECK(stored(store, 0).rejected_total == 1);
  CHECK(stored(store, 0).witness->offset == 12);
  CHECK(store.rows(at(0)) == Offsets{3, 5, 8, 12});
}

// ---- which takes half a minute ----------------------------------------------------------------------------------------

TEST_CASE_TEMPLATE("store (long): a session is ended that has been left in the middle of a transaction for 30 s, but for one that is in COPY", S,
                   StoreInMemory, StoreOnPostgres) {
  S store;
  Member a(store), b(store);
  REQUIRE(a.claim({{.partition = 0, .initial = 3}, {.partition = 1, .initial = 3}}).ok());
  const auto copying = store.pause([&] { return a.put({{1, {3}, 4}}); }, Step::moved);
  const auto claiming = store.pause([&] { return b.claim({{.partition = 0, .initial = 3}}); }, Step::claimed);
  const milliseconds begun = store.now();
  store.wait(28s);
  CHECK(!store.hold(at(0)));
  while (!store.hold(at(0)) && store.now() - begun < 60s) store.wait(100ms);
  CHECK(store.now() - begun >= 29s);
  CHECK(store.now() - begun < 33s);
  CHECK_THAT(is_retry(outcome), claiming->finish());
  CHECK(stored(store, 0).epoch == 1);
  CHECK(!store.hold(at(1)));
  CHECK_OK(copying->finish());
  CHECK(store.rows(at(1)) == Offsets{3});
}
