#include "kernel/routing/route_book.h"

#include <set>

#include "kernel/routing/digests.h"
#include "kernel/routing/proof.h"

namespace berth::routing {
namespace {

using tenancy::RouteTable;
using TablePtr = std::shared_ptr<const RouteTable>;

constexpr char kFile[] = "routes file";
constexpr std::size_t kLookedBack = 100;  // versions in which a change may have been done already

Error stale(std::int64_t base, std::int64_t now) {
  return {ErrorCode::kFailedPrecondition, "routes.stale",
          "the change was made for version " + std::to_string(base) +
              " of the routes and version " + std::to_string(now) +
              " is in force; look at berthctl route diff and apply it again"};
}

}  // namespace

std::shared_ptr<const RouteBook::State> RouteBook::state() const {
  const std::lock_guard lock(mutex_);
  BERTH_ASSERT(state_ != nullptr);  // started
  return state_;
}

void RouteBook::become(State next) {
  auto made = std::make_shared<const State>(std::move(next));
  {
    const std::lock_guard lock(mutex_);
    state_.swap(made);
  }
  if (hooks_.in_force) hooks_.in_force();
}

RouteVersion RouteBook::in_force() const { return state()->version; }
TablePtr RouteBook::table() const { return state()->table; }

Result<std::string> RouteBook::in_force_file() const {
  const auto now = state();
  BERTH_TRY(document, versions_.document(now->version.sha256));
  return routing::in_force_file(now->version, document);
}

Result<TablePtr> RouteBook::read(std::string_view document, std::string_view source) const {
  BERTH_TRY(table, tenancy::parse_routes(document, source));
  BERTH_TRY_VOID(hooks_.fits(table));
  return std::make_shared<const RouteTable>(std::move(table));
}

// A version from the ledger, which somebody may have written past this program.
Result<TablePtr> RouteBook::load(const RouteVersion& version) const {
  BERTH_TRY(genuine, signer_.verify(version.statement, version.signature_hex));
  if (!genuine) {
    return Error(
        ErrorCode::kDataLoss, "routes.forged",
        "version " + std::to_string(version.number) +
            " of the routes is not signed by this host's key '" + std::string(kRouteKey) +
            "'; find out who changed the ledger; if the HSM is another one, put that version's "
            "document into the routes file");
  }
  BERTH_TRY(document, versions_.document(version.sha256));
  return read(document, "routes version " + std::to_string(version.number));
}

Result<RouteVersion> RouteBook::signed_version(RouteVersion version) const {
  version.at_ms = clock_.now_ms();
  version.statement = statement_of(version);
  BERTH_TRY(signature, signer_.sign(version.statement));
  version.signature_hex = std::move(signature.value_hex);
  version.key_sha256 = std::move(signature.key_sha256);
  return version;
}

Result<RouteBook::Start> RouteBook::start(std::string_view file_text, std::string_view source) {
  const std::lock_guard changing(changing_);
  BERTH_TRY(latest, versions_.latest());
  const bool file_says_else = !latest || digest_of(file_text) != latest->sha256;
  // With another HSM the file vouches for what the key from before had signed.
  bool sign_anew = false;
  if (!file_says_else) {
    BERTH_TRY(genuine, signer_.verify(latest->statement, latest->signature_hex));
    sign_anew = !genuine;
  }
  Start started;
  if (sign_anew || (file_says_else && (!latest || people_ < 2))) {
    auto made = start_with(file_text, source, latest);
    if (!made) return std::move(made).error();
    started = *std::move(made);
  } else {
    BERTH_TRY(table, load(*latest));
    started = {std::move(table), *std::move(latest), file_says_else};
  }
  become({started.version, started.table});
  return started;
}

Result<RouteBook::Start> RouteBook::start_with(std::string_view file_text, std::string_view source,
                                               const std::optional<RouteVersion>& before) {
  BERTH_TRY(table, read(file_text, source));
  BERTH_TRY(digest, versions_.keep(file_text, kFile));
  RouteVersion version;
  version.number = before ? before->number + 1 : 1;
  version.sha256 = std::move(digest);
  version.approved_by = {kFile};
  version.note = "read at the start";
  if (before) version.previous = digest_of(before->statement);
  BERTH_TRY(next, signed_version(std::move(version)));
  if (auto added = versions_.add(next); !added) {
    // Another node that starts with the same file was faster, which is as good.
    BERTH_TRY(latest, versions_.latest());
    if (!latest || latest->sha256 != next.sha256) return std::move(added).error();
    return Start{std::move(table), *std::move(latest), false};
  }
  return Start{std::move(table), std::move(next), false};
}

Result<RouteBook::Proposal> RouteBook::compared(const RouteTable& table, std::string sha256) const {
  const auto now = state();
  if (sha256 == now->version.sha256) {
    return Error(ErrorCode::kAlreadyExists, "routes.unchanged",
                 "these are the routes in force, version " + std::to_string(now->version.number));
  }
  return Proposal{std::move(sha256), now->version.number, routing::diff(*now->table, table)};
}

Result<RouteBook::Proposal> RouteBook::preview(std::string_view document) const {
  BERTH_TRY(table, read(document, "routes"));
  BERTH_TRY_VOID(hooks_.prepare(table));
  return compared(*table, digest_of(document));
}

Result<RouteBook::Proposal> RouteBook::propose(std::string_view document, const std::string& who) {
  BERTH_TRY(proposal, preview(document));
  BERTH_TRY(kept, versions_.keep(document, who));
  static_cast<void>(kept);
  return std::move(proposal);
}

Result<RouteBook::Proposal> RouteBook::propose_rollback(std::int64_t number) const {
  BERTH_TRY(version, versions_.find(number));
  BERTH_TRY(table, load(version));
  return compared(*table, version.sha256);
}

Result<void> RouteBook::check(const RouteChange& change) const {
  if (change.note.size() > kMaxNote) {
    return Error(ErrorCode::kInvalidArgument, "routes.invalid",
                 "a note has at most " + std::to_string(kMaxNote) + " octets");
  }
  const std::int64_t now = state()->version.number;
  if (change.base != now) return stale(change.base, now);
  BERTH_TRY(document, versions_.document(change.sha256));
  BERTH_TRY(table, read(document, "routes"));
  BERTH_TRY_VOID(hooks_.prepare(table));
  return {};
}

Result<RouteVersion> RouteBook::activate(const RouteChange& change) {
  const std::lock_guard changing(changing_);
  const auto now = state();
  if (!change.change_id.empty()) {
    BERTH_TRY(latest, versions_.list(0, kLookedBack));
    for (const RouteVersion& one : latest) {
      if (one.change_id == change.change_id) return one;
    }
  }
  BERTH_TRY_VOID(check(change));
  const std::set<std::string> people(change.approved_by.begin(), change.approved_by.end());
  if (people.size() < people_) {
    return Error(ErrorCode::kFailedPrecondition, "routes.one_approver",
                 "a change of the routes needs " + std::to_string(people_) + " people and has " +
                     std::to_string(people.size()) + "; another one must approve it");
  }
  BERTH_TRY(document, versions_.document(change.sha256));
  BERTH_TRY(table, read(document, "routes"));
  BERTH_TRY(take_up, hooks_.prepare(table));
  RouteVersion version;
  version.number = now->version.number + 1;
  version.sha256 = change.sha256;
  version.approved_by.assign(people.begin(), people.end());
  version.note = change.note;
  version.change_id = change.change_id;
  version.rollback_of = change.rollback_of;
  version.previous = digest_of(now->version.statement);
  BERTH_TRY(next, signed_version(std::move(version)));
  BERTH_TRY_VOID(versions_.add(next));
  take_up();
  become({next, std::move(table)});
  return std::move(next);
}

Result<bool> RouteBook::follow() {
  const std::lock_guard changing(changing_);
  BERTH_TRY(latest, versions_.latest());
  if (!latest || latest->number <= state()->version.number) return false;
  BERTH_TRY(table, load(*latest));
  BERTH_TRY(take_up, hooks_.prepare(table));
  take_up();
  become({*std::move(latest), std::move(table)});
  return true;
}

Result<std::string> RouteBook::document(std::int64_t number) const {
  BERTH_TRY(version, versions_.find(number));
  return versions_.document(version.sha256);
}

Result<Differences> RouteBook::diff(std::int64_t from, std::int64_t to) const {
  BERTH_TRY(before, document(from));
  BERTH_TRY(after, document(to));
  BERTH_TRY(old_table, tenancy::parse_routes(before, "version " + std::to_string(from)));
  BERTH_TRY(new_table, tenancy::parse_routes(after, "version " + std::to_string(to)));
  return routing::diff(old_table, new_table);
}

Explanation RouteBook::explain(const Facts& facts) const {
  return routing::explain(*state()->table, *policies(), facts);
}

Result<std::string> RouteBook::prove() const {
  const auto now = state();
  BERTH_TRY(lines, write_proof(*now->table, *policies(),
                               {now->version.number, now->version.sha256, clock_.now_ms()}));
  BERTH_TRY(signature, signer_.sign(lines));
  return lines + signature_line(signature.value_hex, signature.key_sha256);
}

}  // namespace berth::routing
