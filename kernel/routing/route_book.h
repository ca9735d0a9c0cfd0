// The routes in force: which version, how another takes their place, and what they decide.
//
// A version takes effect as a whole or not at all: it is checked, signed and written to the host's
// ledger, and only then taken up. Nodes that share a ledger follow each other. Thread-safe.

#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "kernel/base/published.h"
#include "kernel/routing/decision.h"
#include "kernel/routing/route_diff.h"
#include "kernel/routing/route_signer.h"
#include "kernel/routing/route_versions.h"

namespace berth::routing {

inline constexpr std::size_t kMaxNote = 500;  // octets

// A change that people agreed on.
struct RouteChange {
  std::string sha256;     // of a kept document
  std::int64_t base = 0;  // the version it was agreed on over
  std::vector<std::string> approved_by;
  std::string note;
  std::string change_id;  // the same one again is done once; may be empty
  std::int64_t rollback_of = 0;
};

// What only the host can do with a table.
struct RouteHooks {
  // Could the host run with it: a route for every tenant, cards for the managed ones?
  std::function<Result<void>(const tenancy::RouteTable&)> fits;
  // Makes everything ready that can fail, certificates of new realms for one; what it hands out
  // takes the table up and cannot fail. Asked of proposals, too, whose answer is thrown away; never
  // before the host serves.
  std::function<Result<std::function<void()>>(std::shared_ptr<const tenancy::RouteTable>)> prepare;
  // Another version is in force, the first one too. Empty: nobody needs to know.
  std::function<void()> in_force = {};
};

class RouteBook {
 public:
  // All borrowed. `policies`: of the tenants this host runs; `people`: how many must have approved
  // a change.
  RouteBook(ledger::HostLedger& ledger, plugins::Hsm& hsm, const Clock& clock,
            std::shared_ptr<const Policies> policies, std::size_t people, RouteHooks hooks)
      : versions_(ledger),
        signer_(hsm, clock),
        clock_(clock),
        policies_(std::move(policies)),
        people_(people),
        hooks_(std::move(hooks)) {}

  // The table to start with. The first start takes the routes file for version 1. After that the
  // version in the ledger is in force; a file that says something else becomes the next version
  // where one person may do so, and is left aside where two are needed (`file_left_aside`). A
  // version with a foreign signature and the file's document is signed anew: the HSM is another.
  // Errors: those of parse_routes and of `fits`; kDataLoss "routes.forged": the signature is not
  // this host's; those of ledger and HSM.
  struct Start {
    std::shared_ptr<const tenancy::RouteTable> table;
    RouteVersion version;
    bool file_left_aside = false;
  };
  Result<Start> start(std::string_view file_text, std::string_view source);

  RouteVersion in_force() const;
  std::shared_ptr<const tenancy::RouteTable> table() const;
  // As in_force_file().
  Result<std::string> in_force_file() const;

  // Reads and checks a document against the version in force; nothing is written.
  // kInvalidArgument as parse_routes; kAlreadyExists "routes.unchanged"; those of `prepare`.
  struct Proposal {
    std::string sha256;
    std::int64_t base = 0;
    Differences differences;
  };
  Result<Proposal> preview(std::string_view document) const;
  // The same, and keeps the document, so that it can be agreed on. Besides: those of the ledger.
  Result<Proposal> propose(std::string_view document, const std::string& who);
  // The same for the document of an earlier version. kNotFound "routes.no_version".
  Result<Proposal> propose_rollback(std::int64_t number) const;

  // Can it be done as things stand? kFailedPrecondition "routes.stale": another version is in force
  // than it was agreed on over; "routes.one_approver": too few people; those of propose().
  Result<void> check(const RouteChange& change) const;
  // Does it. The same change_id again answers what it did. Until the ledger has it, the table
  // before stays; besides check(), errors are those of `prepare`, ledger and HSM, and
  // kAborted "routes.changed_meanwhile".
  Result<RouteVersion> activate(const RouteChange& change);
  // Takes up what another node has activated; false: there is nothing new.
  Result<bool> follow();
  // No other version is taken up while this is held.
  std::unique_lock<std::mutex> hold() { return std::unique_lock(changing_); }
  std::shared_ptr<const Policies> policies() const { return policies_.now(); }
  // The host runs another tenant. Under hold(), so that no table is taken up in between.
  void know(std::shared_ptr<const Policies> policies) { policies_.become(std::move(policies)); }

  Result<std::vector<RouteVersion>> history(std::int64_t before, std::size_t max) const {
    return versions_.list(before, max);
  }
  Result<std::string> document(std::int64_t number) const;
  Result<Differences> diff(std::int64_t from, std::int64_t to) const;
  Explanation explain(const Facts& facts) const;
  // The signed decision table, proof.h.
  Result<std::string> prove() const;
  // By the same key, over what says of itself what it is.
  Result<RouteSigner::Signature> sign(std::string_view text) const { return signer_.sign(text); }
  Result<std::string> public_key_pem() const { return signer_.public_key_pem(); }

 private:
  struct State {
    RouteVersion version;
    std::shared_ptr<const tenancy::RouteTable> table;
  };
  std::shared_ptr<const State> state() const;
  void become(State next);
  Result<std::shared_ptr<const tenancy::RouteTable>> read(std::string_view document,
                                                          std::string_view source) const;
  Result<std::shared_ptr<const tenancy::RouteTable>> load(const RouteVersion& version) const;
  Result<Proposal> compared(const tenancy::RouteTable& table, std::string sha256) const;
  Result<RouteVersion> signed_version(RouteVersion version) const;
  Result<Start> start_with(std::string_view file_text, std::string_view source,
                           const std::optional<RouteVersion>& before);

  RouteVersions versions_;
  RouteSigner signer_;
  const Clock& clock_;
  Published<Policies> policies_;
  const std::size_t people_;
  const RouteHooks hooks_;
  std::mutex changing_;       // one change at a time
  mutable std::mutex mutex_;  // of the pointer
  std::shared_ptr<const State> state_;
};

}  // namespace berth::routing
