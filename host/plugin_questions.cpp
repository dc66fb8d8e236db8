#include "plugin_questions.h"

#include "base/json_read.h"

namespace sluice {
namespace {

// A question is a command of worker/serve.h.
void begin_question(JsonWriter& json, const char* about, const FlatConfig& config) {
  json.begin_object().text("do", "answer").text("about", about).key("config").begin_object();
  for (const auto& [key, value] : config) json.text(key, value);
  json.end_object();
}

FlatConfig read_config(const JsonValue& question) {
  FlatConfig config;
  for (const auto& [key, value] : member(question, "config").items) config[key] = value.text;
  return config;
}

void write_place(JsonWriter& json, const TopicPartition& place) {
  json.text("topic", place.topic).key("partition").number(place.partition);
}

TopicPartition read_place(const JsonValue& json) { return {text_of(json, "topic"), static_cast<int32_t>(integer_of(json, "partition"))}; }

std::string answer_check(const Backend& backend, const JsonValue& question) {
  const CheckedConfig checked = backend.check(read_config(question), flag_of(question, "file") ? ConfigOrigin::file : ConfigOrigin::rest);
  JsonWriter json;
  json.begin_object().key("problems").begin_array();
  for (const Problem& problem : checked.problems)
    json.begin_object().text("key", problem.key).text("message", problem.message).key("warning").boolean(problem.warning).text("also", problem.also)
        .end_object();
  json.end_array().key("tasks_max").number(checked.tasks_max).text("plugin", checked.plugin).text("version", checked.plugin_version);
  json.key("restart_max").number(checked.restart.max).key("backoff").number(checked.restart.backoff.first.count());
  json.key("backoff_max").number(checked.restart.backoff.max.count());
  return json.end_object().result();
}

std::string answer_offsets(const Backend& backend, const JsonValue& question) {
  OffsetEdits edits;
  for (const auto& [unused, edit] : member(question, "edits").items)
    edits[read_place(edit)] = {static_cast<OffsetEdit::To>(integer_of(edit, "to")), integer_of(edit, "value")};
  const FlatConfig config = read_config(question);
  const auto wish = static_cast<OffsetsWish>(integer_of(question, "wish"));
  const OffsetsAnswer answer = wish == OffsetsWish::read    ? backend.read_offsets(config)
                               : wish == OffsetsWish::alter ? backend.alter_offsets(config, edits)
                                                            : backend.reset_offsets(config);
  JsonWriter json;
  json.begin_object().key("kind").number(static_cast<int64_t>(answer.kind)).text("message", answer.message).key("offsets").begin_array();
  for (const auto& [place, offset] : answer.offsets) {
    write_place(json.begin_object(), place);
    json.key("offset").number(offset).end_object();
  }
  return json.end_array().end_object().result();
}

}  // namespace

std::string check_question(const FlatConfig& config, ConfigOrigin origin) {
  JsonWriter json;
  begin_question(json, "check", config);
  return json.key("file").boolean(origin == ConfigOrigin::file).end_object().result();
}

CheckedConfig read_check_answer(const JsonValue& answer) {
  CheckedConfig checked;
  for (const auto& [unused, problem] : member(answer, "problems").items)
    checked.problems.push_back({text_of(problem, "key"), text_of(problem, "message"), "", 0, flag_of(problem, "warning"), text_of(problem, "also")});
  checked.tasks_max = static_cast<int>(integer_of(answer, "tasks_max"));
  checked.plugin = text_of(answer, "plugin");
  checked.plugin_version = text_of(answer, "version");
  checked.restart = {static_cast<int>(integer_of(answer, "restart_max")),
                     {std::chrono::milliseconds(integer_of(answer, "backoff")), std::chrono::milliseconds(integer_of(answer, "backoff_max"))}};
  return checked;
}

std::string offsets_question(OffsetsWish wish, const FlatConfig& config, const OffsetEdits& edits) {
  JsonWriter json;
  begin_question(json, "offsets", config);
  json.key("wish").number(static_cast<int64_t>(wish)).key("edits").begin_array();
  for (const auto& [place, edit] : edits) {
    write_place(json.begin_object(), place);
    json.key("to").number(static_cast<int64_t>(edit.to)).key("value").number(edit.value).end_object();
  }
  return json.end_array().end_object().result();
}

OffsetsAnswer read_offsets_answer(const JsonValue& answer) {
  OffsetsAnswer read{static_cast<OffsetsAnswer::Kind>(integer_of(answer, "kind")), text_of(answer, "message"), {}};
  for (const auto& [unused, place] : member(answer, "offsets").items) read.offsets[read_place(place)] = integer_of(place, "offset");
  return read;
}

std::string answer_question(Backend& backend, const JsonValue& question) {
  return text_of(question, "about") == "check" ? answer_check(backend, question) : answer_offsets(backend, question);
}

}  // namespace sluice
