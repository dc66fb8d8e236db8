// Text of a setting -> value, in the forms that users may write. Pure; answers nothing where the text has another form, so
// that the caller words the complaint.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

std::string_view trim(std::string_view text);                   // without blanks around it
std::vector<std::string> split_list(std::string_view text);     // as Connect: by comma, each trimmed; "" is the empty list

// All take blanks around the value, as Connect does.
std::optional<int64_t> parse_int(std::string_view text);
std::optional<double> parse_float(std::string_view text);       // finite
std::optional<bool> parse_bool(std::string_view text);          // true, false, in any capitals
std::optional<int64_t> parse_duration_ms(std::string_view text);  // 500ms, 30s, 5m, 2h, 1d; bare = ms
std::optional<int64_t> parse_size(std::string_view text);       // 64KiB, 1GB, 10B, in any capitals; bare = bytes

inline constexpr const char* kDurationForm = "Not a duration: write milliseconds, or a number with ms, s, m, h or d, such as 500ms or 30s";
inline constexpr const char* kSizeForm = "Not a size: write bytes, or a number with KiB, MiB, GiB, KB, MB or GB, such as 64MiB";

bool is_utf8(std::string_view text);
// A value inside a message: cut to 200 bytes, at a character's border.
std::string shown(std::string_view value);

}  // namespace sluice
