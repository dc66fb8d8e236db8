// Settings of Java's Kafka client that librdkafka has in another shape: a JAAS line, PEM stores. Pure.
#pragma once
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/client_properties.h"

namespace sluice {

struct NotJavas {};  // the setting is no such one

// In librdkafka's words, perhaps none: where what the setting says is what happens anyhow. Not yet held against the allow-list.
std::variant<std::vector<ClientProperty>, PropertyRefused, NotJavas> translate_java_setting(std::string_view name, std::string_view value);

}  // namespace sluice
