// A plugin in a process of its own, as a conformance kit meets one: through the entry that the kit
// finds in the test program itself.

#pragma once

#include <string>
#include <vector>

namespace berth::plugin_test {

// Starts the process at the first call; one plugin for each program. What the kit is to load: a
// name that the system's loader takes for the program. environment: "NAME=value", all it has.
std::string plugin_apart(const char* library, std::vector<std::string> environment = {});

}  // namespace berth::plugin_test
