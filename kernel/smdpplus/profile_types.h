// Profile types: what the profiles of one kind have in common, defined once by the operator and
// kept as a record. The metadata a card and its user see follows from it (SGP.22 §5.5.3).
//
// A profile whose type has no record carries the names and owner it was imported with. Metadata is
// frozen when a package is first bound; a later change of the type touches only later bindings.
// Thread-safe.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/context/tenant_context.h"
#include "kernel/rsp/sgp22/metadata.h"
#include "kernel/saip/package.h"
#include "kernel/smdpplus/failure.h"

namespace berth::smdpplus {

// May a profile be downloaded again once its card has signed that it was deleted?
enum class Reuse : std::uint8_t { kNever = 1, kSameEid, kAnyEid };

struct ProfileType {
  std::string name;  // 1..64 octets, printable
  std::string service_provider_name;
  std::string profile_name;
  Bytes icon;  // PNG or JPEG of 64×64 pixels, at most 1024 octets; empty: none
  std::optional<rsp::sgp22::IconType> icon_type;
  rsp::sgp22::ProfileClass profile_class = rsp::sgp22::ProfileClass::kOperational;
  std::optional<tenancy::OperatorIdentity> owner;  // needed when there are policy rules
  rsp::sgp22::PolicyRules policy_rules = {};
  // Empty: all events to the tenant's realm.
  std::vector<rsp::sgp22::NotificationConfiguration> notifications;
  Bytes carrier_privileges;  // refArDo, whole BF76; empty: none
  Bytes vendor_objects;      // whole BF22 and BF23, one after the other; empty: none
  Reuse reuse = Reuse::kNever;
  std::uint32_t downloads_max = 1;  // installations in the life of one profile, 1..1000
};

// The members of the document are those of the API (docs/reference/operator-api.md). Everything is
// checked: limits of the standard, icon octets, owner against the tenant's routes.
Result<ProfileType, Failure> read_profile_type(const context::TenantContext& tenant,
                                               std::string_view document);
std::string write_profile_type(const ProfileType& type);

// Defines or changes a type in one commit. What stock depends on (owner, policy rules) cannot
// change while profiles of the type exist: kFailedPrecondition "profile_type.in_use".
Result<ProfileType, Failure> define_profile_type(context::TenantContext& tenant,
                                                 std::string_view document);
Result<std::optional<ProfileType>, Failure> find_profile_type(context::TenantContext& tenant,
                                                              std::string_view name);

// Does a package fit its type? Owner against EF_IMSI, EF_GID1 and EF_GID2.
Result<void, Failure> check_package(const ProfileType& type, const saip::Package& package);

// What the card is to be told of this profile, and the type's rules (defaults when it has none).
struct ProfileDefinition {
  ProfileType type;
  rsp::sgp22::ProfileMetadata metadata;
};
Result<ProfileDefinition, Failure> definition_of(context::TenantContext& tenant,
                                                 const ledger::ProfileRecord& profile);

}  // namespace berth::smdpplus
