#include "kafka/leave_group.h"

#include <chrono>
#include <functional>

#include "kafka/free_client.h"
#include "kafka/handles.h"

namespace sluice::kafka {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kUnassignLimit{3000};
constexpr milliseconds kCloseLimit{2000};
constexpr milliseconds kCloseLimitAlone{500};  // with no broker up there is nobody to say goodbye to
constexpr milliseconds kHangs{1000};           // beyond these
constexpr int kPollMs = 5;  // no event tells that the membership has ended, and whoever stops or restarts a connector waits for it

void answer_until(rd_kafka_t* client, rd_kafka_queue_t* events, milliseconds limit, const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!done() && std::chrono::steady_clock::now() < deadline) {
    for (Event event(rd_kafka_queue_poll(events, kPollMs)); event; event.reset(rd_kafka_queue_poll(events, 0))) answer(client, event.get());
  }
}

bool is_member(rd_kafka_t* client) {
  char* id = rd_kafka_memberid(client);
  const bool has_one = id && *id;
  if (id) rd_kafka_mem_free(client, id);
  return has_one;
}

}  // namespace

rd_kafka_error_t* unassign(rd_kafka_t* client, const rd_kafka_topic_partition_list_t* list) {
  rd_kafka_topic_partition_list_t* assigned = nullptr;
  if (rd_kafka_assignment(client, &assigned)) return rd_kafka_incremental_unassign(client, list);
  const PartitionList has(assigned), going(rd_kafka_topic_partition_list_new(list->cnt));
  for (int i = 0; i < list->cnt; ++i) {
    const auto& each = list->elems[i];
    if (rd_kafka_topic_partition_list_find(has.get(), each.topic, each.partition))
      rd_kafka_topic_partition_list_add(going.get(), each.topic, each.partition);
  }
  return rd_kafka_incremental_unassign(client, going.get());
}

void answer(rd_kafka_t* client, rd_kafka_event_t* event) {
  if (rd_kafka_event_type(event) != RD_KAFKA_EVENT_REBALANCE) return;
  const auto* list = rd_kafka_event_topic_partition_list(event);
  const bool gained = rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
  Error(gained ? rd_kafka_incremental_assign(client, list) : unassign(client, list));
}

bool leave_group(rd_kafka_t* client, std::shared_ptr<rd_kafka_queue_t> events, bool broker_is_up) {
  const milliseconds close_limit = broker_is_up ? kCloseLimit : kCloseLimitAlone;
  return ends_within(kUnassignLimit + close_limit + kHangs, [client, events = std::move(events), close_limit, broker_is_up] {
    // A static member does not leave its group by closing; unsubscribing makes it leave, once its partitions have really stopped. It has no
    // member id from then on.
    rd_kafka_unsubscribe(client);
    answer_until(client, events.get(), kUnassignLimit, [&] {
      rd_kafka_topic_partition_list_t* assigned = nullptr;
      if (rd_kafka_assignment(client, &assigned)) return true;
      return PartitionList(assigned)->cnt == 0 && (!broker_is_up || !is_member(client));
    });
    Error(rd_kafka_consumer_close_queue(client, events.get()));
    answer_until(client, events.get(), close_limit, [&] { return rd_kafka_consumer_closed(client) != 0; });
  });
}

}  // namespace sluice::kafka
