// One Kafka record -> one change of a row, or the reason why it is none. Follows Debezium's PostgreSQL connector, 2.4 to 3.x.
// Task thread only.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "debezium_postgres_sink/decode/schema.h"

namespace sluice::debezium {

enum class Operation : uint8_t { insert, update, remove, snapshot, truncate };
constexpr int kOperations = 5;
const char* name_of(Operation);  // INSERT, UPDATE ...
char letter_of(Operation);       // Debezium's: c, u, d, r, t

// Records that are no rows: they only move the position.
enum class Skip { tombstone, heartbeat, transaction, message, schema_change, notification, signal, truncate, removal };
constexpr int kSkips = 9;
const char* name_of(Skip);

// A row as the event has it, and the schema of its fields where the event has one.
struct Image {
  Json row;
  const Schema* schema = nullptr;
};

struct Change {
  Operation operation = Operation::insert;
  bool tombstone = false;   // nothing but the record's key is known: no image, no source
  bool flattened = false;   // by ExtractNewRecordState: facts stand among the fields of the row, see is_fact()
  Image before, after;
  Image key;                // the record's; decoded for deletes, and for all where the decoder was told so. Empty where it is no JSON object
  Json source;              // Debezium's block about where the change comes from; absent in flattened records
  Json envelope;            // the whole event
  const Schema* schema = nullptr;  // of the whole event

  // The image that a row of history is made from.
  const Image& row() const { return operation == Operation::remove ? before : after; }

  // What the event says about itself, wherever it says it; nothing or empty where it does not. Times: microseconds since 1970.
  std::optional<int64_t> source_time_us() const;  // of the source's commit, or of the snapshot's read
  std::optional<int64_t> event_time_us() const;   // when Debezium processed it
  std::optional<int64_t> lsn() const;
  std::optional<int64_t> transaction_id() const;
  std::string_view source_schema() const;
  std::string_view source_table() const;
};

// Is this field of a flattened record something that ExtractNewRecordState says about the change, rather than a column?
bool is_fact(std::string_view field);

struct Event {
  std::optional<Skip> skip;
  Change change;  // where skip is not set; good until the next decode()
};

class EnvelopeDecoder {
 public:
  // `keys`: decode the key of every record, not only of deletes.
  explicit EnvelopeDecoder(bool keys = false) : keys_always_(keys) {}
  // Throws RecordError.
  Event decode(std::optional<std::string_view> key, std::optional<std::string_view> value);

 private:
  using Bytes = std::optional<std::string_view>;
  struct Key {
    bool absent = true;  // or null
    Image image;
  };

  Event decode_tombstone(Bytes key);
  Event decode_envelope(const Payload& value, Bytes key);
  Event decode_flattened(const Payload& value, Bytes key);
  void add_key(Change& change, Bytes key);
  Key read_key(Bytes key);

  const bool keys_always_;
  ConnectJson values_, keys_;
};

}  // namespace sluice::debezium
