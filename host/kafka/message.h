// A message of librdkafka as the host's record, which then owns it.
#pragma once
#include "kafka/handles.h"
#include "task/record.h"

namespace sluice::kafka {

// Without a partition handle, which is the caller's.
Record to_record(Message message, bool with_headers);

}  // namespace sluice::kafka
