// Names of columns that Debezium has broken. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace sluice::debezium {

// Debezium (seen in 3.3.1) sends a column "ü" as U+FFC3 U+FFBC: each byte of its UTF-8 beyond ASCII became a character of its own,
// sign-extended. The name as it was, or nothing where the rule does not fit. To be asked only for a name that no column has:
// U+FF80 and its neighbours are letters, too.
std::optional<std::string> repaired_name(std::string_view name);

}  // namespace sluice::debezium
