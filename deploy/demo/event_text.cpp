#include "event_text.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "json_text.h"

namespace sluice::demo {
namespace {

enum Field {
  kBefore, kAfter, kOp, kCommitMs, kCommitUs, kCommitNs, kSnapshot, kSequence, kTransaction, kLsn, kSeenMs, kSeenUs, kSeenNs,
  kOrderId, kCustomerId, kProduct, kAmount, kStatus, kCreated, kUpdated,
};

bool has_schema(std::string_view text) { return has_member(text, 0, "schema") && has_member(text, 0, "payload"); }

std::string_view without_schema(std::string_view text) {
  return has_schema(text) ? cut(text, find_member(text, 0, "payload")) : text;
}

std::string_view with_or_without_schema(std::string_view text, bool with_schemas) {
  if (with_schemas && !has_schema(text)) {
    throw std::runtime_error("--schemas: the recording has no schema blocks; name one that has with --file");
  }
  return with_schemas ? text : without_schema(text);
}

size_t payload_begin(std::string_view text) { return has_schema(text) ? find_member(text, 0, "payload").begin : 0; }

Pattern value_pattern(std::string_view text) {
  const size_t envelope = payload_begin(text);
  const size_t source = find_member(text, envelope, "source").begin;
  std::vector<Pattern::Place> places;
  const auto add = [&](size_t object, const char* name, Field field) {
    const Span span = find_member(text, object, name);
    places.push_back({span.begin, span.end, field});
  };
  add(envelope, "before", kBefore);
  add(envelope, "after", kAfter);
  add(envelope, "op", kOp);
  add(envelope, "ts_ms", kSeenMs);
  add(envelope, "ts_us", kSeenUs);
  add(envelope, "ts_ns", kSeenNs);
  add(source, "ts_ms", kCommitMs);
  add(source, "ts_us", kCommitUs);
  add(source, "ts_ns", kCommitNs);
  add(source, "snapshot", kSnapshot);
  add(source, "sequence", kSequence);
  add(source, "txId", kTransaction);
  add(source, "lsn", kLsn);
  return {text, std::move(places)};
}

Pattern row_pattern(std::string_view value) {
  const std::string_view row = cut(value, find_member(value, payload_begin(value), "after"));
  std::vector<Pattern::Place> places;
  const auto add = [&](const char* name, Field field) {
    const Span span = find_member(row, 0, name);
    places.push_back({span.begin, span.end, field});
  };
  add("order_id", kOrderId);
  add("customer_id", kCustomerId);
  add("product_name", kProduct);
  add("amount", kAmount);
  add("status", kStatus);
  add("created_at", kCreated);
  add("updated_at", kUpdated);
  return {row, std::move(places)};
}

Pattern key_pattern(std::string_view key) {
  const Span span = find_member(key, payload_begin(key), "order_id");
  return {key, {{span.begin, span.end, kOrderId}}};
}

// The schema block tells how amounts are written; text of another kind under it would be an event that never occurs.
void check_decimals(std::string_view value, bool with_schemas, Decimals decimals) {
  if (!with_schemas) return;
  const std::string_view schema = cut(value, find_member(value, 0, "schema"));
  const bool precise = schema.find("org.apache.kafka.connect.data.Decimal") != std::string_view::npos;
  if (precise != (decimals == Decimals::precise)) {
    throw std::runtime_error("--decimals: the schema block of the recording is for another decimal.handling.mode; name a recording "
                             "made with this mode with --file, or leave out --schemas");
  }
}

}  // namespace

Pattern::Pattern(std::string_view text, std::vector<Place> places) {
  std::ranges::sort(places, {}, &Place::begin);
  size_t at = 0;
  for (const Place& place : places) {
    pieces_.push_back({std::string(text.substr(at, place.begin - at)), place.what});
    at = place.end;
  }
  rest_ = text.substr(at);
}

EventText::EventText(const RecordedEvent& update, bool with_schemas, Decimals decimals)
    : decimals_(decimals),
      value_(value_pattern(with_or_without_schema(*update.value, with_schemas))),
      row_(row_pattern(*update.value)),
      key_(key_pattern(with_or_without_schema(*update.key, with_schemas))),
      plain_key_(key_pattern(without_schema(*update.key))) {
  check_decimals(*update.value, with_schemas, decimals);
}

void EventText::append_value(std::string& out, const Change& change) const {
  value_.write(out, [&](int field) {
    switch (field) {
      case kBefore: return append_row(out, change.before);
      case kAfter: return append_row(out, change.after);
      case kOp: out += '"'; out += change.op; out += '"'; return;
      case kSeenMs: return append_number(out, change.seen_us / 1000);
      case kSeenUs: return append_number(out, change.seen_us);
      case kSeenNs: return append_number(out, change.seen_us * 1000);
      case kCommitMs: return append_number(out, change.commit_us / 1000);
      case kCommitUs: return append_number(out, change.commit_us);
      case kCommitNs: return append_number(out, change.commit_us * 1000);
      case kSnapshot: out += "\"false\""; return;
      case kSequence:
        out += R"("[\")";
        append_number(out, change.last_commit_lsn);
        out += R"(\",\")";
        append_number(out, change.lsn);
        out += R"(\"]")";
        return;
      case kTransaction: return append_number(out, change.transaction);
      case kLsn: return append_number(out, change.lsn);
    }
  });
}

void EventText::append_row(std::string& out, const Row* row) const {
  if (!row) {
    out += "null";
    return;
  }
  row_.write(out, [&](int field) {
    switch (field) {
      case kOrderId: return append_number(out, row->order_id);
      case kCustomerId: return append_number(out, row->customer_id);
      case kProduct: out += row->product; return;
      case kAmount: return append_amount(out, row->cents, decimals_);
      case kStatus: out += row->status; return;
      case kCreated: return append_number(out, row->created_us);
      case kUpdated: return append_number(out, row->updated_us);
    }
  });
}

void EventText::append_key(std::string& out, int64_t order_id) const {
  key_.write(out, [&](int) { append_number(out, order_id); });
}

void EventText::append_plain_key(std::string& out, int64_t order_id) const {
  plain_key_.write(out, [&](int) { append_number(out, order_id); });
}

std::vector<std::string> recorded_products(const std::vector<RecordedEvent>& events) {
  std::vector<std::string> products;
  for (const RecordedEvent& event : events) {
    if (!event.value) continue;
    const std::string_view envelope = without_schema(*event.value);
    if (!has_member(envelope, 0, "after")) continue;
    const std::string_view row = cut(envelope, find_member(envelope, 0, "after"));
    if (has_member(row, 0, "product_name")) products.emplace_back(cut(row, find_member(row, 0, "product_name")));
  }
  std::ranges::sort(products);
  const auto repeated = std::ranges::unique(products);
  products.erase(repeated.begin(), repeated.end());
  return products;
}

}  // namespace sluice::demo
