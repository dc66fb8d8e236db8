// What REST asks a plugin beside its tasks: are these settings sound, where are the positions. For a connector whose plugin runs in a
// process of its own a child answers (worker/question.h), which has a Wiring as the host has. Both ends of that are here.
#pragma once
#include <string>

#include "base/json.h"
#include "connector/backend.h"

namespace sluice {

std::string check_question(const FlatConfig& config, ConfigOrigin origin);
CheckedConfig read_check_answer(const JsonValue& answer);

enum class OffsetsWish { read, alter, reset };
std::string offsets_question(OffsetsWish wish, const FlatConfig& config, const OffsetEdits& edits);
OffsetsAnswer read_offsets_answer(const JsonValue& answer);

// In the child.
std::string answer_question(Backend& backend, const JsonValue& question);

}  // namespace sluice
