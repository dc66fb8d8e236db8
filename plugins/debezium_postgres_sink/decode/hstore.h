// Maps of texts -> the text of an hstore (pure).
#pragma once
#include <string>

#include "debezium_postgres_sink/decode/json.h"

namespace sluice::debezium {

// A map (hstore.handling.mode=map), or a text that holds the same as JSON (`json`, the default).
void append_hstore(std::string& out, Json value);

}  // namespace sluice::debezium
