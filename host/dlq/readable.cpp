#include "dlq/readable.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

#include "base/json.h"
#include "base/log.h"
#include "base/utf8.h"

namespace sluice {

std::string readable(const void* data, size_t size) {
  if (!data) return "null";
  const std::string_view bytes(static_cast<const char*>(data), size);
  const auto parsed = parse_json(bytes);
  if (const JsonValue* value = std::get_if<JsonValue>(&parsed)) return pretty_json(*value);
  if (valid_utf8(bytes) && printable(bytes, bytes.size() + 1) == bytes) return std::string(bytes);
  std::string hex = "0x";
  for (const char byte : bytes) fmt::format_to(std::back_inserter(hex), "{:02x}", static_cast<unsigned char>(byte));
  return hex;
}

}  // namespace sluice
