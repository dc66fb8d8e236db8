#include "debezium_postgres_sink/decode/geometry.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "debezium_postgres_sink/decode/base64.h"
#include "debezium_postgres_sink/decode/reading.h"

namespace sluice::debezium {
namespace {

// EWKB says in a flag of the type that an srid follows it (PostGIS, liblwgeom.h).
constexpr uint32_t kHasSrid = 0x20000000;
constexpr uint32_t kLineString = 2, kPolygon = 3;

struct Place {
  double x = 0, y = 0;
};
bool same(const Place& a, const Place& b) { return std::memcmp(&a, &b, sizeof a) == 0; }  // NaN equals itself

class WkbReader {
 public:
  explicit WkbReader(std::string_view bytes) : bytes_(bytes) {
    little_ = take<uint8_t>() != 0;
    type_ = take<uint32_t>();
    if ((type_ & kHasSrid) != 0) take<uint32_t>();
  }

  bool little() const { return little_; }
  uint32_t type() const { return type_; }

  // The points of the one line or ring that a shape of Postgres's own is sent as.
  std::vector<Place> ring() {
    const uint32_t kind = type_ & ~kHasSrid;
    if (kind != kLineString && kind != kPolygon) refuse("a shape is neither a line nor a polygon of two dimensions");
    if (kind == kPolygon && take<uint32_t>() != 1) refuse("a polygon with more than one ring is none that Postgres has");
    const uint32_t count = take<uint32_t>();
    if (count > (bytes_.size() - at_) / sizeof(Place)) refuse("the bytes of a shape end early");
    std::vector<Place> places(count);
    for (Place& p : places) p.x = take<double>(), p.y = take<double>();
    return places;
  }

 private:
  template <class T>
  T take() {
    if (bytes_.size() - at_ < sizeof(T)) refuse("the bytes of a shape end early");
    char raw[sizeof(T)];
    for (size_t i = 0; i < sizeof(T); ++i) raw[i] = bytes_[at_ + (little_ ? i : sizeof(T) - 1 - i)];  // on a little-endian machine
    at_ += sizeof(T);
    T value;
    std::memcpy(&value, raw, sizeof(T));
    return value;
  }

  std::string_view bytes_;
  size_t at_ = 0;
  bool little_ = true;
  uint32_t type_ = 0;
};

void append_double(std::string& out, double number) {
  if (std::isnan(number)) return void(out.append("NaN"));
  if (std::isinf(number)) return void(out.append(number < 0 ? "-Infinity" : "Infinity"));
  char text[32];
  out.append(text, std::to_chars(text, text + sizeof text, number).ptr);  // the shortest that reads back as the same
}

void append_places(std::string& out, const std::vector<Place>& places, char open, char close) {
  out.push_back(open);
  for (size_t i = 0; i < places.size(); ++i) {
    out.append(i > 0 ? ",(" : "(");
    append_double(out, places[i].x);
    out.push_back(',');
    append_double(out, places[i].y);
    out.push_back(')');
  }
  out.push_back(close);
}

TypeKind kind_of(std::string_view name) {
  struct Row { std::string_view name; TypeKind kind; };
  static constexpr Row kKinds[] = {{"box", TypeKind::box}, {"lseg", TypeKind::lseg}, {"path", TypeKind::path}, {"polygon", TypeKind::polygon}};
  for (const Row& row : kKinds)
    if (row.name == name) return row.kind;
  return TypeKind::geometry;
}

bool is_native(TypeKind kind) {
  return kind == TypeKind::box || kind == TypeKind::lseg || kind == TypeKind::path || kind == TypeKind::polygon;
}

void append_native(std::string& out, std::vector<Place> places, TypeKind kind, bool closed) {
  if (places.empty()) refuse("a shape has no points");
  switch (kind) {
    case TypeKind::box: {
      // As a polygon its corners go round: the first and the third are opposite.
      const size_t opposite = places.size() > 2 ? 2 : places.size() - 1;
      append_places(out, {places[0], places[opposite]}, '(', ')');
      return;
    }
    case TypeKind::lseg:
      if (places.size() != 2) refuse("an lseg has not two ends");
      append_places(out, places, '[', ']');
      return;
    case TypeKind::path: append_places(out, places, closed ? '(' : '[', closed ? ')' : ']'); return;
    default:
      // A ring ends where it began, a polygon of Postgres does not say that again.
      if (places.size() > 1 && same(places.front(), places.back())) places.pop_back();
      append_places(out, places, '(', ')');
  }
}

void append_ewkb(std::string& out, std::string& wkb, Json srid) {
  const WkbReader reader(wkb);
  if (srid.is(Json::Kind::number) && (reader.type() & kHasSrid) == 0) {
    const uint32_t type = reader.type() | kHasSrid, number = static_cast<uint32_t>(integer_of(srid, "an srid"));
    std::string head;
    for (const uint32_t word : {type, number})
      for (unsigned i = 0; i < 4; ++i) head.push_back(static_cast<char>(word >> (8 * (reader.little() ? i : 3 - i)) & 0xFF));
    wkb.replace(1, 4, head);
  }
  for (const char b : wkb) {
    out.push_back("0123456789ABCDEF"[static_cast<unsigned char>(b) >> 4]);
    out.push_back("0123456789ABCDEF"[b & 15]);
  }
}

}  // namespace

void append_point(std::string& out, Json value) {
  out.append("(").append(float_of(value.find("x"), "a point's x")).append(",").append(float_of(value.find("y"), "a point's y")).append(")");
}

void append_circle(std::string& out, Json value) {
  out.push_back('<');
  append_point(out, value.find("center"));
  out.append(",").append(float_of(value.find("radius"), "a circle's radius")).append(">");
}

void append_line(std::string& out, Json value) {
  char before = '{';
  for (const char* name : {"a", "b", "c"}) {
    out.push_back(std::exchange(before, ','));
    out.append(float_of(value.find(name), "a line's factor"));
  }
  out.push_back('}');
}

void append_geometry(std::string& out, Json value, TypeKind target) {
  std::string wkb;
  if (!decode_base64(text_of(value.find("wkb"), Json::Kind::string, "a geometry's bytes"), wkb)) refuse("a geometry's bytes are not base64");
  const Json extensions = value.find("extensions"), type = extensions.find("type"), closed = extensions.find("closed");
  const TypeKind kind = is_native(target) ? target : target == TypeKind::geometry || !type.is_string() ? TypeKind::geometry : kind_of(type.text());
  if (is_native(kind)) append_native(out, WkbReader(wkb).ring(), kind, closed.is_string() && closed.text() == "true");
  else append_ewkb(out, wkb, value.find("srid"));
}

}  // namespace sluice::debezium
