// The web page: one file of host/web, built by Node and kept in the program.
#pragma once
#include <string_view>
#include <vector>
#include "rest/resource.h"

namespace sluice {

extern const std::string_view kPage;  // HTML; where the program was built without Node, a page that says so

// /ui. Open to all: what it shows it asks for by the other paths, which are not.
std::vector<Resource> page_resources();

}  // namespace sluice
