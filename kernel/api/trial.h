// What the dry runs of bound plugins share. Internal to this room.

#pragma once

#include <nlohmann/json_fwd.hpp>

#include "kernel/api/endpoints.h"
#include "kernel/plugins/op.h"

namespace berth::api {

// One call's context, with the time an operator waits.
plugins::Op trial_op(const Call& call, const context::TenantContext& tenant);

// "api.slot_unbound"
Error unbound(const context::TenantContext& tenant, std::string_view slot);

// Of an object that somebody typed: text of 1 to max octets, `absent` when it is not there.
Result<std::string> trial_text(const nlohmann::json& object, const char* name, std::size_t max,
                               std::string_view absent, const std::string& where);
// Whole, min..max; `absent` when it is not there.
Result<std::int64_t> trial_number(const nlohmann::json& object, const char* name, std::int64_t min,
                                  std::int64_t max, std::int64_t absent, const std::string& where);

}  // namespace berth::api
