// Doctor's findings of tenants that this host does not serve itself: is their endpoint there, and
// is what was agreed with a partner done in time (R39, R40)?

#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "kernel/api/doctor.h"
#include "kernel/tenancy/topology.h"

namespace berth::api {

// Red from the end of its day, a warning in the two weeks before.
Finding check_duty(std::string_view tenant, const tenancy::Duty& duty, UnixMs now);

// `problem`: why it did not take a connection; empty when it did.
Finding check_endpoint(std::string_view tenant, const tenancy::Endpoint& endpoint,
                       std::string_view problem);

// Connects and leaves again. Empty, or why it could not within the time. A host name is looked up
// first, which takes as long as it takes.
std::string probe_endpoint(const tenancy::Endpoint& endpoint, std::chrono::milliseconds patience);

}  // namespace berth::api
