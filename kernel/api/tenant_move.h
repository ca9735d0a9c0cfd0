// A tenant's move from this shared host to a dedicated one of its own on the same machine, and
// back.
//
//   none → copying → copied → handing_over → moved → taking_back → returned
//
// Until somebody hands over, this host has the tenant: it is closed while it is copied, any
// failure, an abort or a restart serves it again as it was, and the copy is nothing. The commit
// that writes `handing_over` is the one instant in which the tenant changes hands: from there on
// this host opens its ledger no more, whatever its files say. The other one does not open it before
// that, because a mark beside its ledgers says that the tenant is away. Taking back goes the other
// way round: the mark first, then the copy, then the commit that writes `returned`.
//
// docs/operating/move.md is the operator's page. Thread-safe.

#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "kernel/api/approvals.h"
#include "kernel/api/closed_tenants.h"
#include "kernel/api/tenant_exit.h"
#include "kernel/ledger/moving.h"
#include "kernel/plugins/object_store.h"
#include "kernel/routing/route_book.h"

namespace berth::api {

inline constexpr const char* kTenantMove = "tenant.move";
inline constexpr const char* kTenantTakeBack = "tenant.take_back";
inline constexpr const char* kMoveRecords = "tenant_move";  // their kind in the host's ledger

// What only the host can do with a tenant that moves.
class Handover {
 public:
  virtual ~Handover() = default;
  virtual const tenancy::Configuration& configuration() const = 0;
  virtual plugins::Op op() const = 0;
  virtual std::shared_ptr<const routing::Policies> policies() const = 0;
  // What was counted of a tenant in memory is its history, too.
  virtual void write_counts(context::TenantContext& tenant) = 0;
  // The door's, of the tenants that are served now.
  virtual Result<void> show_certificates() = 0;
  // Wraps the closed tenant's data keys for this HSM and wrapping key, too.
  virtual Result<void> wrap_keys_for(const TenantId& tenant, const tenancy::PluginBinding& hsm,
                                     const std::string& wrapping_key) = 0;
  virtual Result<std::unique_ptr<plugins::ObjectStore>> open_store(
      const TenantId& tenant, const tenancy::PluginBinding& store) = 0;
};

struct MoveWish {
  std::filesystem::path folder;  // of the dedicated host, as `berthctl tenant promote` made it
  // Downloads that are going on begin anew at the dedicated host.
  bool end_downloads = false;
};

// Where a move stands, and what it will meet.
struct MoveStatus {
  std::string state = "none";  // as above; or "aborted", "interrupted" (by a restart: it is served)
  std::string folder;
  std::string approval;
  std::string problem;  // why it was aborted
  std::int64_t history = 0;
  bool served = false;
  std::size_t downloads = 0;  // going on
  std::vector<std::string> blocked;
};

struct MoveTarget;  // move_target.h

class TenantMove {
 public:
  // All borrowed.
  TenantMove(ledger::HostLedger& ledger, context::Tenants& tenants, Departure& departure,
             Handover& handover)
      : ledger_(ledger),
        tenants_(tenants),
        departure_(departure),
        handover_(handover),
        closed_tenants_(tenants, handover) {}
  // A copy that is being made is given up.
  ~TenantMove();

  // `folder`: empty, or where it would move to. kNotFound "api.unknown_tenant".
  Result<MoveStatus> status(const TenantId& tenant, const std::string& folder) const;
  // Can it move there as things stand? kFailedPrecondition "move.blocked" tells what keeps it,
  // "move.target" what is wrong with the folder, "move.postgres", "move.step".
  Result<void> check(const TenantId& tenant, const MoveWish& wish) const;
  // Closes the tenant, copies it and looks at the copy. kUnavailable "move.going_on" when that
  // takes longer than one waits; the status tells when it is done. When it fails the tenant is
  // served again: "move.aborted".
  Result<void> start(const TenantId& tenant, const MoveWish& wish, const Approval& agreed);
  // Before hand_over(): serves the tenant again. "move.step". In `taking_back`: the dedicated host
  // has it again.
  Result<void> abort(const TenantId& tenant, const std::string& by);
  // "move.step" unless it is copied, or was being handed over when this host or the disk failed.
  Result<void> hand_over(const TenantId& tenant, const std::string& by);
  // "move.step" unless it has moved; "move.copy_missing" when its ledger is not there, "move.keys",
  // "move.store", and "ledger.other_line" when what is there did not go on from what was handed
  // over. Said again it goes on.
  Result<void> check_back(const TenantId& tenant) const;
  Result<void> take_back(const TenantId& tenant, const Approval& agreed);

 private:
  struct Kept;
  Result<Kept> read(const TenantId& tenant) const;
  Result<void> write(const TenantId& tenant, Kept& kept, const char* state,
                     const std::string& by) const;
  std::filesystem::path own_file(const TenantId& tenant) const;
  Result<void> begin(const TenantId& tenant, const MoveWish& wish, const Approval& agreed);
  void work(const TenantId& tenant, const std::stop_token& stop);
  Result<void> copy(const TenantId& tenant, Kept& kept, const std::stop_token& stop);
  Result<std::uint64_t> copy_objects(const TenantId& tenant, plugins::ObjectStore& from,
                                     plugins::ObjectStore& to, const std::stop_token& stop) const;
  Result<void> give_up(const TenantId& tenant, Kept& kept, const std::string& why,
                       const std::string& by);
  Result<void> check_copy(const TenantId& tenant, const Kept& kept, const MoveTarget& target) const;
  Result<void> finish_hand_over(const TenantId& tenant, Kept& kept, const MoveTarget& target,
                                const std::string& by);
  bool working() const;
  bool copied(const TenantId& tenant) const;
  Result<void> bring_back(const TenantId& tenant, Kept& kept, const MoveTarget& target);
  Result<void> check_returning(const TenantId& tenant, const Kept& kept,
                               const MoveTarget& target) const;
  tenancy::PluginBinding own_store(const TenantId& tenant) const;

  ledger::HostLedger& ledger_;
  context::Tenants& tenants_;
  Departure& departure_;
  Handover& handover_;
  ClosedTenants closed_tenants_;
  mutable std::mutex mutex_;  // one step at a time
  mutable std::mutex working_mutex_;
  std::condition_variable rested_;
  bool working_ = false;
  std::map<TenantId, bool> closed_;  // by this process: true, it is copied; under working_mutex_
  std::jthread worker_;              // last: it uses all of the above
};

// Whose ledger this host must not open: those that moved, and those marked as away beside its
// ledgers.
Result<std::vector<TenantId>> tenants_away(ledger::HostLedger& ledger,
                                           const tenancy::Configuration& configuration);

}  // namespace berth::api
