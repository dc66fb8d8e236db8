#include "task/batch.h"

#include <algorithm>

namespace sluice {
namespace {

sluice_record to_view(const Record& record, uint32_t span) {
  sluice_record view{};
  view.offset = record.offset;
  view.timestamp_ms = record.timestamp_ms;
  view.key = record.key;
  view.value = record.value;
  view.headers = record.headers.empty() ? nullptr : record.headers.data();
  view.key_len = record.key_len;
  view.value_len = record.value_len;
  view.header_count = static_cast<uint32_t>(record.headers.size());
  view.span = span;
  view.flags = record.log_append_time ? uint32_t{SLUICE_REC_LOG_APPEND_TIME} : 0;
  return view;
}

uint64_t bytes_of(const sluice_record& record) {
  uint64_t bytes = uint64_t{record.key_len} + record.value_len;
  for (uint32_t i = 0; i < record.header_count; ++i) bytes += uint64_t{record.headers[i].name_len} + record.headers[i].value_len;
  return bytes;
}

}  // namespace

Batch::Batch(std::vector<Part> parts, int64_t received_ns) : contents_(std::make_shared<Contents>()), received_ns_(received_ns) {
  contents_->parts = std::move(parts);
  for (uint32_t p = 0; p < contents_->parts.size(); ++p)
    for (const Record& record : contents_->parts[p].records) contents_->records.push_back(to_view(record, p));
}

BatchView Batch::view(Bisection::Range range, uint32_t attempt) {
  struct View {
    std::shared_ptr<const Contents> contents;
    std::vector<sluice_record> records;  // of a part of the batch, with spans of their own; the whole needs no copy
    std::vector<sluice_span> spans;
    sluice_batch batch{};
  };
  auto view = std::make_shared<View>();
  view->contents = contents_;
  span_handles_.clear();

  const bool whole = range.count == contents_->records.size();
  uint32_t part_first = 0;  // index in the whole batch of the part's first record
  for (const Part& part : contents_->parts) {
    const auto part_end = part_first + static_cast<uint32_t>(part.records.size());
    const uint32_t from = std::max(part_first, range.first);
    const uint32_t to = std::min(part_end, range.first + range.count);
    if (from < to || whole) {
      sluice_span span{};
      span.topic = {part.name.topic.data(), part.name.topic.size()};
      span.routed_topic = span.topic;
      span.partition = part.name.partition;
      span.first = whole ? part_first : static_cast<uint32_t>(view->records.size());
      span.count = to - from;
      span.leader_epoch = from < to ? part.records[to - 1 - part_first].leader_epoch : part.leader_epoch;
      span.next_offset = to == part_end ? part.next_offset : contents_->records[to - 1].offset + 1;
      span.user = part.user;
      for (uint32_t i = from; i < to; ++i) {
        view->batch.bytes += bytes_of(contents_->records[i]);
        if (whole) continue;
        view->records.push_back(contents_->records[i]);
        view->records.back().span = static_cast<uint32_t>(view->spans.size());
      }
      view->spans.push_back(span);
      span_handles_.push_back(part.handle);
    }
    part_first = part_end;
  }
  view->batch.struct_size = sizeof view->batch;
  view->batch.record_count = range.count;
  view->batch.records = whole ? contents_->records.data() : view->records.data();
  view->batch.spans = view->spans.data();
  view->batch.span_count = static_cast<uint32_t>(view->spans.size());
  view->batch.attempt = attempt;
  view->batch.received_ns = received_ns_;
  return {view, &view->batch};
}

}  // namespace sluice
