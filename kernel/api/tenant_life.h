// A tenant's life on this host: sandbox, active, suspended. Kept in the host ledger, so that every
// node and the next start know it; the contexts are told (context::Standing).
//
// On a production host a tenant that nobody activated is in its sandbox; on a development host it
// is served like an active one until somebody says otherwise. Thread-safe.

#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "kernel/api/access.h"
#include "kernel/context/tenants.h"
#include "kernel/ledger/host_ledger.h"

namespace berth::api {

inline constexpr std::size_t kMaxSuspensionReason = 500;  // octets

struct TenantLifeFacts {
  context::Standing standing = context::Standing::kActive;
  bool told = false;    // somebody said so; else it is what the profile makes of a new tenant
  std::string by;       // who said so, empty when nobody did
  std::string reason;   // why it was suspended
  UnixMs since_ms = 0;  // 0: nobody said so
  std::vector<std::string> missing;  // what keeps it from being activated: "policies.riskOwner"
};

std::string_view to_string(context::Standing standing);  // "sandbox"

class TenantLife {
 public:
  // All borrowed. `production`: the host's profile.
  TenantLife(ledger::HostLedger& ledger, context::Tenants& tenants, bool production)
      : ledger_(ledger), tenants_(tenants), production_(production) {}

  // Tells the contexts what the ledger says; before the doors open, and then every few seconds for
  // what other nodes did.
  Result<void> refresh();

  Result<TenantLifeFacts> facts(const context::TenantContext& tenant) const;
  // From sandbox. kFailedPrecondition "tenant.not_ready" with the list of what is missing (R2,
  // R25), "tenant.standing" when it is not in its sandbox; kAborted "tenant.changed".
  Result<TenantLifeFacts> activate(context::TenantContext& tenant, const Identity& who);
  // From active or sandbox. kFailedPrecondition "tenant.standing", kInvalidArgument
  // "tenant.reason" (1 to 500 octets).
  Result<TenantLifeFacts> suspend(context::TenantContext& tenant, const Identity& who,
                                  const std::string& reason);
  // From suspended, for good: part of its exit (tenant_exit.h). Again is harmless.
  Result<void> end(const TenantId& tenant, const std::string& by);
  // From suspended, to what it was before.
  Result<TenantLifeFacts> resume(context::TenantContext& tenant, const Identity& who);

 private:
  struct Kept {
    context::Standing standing = context::Standing::kSandbox;
    context::Standing before = context::Standing::kSandbox;  // a suspension
    std::string by;
    std::string reason;
    UnixMs since_ms = 0;
    std::int64_t revision = 0;  // 0: nothing is written yet
  };
  Result<Kept> read(const TenantId& tenant) const;
  static Result<Kept> kept_of(const ledger::HostRecord& record);
  Kept unwritten() const;
  Result<TenantLifeFacts> write(context::TenantContext& tenant, Kept next, const char* audit_type);
  Result<void> record(const TenantId& tenant, const Kept& next, const char* audit_type);
  TenantLifeFacts told(const context::TenantContext& tenant, const Kept& kept) const;

  ledger::HostLedger& ledger_;
  context::Tenants& tenants_;
  const bool production_;
  std::mutex mutex_;  // held from reading or writing a standing until the context is told
};

// What the tenant's file does not say yet and must, by its JSON path.
std::vector<std::string> missing_policies(const tenancy::TenantConfiguration& tenant);

}  // namespace berth::api
