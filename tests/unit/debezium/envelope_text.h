// Values of records as text, and one line for what the decoder makes of them.
#pragma once
#include "debezium_postgres_sink/decode/envelope.h"
#include "fixture.h"

namespace sluice::debezium {

inline std::string event(const std::string& members) { return R"({"source":{"ts_ms":1,"table":"orders"},)" + members + "}"; }

// With a schema of this name, which says nothing about its fields.
inline std::string named(const std::string& schema, const std::string& payload) {
  return R"({"schema":{"type":"struct","fields":[],"name":")" + schema + R"("},"payload":)" + payload + "}";
}

// "UPDATE flattened", "DELETE tombstone", "skip heartbeat", "!envelope" ...
inline std::string decoded(std::optional<std::string_view> key, std::optional<std::string_view> value) {
  EnvelopeDecoder decoder;
  return outcome([&](std::string& out) {
    const Event e = decoder.decode(key, value);
    out += e.skip ? std::string("skip ") + name_of(*e.skip) : name_of(e.change.operation);
    if (e.change.flattened) out += " flattened";
    if (e.change.tombstone) out += " tombstone";
  });
}

}  // namespace sluice::debezium
