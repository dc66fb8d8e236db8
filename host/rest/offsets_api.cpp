#include "rest/offsets_api.h"
#include "rest/offset_edits.h"
#include "rest/views.h"

namespace sluice {
namespace {

// Keeps a stopped connector stopped while its offsets change.
class Hold {
 public:
  Hold(Supervisor& supervisor, const std::string& connector) : supervisor_(supervisor), name_(connector), result_(supervisor.hold(connector)) {}
  ~Hold() {
    if (held()) supervisor_.release(name_);
  }
  Hold(const Hold&) = delete;

  bool held() const { return result_.kind == CommandResult::Kind::done; }
  const CommandResult& result() const { return result_; }
  const FlatConfig& config() const { return result_.info->config; }

 private:
  Supervisor& supervisor_;
  const std::string name_;
  const CommandResult result_;
};

RestResponse message(const char* text) {
  return json_response(200, [&](JsonWriter& json) { json.begin_object().text("message", text).end_object(); });
}

RestResponse refused(const OffsetsAnswer& answer) { return error_response(answer.kind == OffsetsAnswer::Kind::invalid ? 400 : 500, answer.message); }

RestResponse show(const Supervisor& supervisor, const Backend& backend, const Call& call) {
  const auto info = supervisor.info(call.connector);
  if (!info) return connector_not_found(call.connector);
  const OffsetsAnswer answer = backend.read_offsets(info->config);
  if (answer.kind != OffsetsAnswer::Kind::done) return refused(answer);
  return json_response(200, [&](JsonWriter& json) {
    json.begin_object().key("offsets").begin_array();
    for (const auto& [partition, offset] : answer.offsets) {
      json.begin_object().key("partition").begin_object();
      json.key("kafka_partition").number(partition.partition).text("kafka_topic", partition.topic).end_object();
      json.key("offset").begin_object().key("kafka_offset").number(offset).end_object().end_object();
    }
    json.end_array().end_object();
  });
}

RestResponse alter(Supervisor& supervisor, const Backend& backend, const Call& call) {
  auto list = parse_offsets_list(call.request.body);
  if (const RestResponse* refusal = std::get_if<RestResponse>(&list)) return *refusal;
  const Hold hold(supervisor, call.connector);
  if (!hold.held()) return *refusal_of(hold.result());
  auto edits = to_offset_edits(std::get<JsonValue>(list));
  if (const RestResponse* refusal = std::get_if<RestResponse>(&edits)) return *refusal;
  const OffsetsAnswer answer = backend.alter_offsets(hold.config(), std::get<OffsetEdits>(edits));
  return answer.kind == OffsetsAnswer::Kind::done ? message("The offsets for this connector have been altered successfully") : refused(answer);
}

RestResponse reset(Supervisor& supervisor, const Backend& backend, const Call& call) {
  const Hold hold(supervisor, call.connector);
  if (!hold.held()) return *refusal_of(hold.result());
  const OffsetsAnswer answer = backend.reset_offsets(hold.config());
  return answer.kind == OffsetsAnswer::Kind::done ? message("The offsets for this connector have been reset successfully") : refused(answer);
}

}  // namespace

std::vector<Resource> offset_resources(Supervisor& supervisor, const Backend& backend) {
  const auto answer_show = [&](const Call& call) { return show(supervisor, backend, call); };
  const auto answer_alter = [&](const Call& call) { return alter(supervisor, backend, call); };
  const auto answer_reset = [&](const Call& call) { return reset(supervisor, backend, call); };
  return {{"/connectors/{c}/offsets",
           {{"GET", Pace::far, answer_show}, {"PATCH", Pace::far, answer_alter, true}, {"DELETE", Pace::far, answer_reset}}}};
}

}  // namespace sluice
