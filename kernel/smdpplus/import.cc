// Stock: a package is checked, sealed and stored before the ledger names it.

#include "kernel/lifecycle/profile.h"
#include "kernel/rsp/sgp22/metadata.h"
#include "kernel/smdpplus/commit.h"
#include "kernel/smdpplus/drafts.h"
#include "kernel/smdpplus/orders.h"

namespace berth::smdpplus {
namespace {

constexpr std::size_t kMaxProfileType = 64;
// Storage calls of an operator may take longer than a device would wait.
constexpr std::chrono::seconds kImportDeadline{30};

Failure invalid(std::string_view reason, std::string message) {
  return Error(ErrorCode::kInvalidArgument, reason, std::move(message));
}

// A profile's owner is one of the tenant's operators, and the SIM's IMSI is that operator's.
Result<void, Failure> check_owner(const context::TenantContext& tenant, const ProfileImport& import,
                                  const saip::Package& package) {
  if (!import.owner) return {};
  if (auto confirmed = tenant.confirm(*import.owner); !confirmed) {
    return Failure(Error(ErrorCode::kPermissionDenied, "profile.foreign_operator",
                         "operator " + import.owner->mcc_mnc.text() + " is not this tenant's (" +
                             confirmed.error().route + "); " + confirmed.error().message));
  }
  if (package.imsi && !package.imsi->starts_with(import.owner->mcc_mnc.text())) {
    return invalid("profile.owner_mismatch",
                   "the IMSI in the package does not begin with the owner's mccMnc " +
                       import.owner->mcc_mnc.text() + "; cards would refuse it (error 13)");
  }
  return {};
}

// The metadata limits of SGP.22 §5.5.3 hold already here, not first at the download.
Result<void, Failure> check_names(const ProfileImport& import, const saip::Package& package) {
  if (import.profile_type.empty() || import.profile_type.size() > kMaxProfileType) {
    return invalid("profile.type_invalid", "profileType is 1 to 64 characters");
  }
  auto encoded = rsp::sgp22::encode_metadata({.iccid = package.iccid,
                                              .service_provider_name = import.service_provider_name,
                                              .profile_name = import.profile_name,
                                              .notification_address = {},
                                              .owner = std::nullopt});
  if (!encoded) return Failure(std::move(encoded).error());
  return {};
}

ledger::Unit import_unit(const context::TenantContext& tenant, const ProfileImport& import,
                         const saip::Package& package, ledger::PackageReference reference) {
  ledger::ProfileRecord profile{.iccid = package.iccid,
                                .profile_type = import.profile_type,
                                .eid = std::nullopt,
                                .package = std::move(reference),
                                .service_provider_name = import.service_provider_name,
                                .profile_name = import.profile_name,
                                .owner_mcc_mnc = std::nullopt,
                                .owner_gid1_hex = {},
                                .owner_gid2_hex = {},
                                .order_id = {}};
  if (import.owner) {
    profile.owner_mcc_mnc = import.owner->mcc_mnc;
    profile.owner_gid1_hex = import.owner->gid1_hex;
    profile.owner_gid2_hex = import.owner->gid2_hex;
  }
  ledger::Unit unit;
  unit.commit_id = new_commit_id(tenant.random());
  unit.changes = {ledger::InsertProfile{profile}};
  unit.event = event_draft(tenant, "profileImported",
                           {.correlation_id = unit.commit_id,
                            .order_id = {},
                            .eid = std::nullopt,
                            .iccid = package.iccid,
                            .stage = {},
                            .result = "SUCCESS",
                            .result_code = {}});
  unit.usage = usage_draft("profile.stored", "", {{"profileType", import.profile_type}});
  unit.audit =
      audit_draft("profile.imported", {ledger::SubjectKind::kProfile, package.iccid.text()},
                  {{"profileType", import.profile_type},
                   {"sha256", to_hex(profile.package.sha256)},
                   {"size", std::to_string(profile.package.size_bytes)}});
  return unit;
}

}  // namespace

Result<ImportedProfile, Failure> import_profile(context::TenantContext& tenant,
                                                const std::string& request_id,
                                                const ProfileImport& import) {
  auto package = saip::validate(import.package);
  if (!package) return Failure(std::move(package).error());
  if (auto good = check_names(import, *package); !good) return std::move(good).error();
  if (auto good = check_owner(tenant, import, *package); !good) return std::move(good).error();

  const Error exists(ErrorCode::kAlreadyExists, "profile.exists",
                     "a profile with ICCID " + package->iccid.masked() +
                         " is in stock already; every profile has an ICCID of its own");
  auto known = tenant.ledger().profile(package->iccid);
  if (!known) return Failure(std::move(known).error());
  if (*known) return Failure(exists);

  // A name of its own, so that two imports never share an object.
  ledger::PackageReference reference{
      tenant.id().text() + "/packages/" + to_hex(tenant.random().bytes(16)), import.package.size(),
      sha256(import.package)};
  const plugins::Op op{request_id, "", tenant.clock().monotonic() + kImportDeadline};
  if (auto stored = tenant.vault().put(op, reference.object_name, import.package); !stored) {
    return Failure(std::move(stored).error());
  }
  const std::string object = reference.object_name;
  auto done = commit(tenant.ledger(), import_unit(tenant, import, *package, std::move(reference)));
  if (!done) {
    // Kept while the commit may have happened after all: a profile without its package is worse
    // than a package without its profile.
    const auto* error = std::get_if<Error>(&done.error());
    if (error != nullptr && error->reason() != kOutcomeUnknown) {
      static_cast<void>(tenant.vault().remove(op, object));
    }
    return std::move(done).error();
  }
  if (std::holds_alternative<ledger::Refused>(*done)) {
    // Lost the race for this ICCID: our object is referred to by nothing.
    static_cast<void>(tenant.vault().remove(op, object));
    return Failure(exists);
  }
  return ImportedProfile{
      package->iccid,
      std::to_string(package->major_version) + "." + std::to_string(package->minor_version),
      std::move(package->elements)};
}

}  // namespace berth::smdpplus
