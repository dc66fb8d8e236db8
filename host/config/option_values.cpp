#include "config/option_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/connector_settings.h"
#include "config/scalars.h"
#include "config/setting_definitions.h"

namespace sluice {
namespace {

bool is_secret(const sluice_option& option) { return option.flags & SLUICE_SECRET; }

std::string_view first_sentence(const char* doc) {
  std::string_view text = doc ? doc : "";
  if (const size_t end = text.find(". "); end != text.npos) text = text.substr(0, end + 1);
  return text.substr(0, text.find('\n'));
}

// Why the number is outside of the option's limits, in Connect's words, or "".
template <class Number>
std::string outside(const sluice_option& option, Number value) {
  if (option.min == 0 && option.max == 0) return {};
  if (value < static_cast<Number>(option.min)) return fmt::format("Value must be at least {}", option.min);
  if (value > static_cast<Number>(option.max)) return fmt::format("Value must be no more than {}", option.max);
  return {};
}

// `a: 1, b: 2`, with or without braces around it.
std::optional<FlatConfig> parse_entries(std::string_view text) {
  text = trim(text);
  if (text.starts_with('{') && text.ends_with('}')) text = text.substr(1, text.size() - 2);
  FlatConfig entries;
  for (const std::string& item : split_list(text)) {
    const size_t colon = item.find(':');
    const std::string key(trim(std::string_view(item).substr(0, colon)));
    if (colon == item.npos || key.empty() || !entries.emplace(key, trim(std::string_view(item).substr(colon + 1))).second) return {};
  }
  return entries;
}

}  // namespace

// One option after the other: find what is written, resolve it, type it.
class OptionValues::Maker {
 public:
  Maker(OptionValues& values, const FlatConfig& settings, std::span<const sluice_option> options, const References& references,
        Problems& problems)
      : out_(values), settings_(settings), options_(options), references_(references), problems_(problems) {}

  void run(UnknownKeys unknown) {
    out_.values_.resize(options_.size());
    for (size_t i = 0; i < options_.size(); ++i) make(options_[i], out_.values_[i]);
    report_unknown(unknown);
  }

 private:
  void make(const sluice_option& option, sluice_value& value) {
    const auto written = settings_.find(option.name);
    if (written != settings_.end()) used_.insert(option.name);
    const bool has_entries = option.kind == SLUICE_MAP && take_entries(option, value, written != settings_.end());
    if (has_entries) return;
    if (written != settings_.end()) {
      if (option.flags & SLUICE_DEPRECATED)
        complain(option, fmt::format("{} is deprecated: {}", option.name, first_sentence(option.doc)), true);
      if (is_secret(option) && !written->second.empty() && !holds_reference(written->second))
        complain(option,
                 fmt::format("{} holds its secret in clear; write a reference such as ${{env:SLUICE_PASSWORD}} instead", option.name), true);
      if (const auto text = resolve(option, option.name, written->second)) type(option, *text, written->second, value);
    } else if (option.initial) {
      type(option, option.initial, option.initial, value);
    } else if (option.flags & SLUICE_REQUIRED) {
      complain(option, fmt::format("Missing required configuration \"{}\" which has no default value.{}{}", option.name,
                                   first_sentence(option.doc).empty() ? "" : " ", first_sentence(option.doc)));
    }
  }

  // MAP as keys `name.x`. Names that are options of their own are not entries.
  bool take_entries(const sluice_option& option, sluice_value& value, bool also_as_text) {
    const std::string prefix = std::string(option.name) + ".";
    FlatConfig entries;
    bool sound = true, any = false;
    for (auto at = settings_.lower_bound(prefix); at != settings_.end() && at->first.starts_with(prefix); ++at) {
      if (std::ranges::any_of(options_, [&](const sluice_option& other) { return at->first == other.name; })) continue;
      any = true;
      used_.insert(at->first);
      const auto text = resolve(option, at->first, at->second);
      if (text) entries.emplace(at->first.substr(prefix.size()), *text);
      else sound = false;
    }
    if (any && also_as_text)
      complain(option, fmt::format("{} is set both as one text and by entries {}...; keep one of the two", option.name, prefix));
    if (any && sound) put_entries(entries, value);
    return any;
  }

