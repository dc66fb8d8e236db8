// The host's half of the ABI: the table of functions that every plugin is handed at load. One static table a process.
#pragma once
#include "abi/sluice_plugin.h"

namespace sluice {

const sluice_host* host_table();

}  // namespace sluice
