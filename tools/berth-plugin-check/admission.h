// Would a host load it? Asked with the host's own code, so that the words of a refusal are the ones
// that an operator would read.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/berth-plugin-check/report.h"

namespace berth::plugin_check {

struct Admitted {
  std::vector<std::string> provides;
  std::uint32_t concurrency = 1;
};

struct AdmissionRequest {
  std::string library;
  std::vector<std::string> trusted;  // files of public keys; none: unsigned is taken
  std::vector<std::string> configs;  // JSON text, held against the plugin's schema
};

// In a process of its own: loading runs the plugin's constructors.
Finding admit(const AdmissionRequest& request, std::chrono::milliseconds time, Admitted& admitted);

}  // namespace berth::plugin_check