  void type(const sluice_option& option, const std::string& text, const std::string& written, sluice_value& value) {
    const auto refuse = [&](std::string_view reason) {
      complain(option, fmt::format("Invalid value {} for configuration {}: {}", is_secret(option) ? "[hidden]" : shown(written),
                                   option.name, reason));
    };
    const auto take = [&](std::optional<int64_t> number, std::string_view form) {
      if (!number) return refuse(form);
      if (const std::string fault = outside(option, *number); !fault.empty()) return refuse(fault);
      value.text = keep(text);
      value.i = *number;
      if (option.kind == SLUICE_INT) value.f = static_cast<double>(*number);
    };
    switch (option.kind) {
      case SLUICE_STRING:
        if ((option.flags & SLUICE_REQUIRED) && trim(text).empty()) return refuse("String must be non-empty");
        value.text = keep(text);
        return;
      case SLUICE_INT:
        return take(parse_int(text), "Not a number of type INT");
      case SLUICE_DURATION:
        return take(parse_duration_ms(text), kDurationForm);
      case SLUICE_SIZE:
        return take(parse_size(text), kSizeForm);
      case SLUICE_BOOL: {
        const auto flag = parse_bool(text);
        if (!flag) return refuse("Expected value to be either true or false");
        value.text = keep(*flag ? "true" : "false");
        value.i = *flag;
        return;
      }
      case SLUICE_FLOAT: {
        const auto number = parse_float(text);
        if (!number) return refuse("Not a number of type DOUBLE");
        if (const std::string fault = outside(option, *number); !fault.empty()) return refuse(fault);
        value.text = keep(text);
        value.f = *number;
        return;
      }
      case SLUICE_ENUM: {
        std::vector<const char*> choices;
        for (const char* const* choice = option.choices; choice && *choice; ++choice) choices.push_back(*choice);
        const auto found = std::ranges::find(choices, trim(text), [](const char* choice) { return std::string_view(choice); });
        if (found == choices.end()) return refuse(fmt::format("String must be one of: {}", fmt::join(choices, ", ")));
        value.text = keep(*found);
        value.i = found - choices.begin();
        return;
      }
      case SLUICE_LIST: {
        std::vector<sluice_str> items;
        for (const std::string& item : split_list(text)) {
          if (item.empty()) return refuse("an item of the list is empty; remove the extra comma");
          items.push_back(keep(item));
        }
        return put_items(text, std::move(items), value);
      }
      case SLUICE_MAP: {
        const auto entries = parse_entries(text);
        if (!entries) return refuse("Not a map: write each entry as a key of its own, or {a: 1, b: 2}");
        return put_entries(*entries, value);
      }
      default:
        return refuse(fmt::format("the plugin gives its option the kind {}, which this host does not know", option.kind));
    }
  }

  void put_entries(const FlatConfig& entries, sluice_value& value) {
    std::vector<sluice_str> items;
    std::string text;
    for (const auto& [key, entry] : entries) {
      items.push_back(keep(key));
      items.push_back(keep(entry));
      text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", key, entry);
    }
    put_items(text, std::move(items), value);
  }

  void put_items(const std::string& text, std::vector<sluice_str> items, sluice_value& value) {
    value.text = keep(text);
    out_.items_.push_back(std::move(items));
    value.items = out_.items_.back().data();
    value.item_count = out_.items_.back().size();
  }

  std::optional<std::string> resolve(const sluice_option& option, const std::string& key, const std::string& written) {
    auto resolved = references_.resolve(written);
    if (const auto* failure = std::get_if<References::Failure>(&resolved)) {
      problems_.push_back({key, fmt::format("{}: {}", key, failure->message), "", 0, false});
      return {};
    }
    std::string& text = std::get<std::string>(resolved);
    if (is_utf8(text) && text.find('\0') == text.npos) return std::move(text);
    complain(option, fmt::format("{}: the value is not UTF-8 text without NUL characters", key));
    return {};
  }

  void report_unknown(UnknownKeys unknown) {
    if (std::ranges::all_of(settings_, [&](const auto& setting) { return used_.contains(setting.first); })) return;
    std::vector<std::string> own, known = host_setting_names();
    for (const sluice_option& option : options_) own.emplace_back(option.name);
    std::ranges::sort(own);
    known.insert(known.begin(), own.begin(), own.end());
    for (const auto& [key, value] : settings_) {
      if (used_.contains(key)) continue;
      const std::string near = nearest_name(key, known);
      const std::string hint = !near.empty() ? fmt::format("did you mean \"{}\"?", near)
                               : own.empty() ? "remove it"
                                             : fmt::format("remove it; the plugin's settings are {}", fmt::join(own, ", "));
      problems_.push_back({key, fmt::format("unknown setting \"{}\"; {}", shown(key), hint), "", 0, unknown == UnknownKeys::are_warnings});
    }
  }

  sluice_str keep(std::string_view text) {
    const std::string& kept = out_.text_.emplace_back(text);
    return {kept.c_str(), kept.size()};
  }

  void complain(const sluice_option& option, std::string message, bool warning = false) {
    problems_.push_back({option.name, std::move(message), "", 0, warning});
  }

  OptionValues& out_;
  const FlatConfig& settings_;
  const std::span<const sluice_option> options_;
  const References& references_;
  Problems& problems_;
  std::set<std::string> used_;
};

OptionValues::OptionValues(const FlatConfig& plugin_settings, std::span<const sluice_option> options, UnknownKeys unknown,
                           const References& references, Problems& problems, const PluginRules& rules) {
  Maker(*this, plugin_settings, options, references, problems).run(unknown);
  const auto keep = [this](const std::vector<std::string>& texts, std::vector<const char*>& list) {
    for (const std::string& text : texts) list.push_back(text_.emplace_back(text).c_str());
    list.push_back(nullptr);
  };
  keep(rules.insecure, insecure_);
  if (rules.hosts) keep(*rules.hosts, hosts_);
}

sluice_config OptionValues::as_config(const std::string& connector, uint32_t task_index, uint32_t task_count) const {
  sluice_config config{};
  config.struct_size = sizeof config;
  config.value_count = static_cast<uint32_t>(values_.size());
  config.values = values_.data();
  config.connector = {connector.data(), connector.size()};
  config.task_index = task_index;
  config.task_count = task_count;
  config.insecure = insecure_.data();
  config.hosts = hosts_.empty() ? nullptr : hosts_.data();
  return config;
}

}  // namespace sluice
