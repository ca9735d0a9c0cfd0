// What the API tells of an action that takes two people. Internal to this room, for whoever makes
// an action of its own one of them.

#pragma once

#include <nlohmann/json_fwd.hpp>

#include "kernel/api/endpoints.h"

namespace berth::api {

// Everything but the body.
nlohmann::ordered_json described(const Approvals& approvals, const Approval& approval);
// What request(), approve() or reject() gave.
ingress::HttpResponse answer_approval(const Call& call, const Result<Approval>& approval);

}  // namespace berth::api
