// Points, shapes and PostGIS's geometries, from Debezium's structs (pure).
#pragma once
#include <string>

#include "debezium_postgres_sink/decode/column_type.h"
#include "debezium_postgres_sink/decode/json.h"

namespace sluice::debezium {

void append_point(std::string& out, Json value);   // (1.5,-2.25)
void append_circle(std::string& out, Json value);  // <(1,2),3>
void append_line(std::string& out, Json value);    // {1,2,3}

// `{wkb, srid, extensions}`: a box, lseg, path or polygon as that type reads it, where the target or the struct's extensions say
// so; else EWKB in hex, which PostGIS reads.
void append_geometry(std::string& out, Json value, TypeKind target);

}  // namespace sluice::debezium
