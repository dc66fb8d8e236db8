#include "base/transforms.h"

#include <algorithm>
#include <string_view>

namespace sluice {

bool Predicate::of_record(bool is_tombstone, const std::vector<sluice_header>& headers) const {
  if (asks == Asks::tombstone) return is_tombstone;
  return std::ranges::any_of(headers, [&](const sluice_header& h) { return header == std::string_view(h.name, h.name_len); });
}

bool TopicTransforms::run(bool is_tombstone, std::vector<sluice_header>& headers) const {
  for (const Transform* step : steps_) {
    if (step->asks_records() && step->predicate->of_record(is_tombstone, headers) == step->negate) continue;
    switch (step->does) {
      case Transform::Does::filter: return false;
      case Transform::Does::insert_header:
        headers.push_back({step->header.c_str(), step->value.data(), static_cast<uint32_t>(step->header.size()),
                           static_cast<uint32_t>(step->value.size())});
        break;
      case Transform::Does::drop_headers:
        std::erase_if(headers, [&](const sluice_header& h) {
          return std::ranges::find(step->headers, std::string_view(h.name, h.name_len)) != step->headers.end();
        });
        break;
      case Transform::Does::route: break;
    }
  }
  return true;
}

TopicTransforms Transforms::of_topic(const std::string& topic) const {
  TopicTransforms result;
  result.topic_ = topic;
  for (const Transform& step : all_) {
    if (step.predicate && !step.asks_records() && step.predicate->of_topic(result.topic_) == step.negate) continue;
    if (step.does == Transform::Does::route) {
      result.topic_ = step.router->route(result.topic_);
      continue;
    }
    result.steps_.push_back(&step);
    const bool changes = step.does != Transform::Does::filter;
    result.change_headers_ = result.change_headers_ || changes;
    result.need_headers_ = result.need_headers_ || changes || (step.predicate && step.predicate->asks == Predicate::Asks::header);
  }
  return result;
}

}  // namespace sluice
