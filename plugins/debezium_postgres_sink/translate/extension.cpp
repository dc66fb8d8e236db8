#include "debezium_postgres_sink/translate/extension.h"

#include "debezium_postgres_sink/translate/translate.h"
#include "sdk/sluice.hpp"

namespace sluice::debezium {

sluice_result translate_settings(const sluice_pair* settings, size_t n, void (*set)(void*, const char*, const char*),
                                 void (*leave)(void*, const char*, const char*), void* arg, sluice_error* err) {
  return detail::guard(err, [&] {
    SettingsMap written;
    for (size_t i = 0; i < n; ++i) written.emplace(settings[i].name, settings[i].value);
    const Answers answers = translate(written);
    for (const auto& [name, text] : answers.settings()) set(arg, name.c_str(), text.c_str());
    for (const auto& [name, why] : answers.left()) leave(arg, name.c_str(), why.c_str());
  });
}

}  // namespace sluice::debezium
