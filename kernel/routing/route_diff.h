// What one table says that another does not. Pure.

#pragma once

#include <string>
#include <vector>

#include "kernel/tenancy/routes.h"

namespace berth::routing {

inline constexpr std::size_t kMaxDifferences = 10'000;  // that are told; `total` counts all

struct Difference {
  bool added = false;  // else taken away
  std::string tenant;
  std::string what;  // "eidRange 8904…-8904…", "mccMnc 23450 gid1 0A", "activationRealm …"
};
struct Differences {
  std::vector<Difference> told;  // by tenant; what is taken away before what is added
  std::size_t total = 0;
};
Differences diff(const tenancy::RouteTable& before, const tenancy::RouteTable& after);

}  // namespace berth::routing
