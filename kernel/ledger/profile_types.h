// The table `profile_type`.

#pragma once

#include "kernel/ledger/context.h"

namespace berth::ledger {

Applied apply_change(Session& session, const ApplyContext& context, const PutProfileType& change);

std::optional<ProfileTypeRecord> find_profile_type(Session& session, const std::string& tenant_id,
                                                   std::string_view name);
std::vector<ProfileTypeRecord> profile_types_after(Session& session, const std::string& tenant_id,
                                                   std::string_view after, std::size_t max);

}  // namespace berth::ledger
