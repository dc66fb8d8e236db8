// One Kafka record -> one change of a row, or the reason why it is none. Follows Debezium's PostgreSQL connector, 2.4 to 3.x.
// Task thread only.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "debezium_postgres_sink/decode/schema.h"

namespace sluice::debezium {

enum class Operation { insert, update, remove, snapshot, truncate };
const char* name_of(Operation);  // INSERT, UPDATE ...
char letter_of(Operation);       // Debezium's: c, u, d, r, t

// Records that are no rows: they only move the position.
enum class Skip { tombstone, heartbeat, transaction, message, schema_change, notification, truncate };
constexpr int kSkips = 7;
const char* name_of(Skip);

// A row as the event has it, and the schema of its fields where the event has one.
struct Image {
  Json row;
  const Schema* schema = nullptr;
};

struct Change {
  Operation operation = Operation::insert;
  Image before, after;
  Image key;      // of a delete alone, where `before` may lack all but the key, or all
  Json source;    // Debezium's block about where the change comes from
  Json envelope;  // the whole event
  const Schema* schema = nullptr;  // of the whole event

  // The image that a row of history is made from.
  const Image& row() const { return operation == Operation::remove ? before : after; }
};

struct Event {
  std::optional<Skip> skip;
  Change change;  // where skip is not set; good until the next decode()
};

class EnvelopeDecoder {
 public:
  // Throws RecordError.
  Event decode(std::optional<std::string_view> key, std::optional<std::string_view> value);

 private:
  Event decode_envelope(const Payload& value, std::optional<std::string_view> key);
  ConnectJson values_, keys_;
};

}  // namespace sluice::debezium
