// The schema block that Connect's JsonConverter may put beside each payload, and how to tell the two forms apart.
//
// The block is most of a message's bytes and nearly always the same as in the message before. So it is parsed once and
// then recognised by its bytes; what is left to parse is the payload. Task thread only.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "debezium_postgres_sink/decode/json.h"

namespace sluice::debezium {

// What the values of a field mean: Debezium's and Connect's logical types. `none`: the JSON value says it all.
enum class Meaning : uint8_t {
  none, decimal, variable_decimal, bytes, bits,
  date, time_ms, time_us, time_ns, timestamp_ms, timestamp_us, timestamp_ns,
  iso_date, iso_time, iso_timestamp, zoned_time, zoned_timestamp, duration_us, interval,
  structured_date, structured_time, structured_timestamp, structured_zoned_time, structured_zoned_timestamp, structured_duration,
  json, uuid, xml, enumeration, ltree, tsvector,
  point, circle, line, geometry, geography,  // box, lseg, path and polygon come as geometry
  vector, half_vector, sparse_vector,
  array, map, composite,  // without a logical type; composite: a struct
};

struct Schema {
  std::string field;        // its name within the struct around it
  std::string type;         // Connect's: struct, int64, bytes, string ...
  std::string name;         // the logical type, such as org.apache.kafka.connect.data.Decimal; may be empty
  int scale = 0;            // of a Decimal
  std::optional<int> precision;  // of a Decimal
  std::optional<int> length;     // of Bits
  Meaning meaning = Meaning::none;
  bool optional = false;
  bool has_default = false;
  std::vector<Schema> fields;  // of a struct
  std::vector<Schema> items;   // of an array: its elements; of a map: keys, values

  // The source's own words, where it propagates them (column.propagate.source.type): "NUMERIC", 10, 2. Only for making columns.
  std::string source_type;
  std::optional<int> source_length, source_scale;

  const Schema* find(std::string_view field_name) const;
  const Schema* element() const { return items.empty() ? nullptr : &items.front(); }
};

Schema read_schema(Json block);

// What is left of a key or value when the envelope of JsonConverter is off.
struct Payload {
  Json json;                       // absent: the bytes were null
  const Schema* schema = nullptr;  // null: the message had none
};

class ConnectJson {
 public:
  // Throws RecordError where the bytes are not JSON. The answer is good until the next read().
  Payload read(std::string_view bytes);

 private:
  struct Known {
    std::string prefix;  // `{"schema":…,"payload":`
    Schema schema;
  };
  static constexpr size_t kKnownMax = 64;  // topics times versions of their schemas; the oldest gives way

  const Known* recognise(std::string_view bytes);
  const Known* learn(std::string_view bytes);
  Payload read_whole(std::string_view bytes);

  JsonDocument document_, schema_document_;
  std::deque<Known> known_;
  const Known* last_ = nullptr;
  Schema odd_schema_;  // of a message that is enveloped in another order of keys
};

}  // namespace sluice::debezium
