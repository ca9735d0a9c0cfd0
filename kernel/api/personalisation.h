// The member `personalisation` of a profile import: one subscriber's values. Internal to this room.

#pragma once

#include "kernel/api/json_request.h"
#include "kernel/saip/personalise.h"

namespace berth::api {

// `body` may have the member; nullopt when it has none. Errors: "api.request" for a member of a
// wrong kind, "api.iccid" for a mistyped ICCID; other forms are saip::personalise's to judge. None
// shows a secret or the IMSI.
Result<std::optional<saip::Personalisation>> read_personalisation(const JsonRequest& body);

}  // namespace berth::api
