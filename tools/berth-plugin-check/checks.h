// Everything that is asked of a plugin, in order.

#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "tools/berth-plugin-check/report.h"

namespace berth::plugin_check {

struct CheckRequest {
  std::string library;
  std::vector<std::string> configs;  // files; none: {}
  std::vector<std::string> trusted;  // files of public keys; none: unsigned is taken
  std::vector<std::string> only;     // names of checks; none: all
  std::string prepare;               // shell command run in each new folder; empty: none
  std::string recorded;              // events to replay, a file; empty: none
  std::string programs;              // folder of the kits' runners; empty: where this program lies
  std::chrono::seconds time{180};    // for each check
};

// The configuration with every @PLACE@ replaced by `folder`.
std::string with_place(std::string config, const std::string& folder);

// Says each finding as it is found. A refused plugin is asked nothing more.
std::vector<Finding> run_checks(const CheckRequest& request,
                                const std::function<void(const Finding&)>& say);

}  // namespace berth::plugin_check
