#include "kernel/smdpplus/profile_types.h"

#include "kernel/smdpplus/commit.h"
#include "kernel/smdpplus/drafts.h"
#include "kernel/smdpplus/profile_type_document.h"

namespace berth::smdpplus {
namespace {

using tenancy::OperatorIdentity;

// EF.GID may be padded with FF beyond the value that the owner carries.
bool gid_fits(const std::string& wanted_hex, const std::optional<std::string>& file_hex) {
  if (wanted_hex.empty()) return true;
  if (!file_hex) return false;
  const auto wanted = from_hex(wanted_hex);
  auto file = from_hex(*file_hex);
  if (!wanted || !file) return false;
  while (file->size() > wanted->size() && file->back() == 0xFF) file->pop_back();
  return *file == *wanted;
}

Failure owner_mismatch(const std::string& what) {
  return Error(ErrorCode::kInvalidArgument, "profile.owner_mismatch",
               what + "; cards would refuse it (error 13)");
}

Failure in_use(const std::string& message) {
  return Error(ErrorCode::kFailedPrecondition, "profile_type.in_use", message);
}

bool same_rules(const rsp::sgp22::PolicyRules& left, const rsp::sgp22::PolicyRules& right) {
  return left.update_control == right.update_control && left.ppr1 == right.ppr1 &&
         left.ppr2 == right.ppr2;
}

// A record is written by this program alone; one that cannot be read is damage.
Result<ProfileType, Failure> from_record(const ledger::ProfileTypeRecord& record) {
  auto type = parse_profile_type(record.document);
  if (type) return std::move(type).value();
  return Failure(Error(ErrorCode::kDataLoss, "profile_type.damaged",
                       "the stored profile type " + record.name +
                           " cannot be read: " + std::string(type.error().message())));
}

// Owner and rules of a type are promises to the stock there is.
Result<void, Failure> check_change(context::TenantContext& tenant, const ProfileType& type,
                                   const std::optional<ProfileType>& before) {
  const bool owner_changes = before && before->owner != type.owner;
  const bool rules_change =
      before ? !same_rules(before->policy_rules, type.policy_rules) : type.policy_rules.any();
  if (!owner_changes && !rules_change) return {};
  auto stocked = tenant.ledger().profile_type_in_use(type.name);
  if (!stocked) return Failure(std::move(stocked).error());
  if (!*stocked) return {};
  return in_use((owner_changes ? "the owner" : "the policy rules") + std::string(" of ") +
                type.name + " cannot change while profiles of it exist; define another type");
}

ledger::Unit definition_unit(const context::TenantContext& tenant, const ProfileType& type,
                             const std::optional<ledger::ProfileTypeRecord>& before) {
  const std::int64_t from = before ? before->revision : 0;
  ledger::Unit unit;
  unit.commit_id = new_commit_id(tenant);
  unit.changes = {ledger::PutProfileType{
      {.name = type.name, .revision = from + 1, .document = write_profile_type(type)}, from}};
  unit.audit = audit_draft(before ? "profile_type.changed" : "profile_type.defined",
                           {ledger::SubjectKind::kTenant, tenant.id().text()},
                           {{"profileType", type.name}, {"revision", std::to_string(from + 1)}});
  return unit;
}

// Of a profile whose type has no record: what it was imported with.
ProfileType undefined_type(const ledger::ProfileRecord& profile) {
  ProfileType type;
  type.name = profile.profile_type;
  type.service_provider_name = profile.service_provider_name;
  type.profile_name = profile.profile_name;
  return type;
}

}  // namespace

Result<ProfileType, Failure> read_profile_type(const context::TenantContext& tenant,
                                               std::string_view document) {
  auto type = parse_profile_type(document);
  if (!type) return Failure(std::move(type).error());
  if (type->owner) {
    if (const auto confirmed = tenant.confirm(*type->owner); !confirmed) {
      return Failure(Error(ErrorCode::kPermissionDenied, "profile.foreign_operator",
                           "operator " + type->owner->mcc_mnc.text() + " is not this tenant's (" +
                               confirmed.error().route + "); " + confirmed.error().message));
    }
  }
  return std::move(type).value();
}

Result<ProfileType, Failure> define_profile_type(context::TenantContext& tenant,
                                                 std::string_view document) {
  auto type = read_profile_type(tenant, document);
  if (!type) return type;
  for (int round = 0; round < kMaxDecisions; ++round) {
    auto record = tenant.ledger().profile_type(type->name);
    if (!record) return Failure(std::move(record).error());
    std::optional<ProfileType> before;
    if (*record) {
      auto read = from_record(**record);
      if (!read) return read;
      before = std::move(*read);
    }
    if (auto good = check_change(tenant, *type, before); !good) return std::move(good).error();
    auto done = commit(tenant.ledger(), definition_unit(tenant, *type, *record));
    if (!done) return std::move(done).error();
    if (std::holds_alternative<ledger::Committed>(*done)) return type;
  }
  return Failure(contention_error());
}

Result<std::optional<ProfileType>, Failure> find_profile_type(context::TenantContext& tenant,
                                                              std::string_view name) {
  auto record = tenant.ledger().profile_type(name);
  if (!record) return Failure(std::move(record).error());
  if (!*record) return std::optional<ProfileType>();
  auto type = from_record(**record);
  if (!type) return std::move(type).error();
  return std::optional(std::move(*type));
}

Result<void, Failure> check_package(const ProfileType& type, const saip::Package& package) {
  if (!type.owner) return {};
  const OperatorIdentity& owner = *type.owner;
  if (package.imsi && !package.imsi->starts_with(owner.mcc_mnc.text())) {
    return owner_mismatch("the IMSI in the package does not begin with the owner's mccMnc " +
                          owner.mcc_mnc.text());
  }
  if (!gid_fits(owner.gid1_hex, package.gid1_hex)) {
    return owner_mismatch("EF.GID1 in the package is not the owner's gid1");
  }
  if (!gid_fits(owner.gid2_hex, package.gid2_hex)) {
    return owner_mismatch("EF.GID2 in the package is not the owner's gid2");
  }
  return {};
}

Result<ProfileDefinition, Failure> definition_of(context::TenantContext& tenant,
                                                 const ledger::ProfileRecord& profile) {
  auto found = find_profile_type(tenant, profile.profile_type);
  if (!found) return std::move(found).error();
  ProfileType type = *found ? std::move(**found) : undefined_type(profile);
  // The owner its package was checked against, which may be older than the type's record.
  type.owner.reset();
  if (profile.owner_mcc_mnc) {
    type.owner =
        OperatorIdentity{*profile.owner_mcc_mnc, profile.owner_gid1_hex, profile.owner_gid2_hex};
  }
  auto metadata = metadata_of(type, profile.iccid);
  metadata.notification_address = tenant.realm().text();
  return ProfileDefinition{std::move(type), std::move(metadata)};
}

}  // namespace berth::smdpplus
