#include "kernel/api/move_target.h"

#include <set>

#include "kernel/api/tenant_move.h"

namespace berth::api {
namespace {

namespace fs = std::filesystem;

Error bad(const std::string& folder, const std::string& what) {
  return {ErrorCode::kFailedPrecondition, "move.target", folder + ": " + what};
}

std::set<std::string> names_of(const tenancy::Route& route) {
  std::set<std::string> names{route.activation_realm.text()};
  for (const auto* more : {&route.further_realms, &route.former_realms}) {
    for (const HostName& name : *more) names.insert(name.text());
  }
  return names;
}

Result<void> check_files(const tenancy::Configuration& own, const TenantId& tenant,
                         const std::string& folder, const tenancy::Configuration& loaded) {
  const tenancy::HostConfiguration& host = loaded.host;
  if (host.postgres) {
    return Error(ErrorCode::kFailedPrecondition, "move.postgres",
                 folder + ": its ledgers are in PostgreSQL, and a move copies files");
  }
  std::error_code error;
  if (fs::weakly_canonical(host.data_folder, error) ==
      fs::weakly_canonical(own.host.data_folder, error)) {
    return bad(folder, "has this host's own data folder");
  }
  if (loaded.tenants.size() != 1 || !loaded.tenants.contains(tenant)) {
    return bad(folder, "is no host for '" + tenant.text() + "' alone");
  }
  if (fs::is_directory(host.data_folder / "tenants", error)) return {};
  return bad(folder, "has no folder " + (host.data_folder / "tenants").string() +
                         "; make it anew with berthctl tenant promote --for-move");
}

}  // namespace

fs::path mark_of(const fs::path& data_folder, const TenantId& tenant) {
  return data_folder / "tenants" / (tenant.text() + ".away");
}

fs::path beside(fs::path file, const char* ending) {
  file += ending;
  return file;
}

const tenancy::PluginBinding& store_of(const tenancy::Configuration& configuration,
                                       const TenantId& tenant) {
  const auto file = configuration.tenants.find(tenant);
  const bool own = file != configuration.tenants.end() && file->second.storage.has_value();
  return own ? *file->second.storage : configuration.host.storage;
}

Result<MoveTarget> open_target(const tenancy::Configuration& own, const TenantId& tenant,
                               const std::string& folder) {
  if (!fs::path(folder).is_absolute()) return bad(folder, "is no absolute path");
  auto loaded = tenancy::load_configuration(fs::path(folder) / "etc/host.json");
  if (!loaded) return bad(folder, loaded.error().message());
  BERTH_TRY_VOID(check_files(own, tenant, folder, *loaded));
  const fs::path data = loaded->host.data_folder;
  auto lock = ledger::FolderLock::take(data);
  if (!lock) return bad(folder, lock.error().message());
  return MoveTarget{*std::move(loaded), *std::move(lock), ledger::ledger_file(data, tenant),
                    mark_of(data, tenant)};
}

Result<MoveTarget> fresh_target(const tenancy::Configuration& own,
                                const context::TenantContext& tenant, const std::string& folder) {
  BERTH_TRY(target, open_target(own, tenant.id(), folder));
  std::error_code error;
  if (!fs::exists(target.mark, error) || fs::exists(target.file, error)) {
    return bad(folder,
               "has or had a ledger of this tenant, or would make one of its own; make the folder "
               "anew with berthctl tenant promote --for-move");
  }
  const tenancy::Route* route = target.configuration.routes.by_tenant(tenant.id());
  if (route == nullptr || names_of(*route) != names_of(tenant.route())) {
    return bad(folder,
               "its routes do not give the tenant the names it has here; codes and profiles under "
               "a name that is missing would find nobody");
  }
  if (!target.configuration.host.smdp.empty()) return target;
  return bad(folder, "smdp: it has no DPauth and DPpb certificates of its own yet");
}

bool is_away(const std::string& state) {
  return state == kHandingOver || state == kMoved || state == kTakingBack;
}

Result<std::vector<TenantId>> tenants_away(ledger::HostLedger& ledger,
                                           const tenancy::Configuration& configuration) {
  std::vector<TenantId> away;
  for (const auto& [id, tenant] : configuration.tenants) {
    BERTH_TRY(record, ledger.record(kMoveRecords, id.text()));
    std::error_code error;
    const bool marked = !configuration.host.postgres &&
                        fs::exists(mark_of(configuration.host.data_folder, id), error);
    if (marked || (record && is_away(record->state))) away.push_back(id);
  }
  return away;
}

}  // namespace berth::api
