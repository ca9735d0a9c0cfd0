#include "kernel/smdpplus/stock_choice.h"

#include "kernel/lifecycle/profile.h"
#include "kernel/rsp/sgp22/status_codes.h"

namespace berth::smdpplus {
namespace {

namespace sgp22 = rsp::sgp22;

std::size_t random_place(Random& random) {
  static_assert(kStockSpread <= 256 && 256 % kStockSpread == 0);
  return random.bytes(1)[0] % kStockSpread;
}

Result<ledger::ProfileRecord, Failure> named_profile(context::TenantContext& tenant,
                                                     const WantedProfile& wanted) {
  auto found = tenant.ledger().profile(*wanted.iccid);
  if (!found) return Failure(std::move(found).error());
  // Another tenant's profile is the same miss.
  if (!*found) return Failure(sgp22::profile_unknown("no profile here has that ICCID"));
  const ledger::ProfileRecord& profile = **found;
  if (profile.state != lifecycle::ProfileState::kAvailable) {
    return Failure(sgp22::profile_not_available("the profile is " +
                                                std::string(lifecycle::to_string(profile.state)) +
                                                ", not Available; order another one"));
  }
  if (profile.eid && profile.eid != wanted.eid) {
    return Failure(sgp22::profile_not_available(
        "the profile was deleted from one card and may only go there again; order it for that EID, "
        "or order another one"));
  }
  if (!wanted.profile_type.empty() && profile.profile_type != wanted.profile_type) {
    return Failure(sgp22::profile_type_mismatch("the profile with that ICCID is of type '" +
                                                profile.profile_type + "'"));
  }
  return profile;
}

Result<bool> is_known_type(context::TenantContext& tenant, std::string_view type) {
  BERTH_TRY(record, tenant.ledger().profile_type(type));
  if (record) return true;
  return tenant.ledger().profile_type_in_use(type);
}

}  // namespace

Result<ledger::ProfileRecord, Failure> choose_profile(context::TenantContext& tenant,
                                                      const WantedProfile& wanted) {
  if (wanted.iccid) return named_profile(tenant, wanted);
  const auto known = is_known_type(tenant, wanted.profile_type);
  if (!known) return Failure(known.error());
  const std::string type(wanted.profile_type);
  if (!*known) {
    return Failure(sgp22::profile_type_unknown("no profile of type '" + type +
                                               "' was ever here; check the name"));
  }
  for (std::size_t skip = random_place(tenant.random());; skip /= 2) {
    auto any = tenant.ledger().available_profile(wanted.profile_type, skip);
    if (!any) return Failure(std::move(any).error());
    if (*any) return std::move(**any);
    if (skip == 0) break;
  }
  return Failure(
      sgp22::profile_type_exhausted("no profile of type '" + type + "' is available; import more"));
}

}  // namespace berth::smdpplus
