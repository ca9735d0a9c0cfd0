// Limits as members of a JSON object, in files and in the operator API.

#pragma once

#include <nlohmann/json_fwd.hpp>

#include "kernel/base/result.h"
#include "kernel/tenancy/limits.h"

namespace berth::tenancy {

// What an object {"downloadsPerSecond": 50, …} changes of `base`. "limits.unknown" for a member
// that is no limit, "limits.out_of_range" for a value that is no whole number within its bounds;
// the message names what may be.
Result<LimitSettings> changed_limits(LimitSettings base, const nlohmann::json& members);

}  // namespace berth::tenancy
