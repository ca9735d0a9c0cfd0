// The only handle to one tenant's rows, keys and objects.
//
// The door fixes the tenant (SNI or client certificate) and hands this on; services learn facts on
// the way and call confirm(): it can refuse, never re-route. Thread-safe; lives as long as Tenants.

#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "kernel/base/clock.h"
#include "kernel/base/random.h"
#include "kernel/context/tenant_limits.h"
#include "kernel/ledger/tenant_ledger.h"
#include "kernel/plugins/hsm.h"
#include "kernel/tenancy/configuration.h"
#include "kernel/trust/smdp_identities.h"
#include "kernel/vault/vault.h"

namespace berth::plugins {
class BssConnector;
class RatingModel;
class Registrar;
}  // namespace berth::plugins

namespace berth::context {

// Where a tenant stands in its life with this host; new downloads are served accordingly.
enum class Standing : std::uint8_t {
  kSandbox = 1,  // onboarded: the cards of sandbox_eids alone
  kActive,
  kSuspended,  // nobody
  kEnded,      // nobody, for good
};

class TenantContext {
 public:
  struct Parts {
    tenancy::TenantConfiguration configuration;
    tenancy::Route route;
    std::shared_ptr<const tenancy::RouteTable> routes;
    std::shared_ptr<const std::map<TenantId, tenancy::EidPolicy>> policies;
    ledger::TenantLedger& ledger;
    vault::Vault& vault;
    plugins::Hsm& hsm;  // the tenant's own binding
    const trust::SmdpIdentities& identities;
    plugins::Hsm& identity_hsm;  // where DPauth and DPpb live
    const Clock& clock;
    Random& random;
    // Null: the tenant binds none.
    plugins::Registrar* registrar = nullptr;
    plugins::RatingModel* rating = nullptr;
    plugins::BssConnector* bss = nullptr;
    // Shared with what enforces them before this room is reached (the doors, LimitedHsm). Null: of
    // the configuration, with places of the tenant's own.
    std::shared_ptr<TenantLimits> limits = nullptr;
  };
  explicit TenantContext(Parts parts);
  // The same tenant under another table, in which it has a route.
  TenantContext(const TenantContext& from, std::shared_ptr<const tenancy::RouteTable> routes,
                std::shared_ptr<const std::map<TenantId, tenancy::EidPolicy>> policies);

  const TenantId& id() const { return parts_.configuration.id; }
  const tenancy::TenantConfiguration& configuration() const { return parts_.configuration; }
  // Else an SM-DP+ of a partner does (or a host of its own), and here is only what it tells us.
  bool served_here() const {
    return parts_.configuration.place.topology == tenancy::Topology::kShared;
  }
  const HostName& realm() const { return parts_.route.activation_realm; }
  const tenancy::Route& route() const { return parts_.route; }

  Result<void, tenancy::RouteRefusal> confirm(const Eid& eid) const;
  // What is absent of `facts` is not known yet.
  Result<void, tenancy::RouteRefusal> confirm(const tenancy::OperatorIdentity& identity,
                                              const tenancy::ProfileFacts& facts = {}) const;
  Result<void, tenancy::RouteRefusal> confirm(const Iccid& iccid) const;
  // An IMSI that no owner is said for; as RouteTable::confirm_imsi.
  Result<void, tenancy::RouteRefusal> confirm_imsi(std::string_view imsi, std::size_t mnc_digits,
                                                   const std::string& gid1_hex,
                                                   const std::string& gid2_hex,
                                                   const Iccid& iccid) const;
  // Is this the name devices use for this tenant (any spelling of SGP.22 §1.8, rsp3- alias, or a
  // realm it had before)?
  Result<void, tenancy::RouteRefusal> confirm_address(std::string_view smdp_address) const;

  // May a download for this card begin? Asked when the card is authenticated, before any code is
  // looked up; what has begun goes on, and notifications are always taken. The error says why not.
  Result<void, std::string> admits(const Eid& eid) const;
  Standing standing() const { return standing_->load(std::memory_order_relaxed); }
  void set_standing(Standing standing) { standing_->store(standing, std::memory_order_relaxed); }

  // Contexts of the tenant that somebody holds, under whichever table.
  long holders() const { return standing_.use_count(); }

  TenantLimits& limits() const { return *parts_.limits; }
  ledger::TenantLedger& ledger() const { return parts_.ledger; }
  vault::Vault& vault() const { return parts_.vault; }
  plugins::Hsm& hsm() const { return parts_.hsm; }
  plugins::Hsm& identity_hsm() const { return parts_.identity_hsm; }
  const trust::SmdpIdentities& identities() const { return parts_.identities; }
  const Clock& clock() const { return parts_.clock; }
  Random& random() const { return parts_.random; }
  plugins::Registrar* registrar() const { return parts_.registrar; }
  plugins::RatingModel* rating() const { return parts_.rating; }
  plugins::BssConnector* bss() const { return parts_.bss; }

 private:
  Result<void, tenancy::RouteRefusal> told_of_own_route(
      Result<void, tenancy::RouteRefusal> confirmed) const;

  Parts parts_;
  // One for all tables the tenant is served under.
  std::shared_ptr<std::atomic<Standing>> standing_ =
      std::make_shared<std::atomic<Standing>>(Standing::kActive);
};

}  // namespace berth::context
