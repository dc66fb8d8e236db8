#include "kafka/message.h"

#include <string>

namespace sluice::kafka {
namespace {

std::vector<sluice_header> read_headers(void* memory) {
  std::vector<sluice_header> found;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(static_cast<rd_kafka_message_t*>(memory), &headers)) return found;
  const char* name;
  const void* value;
  size_t size;
  for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
    found.push_back({name, value, static_cast<uint32_t>(std::char_traits<char>::length(name)), static_cast<uint32_t>(size)});
  return found;
}

}  // namespace

Record to_record(Message message, bool with_headers) {
  Record record;
  record.leader_epoch = rd_kafka_message_leader_epoch(message.get());
  record.offset = message->offset;
  rd_kafka_timestamp_type_t type;
  record.timestamp_ms = rd_kafka_message_timestamp(message.get(), &type);
  record.log_append_time = type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME;
  record.key = message->key;
  record.key_len = static_cast<uint32_t>(message->key_len);
  record.value = message->payload;
  record.value_len = static_cast<uint32_t>(message->len);
  record.read_headers = read_headers;
  if (with_headers) record.headers = read_headers(message.get());
  record.memory = {message.release(), [](void* m) { rd_kafka_message_destroy(static_cast<rd_kafka_message_t*>(m)); }};
  return record;
}

}  // namespace sluice::kafka
