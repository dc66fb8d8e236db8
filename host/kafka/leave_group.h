// How a member leaves its consumer group for good. One that comes back under its name does not: a static member keeps its
// partitions until then, and its client is just freed.
#pragma once
#include <librdkafka/rdkafka.h>

#include <memory>

namespace sluice::kafka {

// The answer to a revocation: of `list` what the client has. The task may have let go of some by itself, or never claimed it; librdkafka
// refuses a list that names any such partition, and waits for another answer for ever, even where it ends. Null: it is answered.
rd_kafka_error_t* unassign(rd_kafka_t* client, const rd_kafka_topic_partition_list_t* list);

// Says yes to what the group gives or takes, where nobody reads it any more; passes over other events.
void answer(rd_kafka_t* client, rd_kafka_event_t* event);

// Leaves and answers what the group still asks, from `events`, which nobody else reads any more; `broker_is_up`: somebody to say
// goodbye to. False: the client hangs, and must not be touched again.
//
// A client that is closing forgets calls that cross its end, and their callers wait for ever (librdkafka 2.14: an op that meets a
// terminated group is destroyed without a reply). So they are made where nobody waits for them.
bool leave_group(rd_kafka_t* client, std::shared_ptr<rd_kafka_queue_t> events, bool broker_is_up);

}  // namespace sluice::kafka
