// The table `profile`.

#pragma once

#include "kernel/ledger/context.h"

namespace berth::ledger {

Applied apply_change(Session& session, const ApplyContext& context, const InsertProfile& change);
Applied apply_change(Session& session, const ApplyContext& context, const UpdateProfile& change);

std::optional<ProfileRecord> find_profile(Session& session, const std::string& tenant_id,
                                          const Iccid& iccid);
std::vector<ProfileRecord> profiles_after(Session& session, const std::string& tenant_id,
                                          std::string_view after, std::size_t max);
std::optional<ProfileRecord> find_available_profile(Session& session, const std::string& tenant_id,
                                                    std::string_view type, std::size_t skip);
bool profile_of_type_exists(Session& session, const std::string& tenant_id, std::string_view type);

}  // namespace berth::ledger
