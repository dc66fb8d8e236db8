// `sluice.translate/1` as the ABI has it. Any thread.
#pragma once
#include <cstddef>

#include "abi/sluice_plugin.h"

namespace sluice::debezium {

sluice_result translate_settings(const sluice_pair* settings, size_t n, void (*set)(void*, const char*, const char*),
                                 void (*leave)(void*, const char*, const char*), void* arg, sluice_error* err);

}  // namespace sluice::debezium
