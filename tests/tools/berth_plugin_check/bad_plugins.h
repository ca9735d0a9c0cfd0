// The defective plugins, and one check of one of them.

#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tools/berth-plugin-check/checks.h"

namespace berth::plugin_check::testing {

inline std::string bad_plugin(const std::string& name) {
  return std::string(BERTH_BAD_PLUGINS) + "/" + name + ".so";
}

inline CheckRequest request_for(const std::string& library, const std::string& check) {
  CheckRequest request;
  request.library = library;
  request.only = {check};
  request.programs = BERTH_KIT_PROGRAMS;
  return request;
}

// The last finding: that of the check, or of loading when the plugin is refused.
inline Finding ask(const CheckRequest& request) {
  const std::vector<Finding> findings = run_checks(request, [](const Finding&) {});
  REQUIRE_FALSE(findings.empty());
  return findings.back();
}
inline Finding ask(const std::string& name, const std::string& check) {
  return ask(request_for(bad_plugin(name), check));
}

}  // namespace berth::plugin_check::testing
