// What one tenant needs to run: its ledger, plugin instances and vault, owned together.

#pragma once

#include <atomic>
#include <map>
#include <memory>

#include "kernel/context/limited_hsm.h"
#include "kernel/context/tenant_context.h"
#include "kernel/host/data_keys.h"
#include "kernel/host/draft_bindings.h"
#include "kernel/host/host_keys.h"
#include "kernel/ledger/host_ledger.h"
#include "kernel/plugins/live_hsm.h"
#include "kernel/plugins/live_object_store.h"

namespace berth::host {

struct TenantRuntime {
  std::unique_ptr<ledger::TenantLedger> ledger;
  std::unique_ptr<plugins::LiveHsm> own_hsm;   // null: the host's serves
  std::unique_ptr<plugins::LiveHsm> own_next;  // of the tenant's own hsmNext
  TenantWrapping wrapping;
  std::unique_ptr<plugins::LiveObjectStore> store;
  std::unique_ptr<vault::Vault> vault;
  DraftBindings drafts;
  std::shared_ptr<context::TenantLimits> limits;
  // As the tenant may use them: its own or the host's, and the one that signs for all.
  std::unique_ptr<context::LimitedHsm> hsm;
  std::unique_ptr<context::LimitedHsm> identity_hsm;
  // It has left: its vault opens nothing any more, and nobody has to be able to open it.
  std::atomic<bool> departed = false;
};

// Of the tenants opened so far; each generation has those of the one before.
using TenantRuntimes = std::map<TenantId, std::shared_ptr<TenantRuntime>>;

// The host's parts a tenant is built on. All borrowed.
struct TenantFoundations {
  ledger::HostLedger& ledger;
  plugins::Registry& registry;
  const HostKeys& host_keys;
  const tenancy::HostConfiguration& configuration;
  const Clock& clock;
  Random& random;
  std::shared_ptr<context::SharedPlaces> places;
};

// Opens the ledger, starts the tenant's plugin instances and opens its vault, making the first data
// key when there is none. Errors carry the tenant's name.
Result<std::unique_ptr<TenantRuntime>> start_tenant(const TenantFoundations& foundations,
                                                    const tenancy::TenantConfiguration& tenant);

// Of a tenant that leaves: its ledger and its store alone.
Result<std::unique_ptr<TenantRuntime>> start_remains(const TenantFoundations& foundations,
                                                     const tenancy::TenantConfiguration& tenant);

// Would the tenant's vault open with this HSM, by either wrapping of its data keys? Asked before
// one takes the place of another.
Result<void> check_vault(const TenantRuntime& runtime, const TenantId& tenant,
                         std::string_view key_encryption_key, plugins::Hsm& hsm, Random& random,
                         const plugins::Op& op);

// Are the packages that the tenant's ledger refers to in this store? Looks for one of them.
Result<void> check_packages(const TenantRuntime& runtime, plugins::ObjectStore& store,
                            const plugins::Op& op);

}  // namespace berth::host
