// How a plugin instance says it is.

#pragma once

#include <string>

#include "kernel/plugins/instance.h"

namespace berth::plugins {

enum class Fitness : std::uint8_t { kServing = 1, kDegraded, kNotServing };

struct Health {
  Fitness fitness = Fitness::kServing;
  std::string detail = {};  // the plugin's own words, fit for a terminal; empty: it says nothing
};

// Asks "berth.health/1"; an instance that does not offer it counts as serving. Failures are those
// of the plugin's check; kInternal "plugin.misbehaved" for a state that does not exist. Of more
// than 4 KiB of detail the beginning is kept. Thread-safe.
Result<Health> check_health(const Instance& instance, const Op& op);

}  // namespace berth::plugins
