// Every failpoint of the host and of the bundled sinks, in the order in which a task comes by: a name that is not here does not
// compile. A point stands where a crash leaves something half done; the words say what is done already when it is passed.
#pragma once
#include <string_view>

namespace sluice::failpoint {

struct Point {
  std::string_view name;
  bool can_fail;  // takes the action `error`: the step fails then as the real thing would
  std::string_view passed_when;
};

inline constexpr bool kFails = true, kOnlyStops = false;

inline constexpr Point kPoints[] = {
    // The host joins, and asks where its partitions stand.
    {"group.gained", kOnlyStops, "the group gave partitions, nobody knows of them yet"},
    {"claim.begun", kFails, "partitions are to be claimed, Kafka was not asked where they stand"},
    {"claim.looked_up", kOnlyStops, "Kafka has said where they stand, the sink was not asked"},
    // The sink connects and claims.
    {"connect.opened", kFails, "a connection is open, nothing is set on it"},
    {"connect.ready", kFails, "a connection is set up"},
    {"tables.before_commit", kFails, "the tables for positions are made, not committed"},
    {"claim.before_upsert", kFails, "the claim's transaction is open, no row of it is written"},
    {"claim.after_upsert", kFails, "the epochs are raised, not committed"},
    {"claim.before_commit", kFails, "the claim is noted among the events, not committed"},
    {"claim.committed", kFails, "the claim is committed, its answer is not used"},
    {"claim.blocked", kOnlyStops, "a former owner's transaction holds a row"},
    {"claim.owners_ended", kOnlyStops, "its session was ended, the claim not yet tried again"},
    {"claim.opened", kFails, "the sink has claimed, the Kafka client has no position"},
    {"claim.assigned", kOnlyStops, "reading begins at the claimed positions"},
    // A sink that lost its connection signs its positions over to the new one.
    {"adopt.before_commit", kFails, "the positions are signed over, not committed"},
    {"adopt.committed", kOnlyStops, "they are signed over, what was in doubt is settled"},
    {"verify.before_read", kFails, "nothing comes, and the positions are about to be looked at"},
    // Records come and become a batch.
    {"fetch.fetched", kOnlyStops, "records were fetched, none was looked at"},
    {"fetch.witness", kOnlyStops, "the record written last was read again and is the same"},
    {"fetch.built", kOnlyStops, "a batch is built"},
    {"advance.built", kOnlyStops, "a batch without records is built, for its positions alone"},
    {"advance.asked", kOnlyStops, "nothing comes: a batch without spans is built, which asks the sink for its positions"},
    {"put.begun", kOnlyStops, "the batch is in hand, the sink has not seen it"},
    // The sink decodes and writes it.
    {"write.begun", kOnlyStops, "the sink has the batch"},
    {"decode.record", kOnlyStops, "one more record is to be decoded"},
    {"create.before_commit", kFails, "auto.create has made a table, not committed"},
    {"create.committed", kOnlyStops, "auto.create has made a table"},
    {"add.before_commit", kFails, "unknown.columns has added columns, not committed"},
    {"add.committed", kOnlyStops, "unknown.columns has added columns"},
    {"stage.made", kFails, "the temporary table of a merge is made"},
    {"prepare.done", kFails, "the statement that moves positions is prepared"},
    {"letters.table_made", kFails, "the table of dead letters is made, not committed"},
    {"write.after_begin", kFails, "the batch's transaction is open, nothing is written"},
    {"pour.held", kFails, "the positions' rows are locked, no row is poured"},
    {"write.after_cas", kFails, "the positions are moved, not committed"},
    {"copy.sending", kFails, "a COPY waits for its next piece of rows"},
    {"copy.sent", kFails, "all rows of a COPY are sent, its end is not"},
    {"write.statement", kFails, "one more statement of the batch is answered"},
    {"write.values_fetched", kFails, "large values that an update did not touch were read from the table"},
    {"write.rows_written", kFails, "all rows are written, dead letters are not, nothing is committed"},
    {"write.before_commit", kFails, "everything is written, COMMIT is not sent"},
    {"write.after_commit", kFails, "COMMIT is done, its reply is not looked at"},
    {"write.committed", kOnlyStops, "the sink knows that it is committed, the host does not"},
    // Bad records.
    {"bisect.savepoint", kFails, "a part of the batch is tried by itself, behind a savepoint"},
    {"bisect.refused", kFails, "the database refused that part, which is rolled back"},
    {"bisect.found", kOnlyStops, "the bad records are known, what was tried is rolled back"},
    {"bisect.halved", kOnlyStops, "the host has halved a batch that the sink refused"},
    {"reject.judged", kOnlyStops, "the host lets a record be passed over, it has no dead letter"},
    {"letters.begun", kFails, "dead letters are to be sent to the topic"},
    {"letters.produced", kOnlyStops, "they were handed to the Kafka client, not acknowledged"},
    {"letters.acknowledged", kOnlyStops, "they are in the topic, the task does not know"},
    {"reject.durable", kOnlyStops, "the dead letter is durable, the position is not past the record"},
    {"letters.table_written", kFails, "the dead letters are in their table, not committed"},
    // The host notes what is durable, and commits it to Kafka.
    {"put.answered", kOnlyStops, "the sink answered OK, the host has not noted it"},
    {"put.noted", kOnlyStops, "the host has noted it"},
    {"commit.asked", kFails, "Kafka is to be asked to commit positions"},
    {"commit.done", kOnlyStops, "Kafka was asked, and answered if somebody waits for that"},
    // A new sink after SLUICE_RESTART.
    {"restart.dropped", kOnlyStops, "the old sink is gone"},
    {"restart.made", kOnlyStops, "a sink is made, it has claimed nothing"},
    // Partitions go, or the client does.
    {"client.statistics", kFails, "the client has told how it is; `error`: it knows no broker any more"},
    {"group.looked_for", kOnlyStops, "what partitions there are is known, who has them was not asked"},
    {"group.lost", kFails, "the group has given the member up, the task does not know; `error`: a request of the old member is fenced"},
    {"group.going", kOnlyStops, "the group takes partitions, the task does not know"},
    {"revoke.begun", kOnlyStops, "the task knows, a batch may be in hand"},
    {"revoke.drained", kOnlyStops, "the batch is dropped, the sink still has the partitions"},
    {"close.begun", kOnlyStops, "the sink is to let go of partitions"},
    {"revoke.closed", kOnlyStops, "the sink has let go, Kafka's commit is not made"},
    {"revoke.committed", kOnlyStops, "Kafka's commit is made, the client still has the partitions"},
    {"revoke.before_unassign", kOnlyStops, "the client is to let go"},
    {"revoke.unassigned", kOnlyStops, "the client has let go"},
    // A stop.
    {"stop.begun", kOnlyStops, "the task is to stop, a batch may be in hand"},
    {"stop.closed", kOnlyStops, "the sink has let go, Kafka's commit is not made"},
    {"stop.committed", kOnlyStops, "Kafka's commit is made, the sink lives"},
    {"stop.destroyed", kOnlyStops, "the sink is gone, the client is not closed"},
    {"stop.left", kOnlyStops, "the client is closed"},
    // A person sets offsets, or replays dead letters.
    {"alter.group_done", kOnlyStops, "the group's offsets are set, the sink's positions are not"},
    {"alter.before_commit", kFails, "the positions are set, not committed"},
    {"alter.committed", kOnlyStops, "the positions are set"},
    {"replay.before_commit", kFails, "dead letters are written and marked, not committed"},
    {"replay.committed", kOnlyStops, "they are committed, nobody has been told"},
};

}  // namespace sluice::failpoint
