#include "task/batch.h"

#include <algorithm>
#include <optional>

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
  if (record.log_append_time) view.flags |= SLUICE_REC_LOG_APPEND_TIME;
  if (record.superseded) view.flags |= SLUICE_REC_SUPERSEDED;
  return view;
}

uint64_t bytes_of(const sluice_record& record) {
  uint64_t bytes = uint64_t{record.key_len} + record.value_len;
  for (uint32_t i = 0; i < record.header_count; ++i) bytes += uint64_t{record.headers[i].name_len} + record.headers[i].value_len;
  return bytes;
}

}  // namespace

const Record& LentBatch::origin_of(uint32_t index) const {
  const std::vector<Record>& of_part = part_of(index).records;
  return *std::ranges::lower_bound(of_part, records[index].offset, {}, &Record::offset);
}

Batch::Batch(std::vector<Part> parts, int64_t received_ns)
    : contents_(std::make_shared<LentBatch::Contents>()), received_ns_(received_ns) {
  contents_->parts = std::move(parts);
  for (uint32_t p = 0; p < contents_->parts.size(); ++p) {
    first_of_part_.push_back(size());
    for (const Record& record : contents_->parts[p].records) contents_->records.push_back(to_view(record, p));
  }
}

uint32_t Batch::end_of_part(uint32_t part) const { return part + 1 < first_of_part_.size() ? first_of_part_[part + 1] : size(); }

int64_t Batch::next_offset_after(uint32_t index) const {
  const uint32_t part = contents_->records[index].span;
  return index + 1 == end_of_part(part) ? parts()[part].next_offset : contents_->records[index].offset + 1;
}

BatchView Batch::view(Bisection::Range range, uint32_t attempt) const {
  auto view = std::make_shared<LentBatch>();
  view->contents = contents_;
  view->first_delivered = size();
  view->rejected_before = rejected_;

  const bool whole = range.count == size() && unseen_.empty();
  auto unseen = unseen_.begin();
  for (uint32_t p = 0; p < parts().size(); ++p) {
    const Part& part = parts()[p];
    const uint32_t from = std::max(first_of_part_[p], range.first);
    const uint32_t to = std::min(end_of_part(p), range.first + range.count);
    const auto span_index = static_cast<uint32_t>(view->own_spans.size());

    // They lie before the range, since a bisection goes on in order.
    std::optional<uint32_t> last;
    for (; unseen != unseen_.end() && unseen->index < end_of_part(p); ++unseen) {
      last = unseen->index;
      view->rejected_records.push_back(contents_->records[unseen->index]);
      view->rejected_records.back().span = span_index;
      view->rejected_why.push_back(unseen->why);
    }
    if (from < to) last = to - 1;
    if (!last && !whole) continue;

    sluice_span span{};
    span.topic = {part.name.topic.data(), part.name.topic.size()};
    span.routed_topic = {part.routed_topic.data(), part.routed_topic.size()};
    span.partition = part.name.partition;
    span.first = whole ? first_of_part_[p] : static_cast<uint32_t>(view->own_records.size());
    span.count = from < to ? to - from : 0;
    span.leader_epoch = last ? part.records[*last - first_of_part_[p]].leader_epoch : part.leader_epoch;
    span.next_offset = last ? next_offset_after(*last) : part.next_offset;
    span.user = part.user;
    for (uint32_t i = from; i < to; ++i) {
      view->bytes += bytes_of(contents_->records[i]);
      if (whole) continue;
      view->own_records.push_back(contents_->records[i]);
      view->own_records.back().span = span_index;
    }
    view->own_spans.push_back(span);
    view->part_of_span.push_back(p);
  }
  for (size_t i = 0; i < view->rejected_records.size(); ++i)
    view->own_rejected.push_back({&view->rejected_records[i], &view->rejected_why[i]});

  view->struct_size = sizeof(sluice_batch);
  view->record_count = range.count;
  view->records = whole ? contents_->records.data() : view->own_records.data();
  view->spans = view->own_spans.data();
  view->span_count = static_cast<uint32_t>(view->own_spans.size());
  view->attempt = attempt;
  view->received_ns = received_ns_;
  view->rejected = view->own_rejected.data();
  view->rejected_count = view->own_rejected.size();
  return view;
}

}  // namespace sluice
