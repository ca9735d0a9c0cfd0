// The files of the dedicated host that a tenant moves to or comes back from. Internal to this room.

#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "kernel/context/tenant_context.h"
#include "kernel/ledger/files.h"
#include "kernel/tenancy/configuration.h"

namespace berth::api {

// Nobody runs on them while it lives.
struct MoveTarget {
  tenancy::Configuration configuration;
  std::shared_ptr<ledger::FolderLock> lock;
  std::filesystem::path file;  // the tenant's ledger there
  std::filesystem::path mark;  // says that the tenant is away
};

// States in which this host must not open the tenant's ledger.
inline constexpr const char* kHandingOver = "handing_over";
inline constexpr const char* kMoved = "moved";
inline constexpr const char* kTakingBack = "taking_back";
bool is_away(const std::string& state);

// "<data folder>/tenants/<id>.away": a host does not open the ledger of a tenant with such a mark.
std::filesystem::path mark_of(const std::filesystem::path& data_folder, const TenantId& tenant);
std::filesystem::path beside(std::filesystem::path file, const char* ending);

// The tenant's binding there, or the host's.
const tenancy::PluginBinding& store_of(const tenancy::Configuration& configuration,
                                       const TenantId& tenant);

// `own`: of this host. kFailedPrecondition "move.target" or "move.postgres" tells what is wrong
// with the folder; that its berthd runs, too.
Result<MoveTarget> open_target(const tenancy::Configuration& own, const TenantId& tenant,
                               const std::string& folder);
// One that has never had this tenant, and is ready for it.
Result<MoveTarget> fresh_target(const tenancy::Configuration& own,
                                const context::TenantContext& tenant, const std::string& folder);

}  // namespace berth::api
