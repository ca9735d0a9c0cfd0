#include "kernel/smdpplus/standing_claim.h"

#include "kernel/smdpplus/profile_types.h"

namespace berth::smdpplus {

Result<std::optional<Eid>, Failure> standing_claim(context::TenantContext& tenant,
                                                   const ledger::ProfileRecord& profile) {
  if (profile.installations == 0) return std::optional<Eid>();
  auto type = find_profile_type(tenant, profile.profile_type);
  if (!type) return std::move(type).error();
  if (!*type || (*type)->reuse != Reuse::kSameEid) return std::optional<Eid>();
  return profile.eid;
}

}  // namespace berth::smdpplus
