// What is read in the statistics that a client tells about itself: one line of JSON, as librdkafka's STATISTICS.md has it. Looked for as
// text, since it is some hundred kilobytes where there are many partitions. Pure.
#pragma once
#include <cstdint>
#include <string_view>

namespace sluice::kafka {

// A broker accepts us.
bool is_connected(std::string_view statistics);
// A broker is known by its address, connected or not; the group's coordinator is an entry beside those.
bool knows_a_broker(std::string_view statistics);
// Of the broker of this name; empty: it is not in there.
std::string_view state_of(std::string_view statistics, std::string_view broker);

// Which broker coordinates the client's group, by its number; -1: it does not know at present.
int32_t coordinator_of(std::string_view statistics);

// Whether the client, before it joins its group, waits for what a broker says of the topics: a matter of milliseconds.
bool waits_for_metadata(std::string_view statistics);

}  // namespace sluice::kafka
