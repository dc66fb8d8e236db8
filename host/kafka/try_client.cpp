#include "kafka/try_client.h"

#include "kafka/client_conf.h"
#include "kafka/handles.h"

namespace sluice::kafka {
namespace {

bool wants_kerberos(const std::map<std::string, std::string>& properties) {
  const auto value = [&](const char* name) {
    const auto found = properties.find(name);
    return found == properties.end() ? std::string() : found->second;
  };
  const std::string mechanism = value("sasl.mechanism").empty() ? value("sasl.mechanisms") : value("sasl.mechanism");
  return value("security.protocol").starts_with("sasl") && (mechanism.empty() || mechanism == "GSSAPI");
}

}  // namespace

std::string why_no_client(const std::map<std::string, std::string>& properties) {
  if (wants_kerberos(properties) || !lack_of_threads().empty()) return {};  // neither tells anything about them
  char text[512] = "";
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set_log_cb(conf, nullptr);  // what fails is told by the answer
  bool sound = true;
  for (const auto& [name, value] : properties) sound = sound && rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text, sizeof text) == RD_KAFKA_CONF_OK;
  const Client client(sound ? rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text) : nullptr);
  if (client) return {};
  rd_kafka_conf_destroy(conf);
  return text;
}

}  // namespace sluice::kafka
