// The table `profile_type`.

#pragma once

#include "kernel/ledger/plan.h"

namespace berth::ledger {

Steps plan_change(const std::string& tenant_id, const PutProfileType& change);
std::span<const Statement> profile_type_writes();

std::optional<ProfileTypeRecord> find_profile_type(Session& session, const std::string& tenant_id,
                                                   std::string_view name);
std::vector<ProfileTypeRecord> profile_types_after(Session& session, const std::string& tenant_id,
                                                   std::string_view after, std::size_t max);

}  // namespace berth::ledger
