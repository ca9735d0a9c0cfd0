// The table `profile`.

#pragma once

#include "kernel/ledger/plan.h"
#include "kernel/ledger/tenant_ledger.h"

namespace berth::ledger {

Steps plan_change(const std::string& tenant_id, const InsertProfile& change);
Steps plan_change(const std::string& tenant_id, const UpdateProfile& change);
std::span<const Statement> profile_writes();

std::optional<ProfileRecord> find_profile(Session& session, const std::string& tenant_id,
                                          const Iccid& iccid);
std::vector<ProfileRecord> profiles_after(Session& session, const std::string& tenant_id,
                                          std::string_view after, std::size_t max);
std::optional<ProfileRecord> find_available_profile(Session& session, const std::string& tenant_id,
                                                    std::string_view type, std::size_t skip);
StoredObjects stored_objects_of(Session& session, const std::string& tenant_id);
bool profile_of_type_exists(Session& session, const std::string& tenant_id, std::string_view type);

}  // namespace berth::ledger
