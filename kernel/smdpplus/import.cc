// Stock: a package is checked, sealed and stored before the ledger names it.

#include "kernel/lifecycle/profile.h"
#include "kernel/rsp/bsp/bound_package.h"
#include "kernel/rsp/sgp22/metadata.h"
#include "kernel/smdpplus/commit.h"
#include "kernel/smdpplus/drafts.h"
#include "kernel/smdpplus/es9_state.h"
#include "kernel/smdpplus/orders.h"
#include "kernel/smdpplus/package_route.h"
#include "kernel/smdpplus/profile_types.h"

namespace berth::smdpplus {
namespace {

constexpr std::size_t kMaxProfileType = 64;
// Storage calls of an operator may take longer than a device would wait.
constexpr std::chrono::seconds kImportDeadline{30};

Failure invalid(std::string_view reason, std::string message) {
  return Error(ErrorCode::kInvalidArgument, reason, std::move(message));
}

Failure conflict(const std::string& member, const std::string& type) {
  return invalid("profile_type.conflict", member + " is not that of the profile type " + type +
                                              "; leave it out or import as another type");
}

// What a defined type says holds for all its profiles; saying it again is no harm.
Result<void, Failure> check_agreement(const ProfileImport& import, const ProfileType& type) {
  if (!import.service_provider_name.empty() &&
      import.service_provider_name != type.service_provider_name) {
    return conflict("serviceProviderName", type.name);
  }
  if (!import.profile_name.empty() && import.profile_name != type.profile_name) {
    return conflict("profileName", type.name);
  }
  if (import.owner && import.owner != type.owner) return conflict("the owner", type.name);
  return {};
}

// The type's definition, or one made of what came with the import.
Result<ProfileType, Failure> type_of(context::TenantContext& tenant, const ProfileImport& import) {
  if (import.profile_type.empty() || import.profile_type.size() > kMaxProfileType) {
    return invalid("profile.type_invalid", "profileType is 1 to 64 characters");
  }
  auto defined = find_profile_type(tenant, import.profile_type);
  if (!defined) return std::move(defined).error();
  if (*defined) {
    if (auto good = check_agreement(import, **defined); !good) return std::move(good).error();
    return std::move(**defined);
  }
  ProfileType type;
  type.name = import.profile_type;
  type.service_provider_name = import.service_provider_name;
  type.profile_name = import.profile_name;
  type.owner = import.owner;
  return type;
}

// The metadata limits of SGP.22 §5.5.3 hold already here, not first at the download.
Result<void, Failure> check_names(const ProfileType& type, const saip::Package& package) {
  auto encoded = rsp::sgp22::encode_metadata({.iccid = package.iccid,
                                              .service_provider_name = type.service_provider_name,
                                              .profile_name = type.profile_name,
                                              .notification_address = {},
                                              .owner = std::nullopt});
  if (!encoded) return Failure(std::move(encoded).error());
  return {};
}

std::string version_text(const saip::Package& package) {
  return std::to_string(package.major_version) + "." + std::to_string(package.minor_version);
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// The objects of one import; they go again unless the import may have been committed.
class StoredObjects {
 public:
  StoredObjects(context::TenantContext& tenant, const plugins::Op& op) : tenant_(tenant), op_(op) {}
  ~StoredObjects() {
    for (const std::string& name : names_) static_cast<void>(tenant_.vault().remove(op_, name));
  }
  StoredObjects(const StoredObjects&) = delete;
  StoredObjects& operator=(const StoredObjects&) = delete;

  Result<void, Failure> put(const std::string& name, ByteView plain) {
    auto stored = tenant_.vault().put(op_, name, plain);
    if (!stored) return Failure(std::move(stored).error());
    names_.push_back(name);
    return {};
  }
  void keep() { names_.clear(); }

 private:
  context::TenantContext& tenant_;
  const plugins::Op& op_;
  std::vector<std::string> names_;
};

// What an import adds to the tenant's store, as its limits count it; taken back unless it is kept.
class StoragePart {
 public:
  StoragePart(const context::TenantContext& tenant, const ledger::StoredObjects& size)
      : tenant_(tenant), size_(size) {}
  ~StoragePart() {
    if (taken_) tenant_.limits().unstore(size_);
  }
  StoragePart(const StoragePart&) = delete;
  StoragePart& operator=(const StoragePart&) = delete;

  Result<void> take() {
    BERTH_TRY_VOID(tenant_.limits().store(size_, tenant_.ledger()));
    taken_ = true;
    return {};
  }
  void keep() { taken_ = false; }

 private:
  const context::TenantContext& tenant_;
  const ledger::StoredObjects size_;
  bool taken_ = false;
};

// Encrypts the package once, under keys that serve it alone, for whichever card will come.
Result<ledger::ProtectedPackage, Failure> store_protected(context::TenantContext& tenant,
                                                          StoredObjects& objects,
                                                          const std::string& package_object,
                                                          ByteView package) {
  SecretBytes key_data(rsp::bsp::kKeyDataSize);
  tenant.random().fill(key_data.mutable_view());
  Bytes sealed = tenant.vault().seal(protection_purpose(package_object), key_data.view());
  auto keys = rsp::bsp::SessionKeys::from_key_data(std::move(key_data));
  if (!keys) return Failure(std::move(keys).error());
  auto segments = rsp::bsp::protect_elements(*keys, package);
  if (!segments) return Failure(std::move(segments).error());
  ledger::ProtectedPackage stored{package_object + "-ppk", sha256(*segments), std::move(sealed)};
  if (auto put = objects.put(stored.object_name, *segments); !put) return std::move(put).error();
  return stored;
}

ledger::ProfileRecord profile_record(const ProfileType& type, const saip::Package& package,
                                     ledger::PackageReference reference,
                                     ledger::ProtectedPackage protected_package) {
  ledger::ProfileRecord profile{.iccid = package.iccid,
                                .profile_type = type.name,
                                .eid = std::nullopt,
                                .package = std::move(reference),
                                .protected_package = std::move(protected_package),
                                .saip_version = version_text(package),
                                .services = joined(package.mandatory_services),
                                .service_provider_name = type.service_provider_name,
                                .profile_name = type.profile_name,
                                .owner_mcc_mnc = std::nullopt,
                                .owner_gid1_hex = {},
                                .owner_gid2_hex = {},
                                .order_id = {}};
  if (type.owner) {
    profile.owner_mcc_mnc = type.owner->mcc_mnc;
    profile.owner_gid1_hex = type.owner->gid1_hex;
    profile.owner_gid2_hex = type.owner->gid2_hex;
  }
  return profile;
}

ledger::Unit import_unit(const context::TenantContext& tenant,
                         const ledger::ProfileRecord& profile) {
  ledger::Unit unit;
  unit.commit_id = new_commit_id(tenant);
  unit.changes = {ledger::InsertProfile{profile}};
  unit.event = event_draft(tenant, "profileImported",
                           {.correlation_id = unit.commit_id,
                            .order_id = {},
                            .eid = std::nullopt,
                            .iccid = profile.iccid,
                            .stage = {},
                            .result = "SUCCESS",
                            .result_code = {}});
  unit.usage = usage_draft("profile.stored", "", {{"profileType", profile.profile_type}});
  unit.audit =
      audit_draft("profile.imported", {ledger::SubjectKind::kProfile, profile.iccid.text()},
                  {{"profileType", profile.profile_type},
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
  auto type = type_of(tenant, import);
  if (!type) return std::move(type).error();
  if (auto good = check_names(*type, *package); !good) return std::move(good).error();
  if (auto good = check_package_route(tenant, type->owner, *package); !good) {
    return std::move(good).error();
  }
  if (auto good = check_package(*type, *package); !good) return std::move(good).error();

  const Error exists(ErrorCode::kAlreadyExists, "profile.exists",
                     "a profile with ICCID " + package->iccid.masked() +
                         " is in stock already; every profile has an ICCID of its own");
  auto known = tenant.ledger().profile(package->iccid);
  if (!known) return Failure(std::move(known).error());
  if (*known) return Failure(exists);

  const bool twofold = tenant.configuration().protection_keys == tenancy::ProtectionKeys::kRandom;
  const std::uint64_t copies = twofold ? 2 : 1;
  StoragePart part(tenant, {copies, copies * import.package.size()});
  if (auto fits = part.take(); !fits) return Failure(std::move(fits).error());

  // A name of its own, so that two imports never share an object.
  ledger::PackageReference reference{
      tenant.id().text() + "/packages/" + to_hex(tenant.random().bytes(16)), import.package.size(),
      sha256(import.package)};
  const plugins::Op op{request_id, "", tenant.clock().monotonic() + kImportDeadline};
  StoredObjects objects(tenant, op);
  if (auto put = objects.put(reference.object_name, import.package); !put) {
    return std::move(put).error();
  }
  ledger::ProtectedPackage protected_package;
  if (twofold) {
    auto stored = store_protected(tenant, objects, reference.object_name, import.package);
    if (!stored) return std::move(stored).error();
    protected_package = std::move(*stored);
  }
  auto done = commit(tenant.ledger(),
                     import_unit(tenant, profile_record(*type, *package, std::move(reference),
                                                        std::move(protected_package))));
  if (!done) {
    // Kept while the commit may have happened after all: a profile without its package is worse
    // than a package without its profile.
    const auto* error = std::get_if<Error>(&done.error());
    if (error == nullptr || error->reason() == kOutcomeUnknown) {
      objects.keep();
      part.keep();
    }
    return std::move(done).error();
  }
  // Refused: the race for this ICCID is lost, and nothing refers to our objects.
  if (std::holds_alternative<ledger::Refused>(*done)) return Failure(exists);
  objects.keep();
  part.keep();
  return ImportedProfile{package->iccid, version_text(*package), std::move(package->elements)};
}

}  // namespace berth::smdpplus
