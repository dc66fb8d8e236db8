// The host's transforms on one record. Work thread only.
#pragma once
#include "base/transforms.h"
#include "task/record.h"

namespace sluice {

// False: the record is filtered. `with_headers`: the sink wants to see them.
inline bool transform(const TopicTransforms& transforms, Record& record, bool with_headers) {
  if (!transforms.touch_records()) return true;
  std::vector<sluice_header> headers;
  if (transforms.need_headers()) headers = record.all_headers();
  if (!transforms.run(record.value == nullptr, headers)) return false;
  if (with_headers && transforms.change_headers()) {
    record.headers = std::move(headers);
    record.headers_changed = true;
  }
  return true;
}

}  // namespace sluice
