// One path of the REST interface with its verbs, and what a function that answers one of them gets.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include "base/json.h"
#include "connector/status.h"
#include "rest/http.h"
#include "rest/target.h"

namespace sluice {

struct Call {
  const RestRequest& request;
  const RequestTarget& target;
  std::string connector;  // {c}, where the path has it
  std::string task;       // {t}
  std::string name;       // {n}: a plugin, a logger
};

struct Verb {
  std::string_view method;
  Pace pace;
  std::function<RestResponse(const Call&)> answer;
  bool takes_body = false;
  std::string_view media = "application/json";  // what it answers, without parameters
};

struct Resource {
  std::string_view path;  // "/connectors/{c}/tasks/{t}/status"
  std::vector<Verb> verbs;
  bool open = false;      // answered before anybody has logged in
};

template <class Write>
RestResponse json_response(int status, Write&& write) {
  JsonWriter json;
  write(json);
  return {status, json.result(), {}};
}

// The answer to a command that failed, or nothing.
std::optional<RestResponse> refusal_of(const CommandResult& result);

RestResponse connector_not_found(const std::string& name);

}  // namespace sluice
