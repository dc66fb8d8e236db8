// The bytes of a change event. A recorded update is cut once into the pieces that stay and the places that change; an event
// is then written by appending, without a tree of JSON values, since the benchmark wants hundreds of thousands a second.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "amounts.h"
#include "order_life.h"
#include "recording.h"

namespace sluice::demo {

struct Change {
  char op = 'c';                // c, u or d
  const Row* before = nullptr;  // null where there is none
  const Row* after = nullptr;
  int64_t commit_us = 0;
  int64_t seen_us = 0;          // when Debezium saw it
  int64_t lsn = 0;
  int64_t last_commit_lsn = 0;
  int64_t transaction = 0;
};

// Text with places. Each place is filled by the caller, in the order in which they stand.
class Pattern {
 public:
  struct Place {
    size_t begin, end;
    int what;
  };
  Pattern(std::string_view text, std::vector<Place> places);

  template <class Fill>
  void write(std::string& out, Fill fill) const {
    for (const Piece& piece : pieces_) {
      out += piece.text;
      fill(piece.what);
    }
    out += rest_;
  }

 private:
  struct Piece {
    std::string text;
    int what;  // what comes after the text
  };
  std::vector<Piece> pieces_;
  std::string rest_;
};

class EventText {
 public:
  // `with_schemas` keeps the schema block of the recorded event; throws where it has none.
  EventText(const RecordedEvent& update, bool with_schemas, Decimals decimals);

  void append_value(std::string& out, const Change& change) const;
  void append_key(std::string& out, int64_t order_id) const;
  // The key in the headers of a key change: without schema, whatever the converter's settings.
  void append_plain_key(std::string& out, int64_t order_id) const;

 private:
  void append_row(std::string& out, const Row* row) const;

  const Decimals decimals_;
  const Pattern value_;
  const Pattern row_;
  const Pattern key_;
  const Pattern plain_key_;
};

// The different product names of the recorded rows, as JSON text.
std::vector<std::string> recorded_products(const std::vector<RecordedEvent>& events);

}  // namespace sluice::demo
