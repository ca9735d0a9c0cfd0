// The exit of a tenant: its data returned, its keys destroyed, a certificate of it.
//
// Two acts of people. An export may be made as often as one likes. Then the end, which two people
// agree on, over the manifest of one export: from there on there is no way back, each step is kept
// in the host's ledger as it is done, and the host goes on with it after a failure or a restart.
//
//   exported → ending → closed → shredded → emptied → erased → ended
//
// docs/operating/tenant-life.md is the operator's page. Thread-safe.

#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "kernel/api/approvals.h"
#include "kernel/api/tenant_export.h"
#include "kernel/api/tenant_life.h"

namespace berth::api {

inline constexpr const char* kTenantExit = "tenant.exit";
inline constexpr const char* kExitRecords = "tenant_exit";  // their kind in the host's ledger

struct TenantSecrets {
  struct Key {
    std::uint32_t key_id = 0;
    UnixMs created_ms = 0;
    std::string wrapped_sha256;  // of the wrapped octets, lower-case hexadecimal
  };
  std::vector<Key> keys;      // those that are not destroyed
  std::uint64_t objects = 0;  // in the tenant's store
};

// What only the host can do with a tenant that goes. Each of them may be called again, after a
// restart, too; what is done already stays done.
class Departure {
 public:
  virtual ~Departure() = default;
  virtual std::filesystem::path folder(const TenantId& tenant) = 0;  // of its export
  virtual Result<std::size_t> sessions(const TenantId& tenant) = 0;  // downloads that are going on
  // Takes the tenant out of what serves and wipes its keys in memory.
  virtual Result<void> close(const TenantId& tenant) = 0;
  virtual Result<TenantSecrets> secrets(const TenantId& tenant) = 0;
  virtual Result<void> destroy_keys(const TenantId& tenant) = 0;
  virtual Result<void> remove_objects(const TenantId& tenant) = 0;
  // Leaving::erase_secrets, and where the history stands then.
  virtual Result<ledger::TenantHead> erase_rows(const TenantId& tenant) = 0;
};

// Where an exit stands, and what it will meet.
struct ExitPlan {
  std::string state = "none";                     // or as above
  std::string standing;                           // empty: the tenant is not served any more
  std::map<std::string, std::uint64_t> profiles;  // by state
  std::uint64_t quarantined = 0;
  std::size_t sessions = 0;
  std::int64_t notifications_waiting = 0;  // taken, not yet verified
  std::size_t reports_waiting = 0;         // to the operator's system; given up ones, too; ≤ 1000
  std::int64_t history = 0;                // its last record
  std::string manifest_sha256;             // of the last export; empty: none
  std::int64_t exported_history = 0;
  std::string approval;
  std::vector<std::string> blocked;  // what keeps the export; then the end
};

struct ExitWish {
  std::string manifest_sha256;
  // Reports to the operator's system that were not taken yet are never sent.
  bool give_up_reports = false;
  // What cards said after the export stays in the history and is not returned.
  bool later_records_stay = false;
};

class TenantExit {
 public:
  // All borrowed but `sign`.
  TenantExit(ledger::HostLedger& ledger, context::Tenants& tenants, TenantLife& life,
             Departure& departure, const Clock& clock, SignText sign)
      : ledger_(ledger),
        tenants_(tenants),
        life_(life),
        departure_(departure),
        clock_(clock),
        sign_(std::move(sign)) {}

  // kNotFound "api.unknown_tenant": neither served nor gone.
  Result<ExitPlan> plan(const TenantId& tenant) const;
  // kFailedPrecondition "exit.blocked" tells what keeps it; "exit.begun": too late for that; those
  // of write_export.
  Result<ExportFacts> make_export(const TenantId& tenant, const Identity& who,
                                  std::string_view recipient_pem);
  // kNotFound "exit.no_file", "exit.none".
  Result<ExportPart> export_part(const TenantId& tenant, std::string_view name,
                                 std::uint64_t offset, std::size_t max) const;
  // Can the end come as things stand? "exit.blocked", "exit.none", "exit.other_export",
  // "exit.stale".
  Result<void> check(const TenantId& tenant, const ExitWish& wish) const;
  // Begins the end and waits some seconds for it: kUnavailable "exit.going_on" when it takes
  // longer, or something is away; it goes on by itself then. The same approval again asks how it
  // stands.
  Result<void> end(const TenantId& tenant, const ExitWish& wish, const Approval& agreed);
  // kFailedPrecondition "exit.not_ended".
  Result<std::string> certificate(const TenantId& tenant) const;
  // Goes on with what was begun, on a thread of its own; every few seconds.
  void housekeeping();

 private:
  struct Kept;
  Result<Kept> read(const TenantId& tenant) const;
  static Kept kept_of(const ledger::HostRecord& record);
  Result<void> write(const TenantId& tenant, Kept& kept, const char* state);
  Result<void> begin(const TenantId& tenant, const ExitWish& wish, const Approval& agreed);
  bool unfinished() const;
  void work(const std::stop_token& stop);
  Result<void> go_on(const TenantId& tenant, Kept kept, const std::stop_token& stop);
  Result<void> step(const TenantId& tenant, Kept& kept);
  Result<void> close(const TenantId& tenant, Kept& kept);
  Result<void> certify(const TenantId& tenant, Kept& kept);
  Result<void> look(const context::TenantContext& tenant, ExitPlan& plan) const;

  ledger::HostLedger& ledger_;
  context::Tenants& tenants_;
  TenantLife& life_;
  Departure& departure_;
  const Clock& clock_;
  const SignText sign_;
  std::mutex mutex_;  // one export or step at a time
  std::mutex working_mutex_;
  std::condition_variable rested_;
  bool working_ = false;
  std::jthread worker_;  // last: it uses all of the above
};

// May this table be served? kFailedPrecondition "exit.departed_realm" when a name of a tenant that
// left would be another's: cards in the field still ask for it.
Result<void> check_departed_realms(ledger::HostLedger& ledger, const tenancy::RouteTable& table);

// Of the tenants whose end was agreed on: a host that starts serves none of them.
Result<std::vector<TenantId>> leaving_tenants(ledger::HostLedger& ledger);

}  // namespace berth::api
