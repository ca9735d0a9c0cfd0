#include "kernel/api/tenant_move.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "kernel/api/move_target.h"
#include "kernel/routing/digests.h"

namespace berth::api {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kPage = 500;
constexpr std::uint64_t kMaxObject = 256ULL * 1024 * 1024;
// For whoever asked; a copy may take longer.
constexpr std::chrono::seconds kPatience{20};
constexpr const char* kCopying = "copying";
constexpr const char* kCopied = "copied";
constexpr const char* kAborted = "aborted";
constexpr const char* kReturned = "returned";

Error failed(std::string_view reason, std::string message) {
  return {ErrorCode::kFailedPrecondition, reason, std::move(message)};
}
Error wrong_step(const std::string& state, const std::string& what) {
  return failed("move.step", "the move stands at '" + state + "': " + what);
}

std::string digest_of(const tenancy::PluginBinding& binding) {
  return routing::digest_of(binding.library.filename().string() + "\n" + binding.config_json);
}

}  // namespace

// Where a move stands, as the host's ledger has it.
struct TenantMove::Kept {
  std::string state = "none";
  json body = json::object();
  std::int64_t revision = 0;
  std::string text(const char* member) const { return body.value(member, std::string()); }
};

TenantMove::~TenantMove() {
  worker_.request_stop();
  if (worker_.joinable()) worker_.join();
}

Result<TenantMove::Kept> TenantMove::read(const TenantId& tenant) const {
  BERTH_TRY(record, ledger_.record(kMoveRecords, tenant.text()));
  if (!record) return Kept{};
  Kept kept{record->state, json::parse(record->body, nullptr, false), record->revision};
  if (!kept.body.is_object()) {
    return Error(ErrorCode::kDataLoss, "move.damaged",
                 "the record of the move of '" + tenant.text() +
                     "' cannot be read; restore the host's ledger");
  }
  return kept;
}

Result<void> TenantMove::write(const TenantId& tenant, Kept& kept, const char* state,
                               const std::string& by) const {
  const json details{{"tenant", tenant.text()},           {"state", state},
                     {"folder", kept.text("folder")},     {"operator", by},
                     {"approval", kept.text("approval")}, {"problem", kept.text("problem")}};
  BERTH_TRY(written, ledger_.put_record({.kind = kMoveRecords,
                                         .record_id = tenant.text(),
                                         .state = state,
                                         .body = kept.body.dump()},
                                        kept.revision,
                                        {"tenant.move_" + std::string(state),
                                         {ledger::SubjectKind::kTenant, tenant.text()},
                                         details.dump()}));
  if (!written) {
    return Error(ErrorCode::kAborted, "move.changed",
                 "somebody else goes on with this move at the same time; look again");
  }
  kept.state = state;
  ++kept.revision;
  return {};
}

fs::path TenantMove::own_file(const TenantId& tenant) const {
  return ledger::ledger_file(handover_.configuration().host.data_folder, tenant);
}

tenancy::PluginBinding TenantMove::own_store(const TenantId& tenant) const {
  return store_of(handover_.configuration(), tenant);
}

Result<MoveStatus> TenantMove::status(const TenantId& id, const std::string& folder) const {
  BERTH_TRY(kept, read(id));
  const auto tenant = tenants_.find(id);
  if (tenant == nullptr && kept.revision == 0) {
    return Error(ErrorCode::kNotFound, "api.unknown_tenant",
                 "this host serves no such tenant, and none of that name moved");
  }
  MoveStatus status{kept.state, kept.text("folder"), kept.text("approval"), kept.text("problem")};
  status.history = kept.body.value("sequence", std::int64_t{0});
  status.served = tenant != nullptr;
  if (status.state == kCopying || status.state == kCopied) {
    const std::lock_guard lock(working_mutex_);
    if (!closed_.contains(id)) status.state = "interrupted";
  }
  if (tenant == nullptr) return status;
  if (!tenant->served_here()) {
    status.blocked.push_back("the tenant is a partner's, whose SM-DP+ has its profiles");
    return status;
  }
  if (tenant->configuration().eid_policy != tenancy::EidPolicy::kManaged) {
    status.blocked.push_back(
        "the tenant is consumer-open: a host of its own would not know which cards others manage");
  }
  // Its store would be looked up where the start's files say.
  if (!handover_.configuration().tenants.contains(id)) {
    status.blocked.push_back(
        "the tenant was added since this host started, and a move goes by the files of the start; "
        "restart the host first");
  }
  BERTH_TRY(leaving, leaving_tenants(ledger_));
  if (std::find(leaving.begin(), leaving.end(), id) != leaving.end()) {
    status.blocked.push_back("the tenant's end has begun (berthctl tenant exit)");
  }
  BERTH_TRY(downloads, departure_.sessions(id));
  status.downloads = downloads;
  if (handover_.configuration().host.postgres) {
    status.blocked.push_back("this host's ledgers are in PostgreSQL; only ledgers in files move");
  }
  if (folder.empty() || !status.blocked.empty()) return status;
  if (const auto target = fresh_target(handover_.configuration(), *tenant, folder); !target) {
    status.blocked.push_back(target.error().message());
  }
  return status;
}

Result<void> TenantMove::check(const TenantId& id, const MoveWish& wish) const {
  BERTH_TRY(now, status(id, {}));
  if (!now.served) return wrong_step(now.state, "this host does not serve the tenant");
  if (handover_.configuration().host.postgres) {
    return failed(
        "move.postgres",
        "this host's ledgers are in PostgreSQL, and a move copies files; the tenant's rows "
        "would have to be taken to a database of its own, which this release does not do");
  }
  if (!now.blocked.empty()) return failed("move.blocked", now.blocked.front());
  if (now.downloads > 0 && !wish.end_downloads) {
    return failed("move.blocked",
                  std::to_string(now.downloads) +
                      " downloads are going on: suspend the tenant and wait, they end within 15 "
                      "minutes; or let these phones begin anew (--end-downloads)");
  }
  const auto tenant = tenants_.find(id);
  if (tenant == nullptr) return wrong_step(now.state, "this host does not serve the tenant");
  BERTH_TRY(target, fresh_target(handover_.configuration(), *tenant, wish.folder.string()));
  static_cast<void>(target);
  return {};
}

Result<void> TenantMove::begin(const TenantId& tenant, const MoveWish& wish,
                               const Approval& agreed) {
  BERTH_TRY_VOID(check(tenant, wish));
  BERTH_TRY(kept, read(tenant));
  kept.body = {
      {"folder", wish.folder.string()},    {"approval", agreed.id}, {"by", agreed.requester},
      {"agreedBy", agreed.decided_by},     {"alone", agreed.alone}, {"reason", agreed.reason},
      {"endDownloads", wish.end_downloads}};
  BERTH_TRY_VOID(write(tenant, kept, kCopying, agreed.requester));
  if (auto closed = closed_tenants_.close(tenant); !closed) {
    kept.body["problem"] = closed.error().message();
    BERTH_TRY_VOID(write(tenant, kept, kAborted, agreed.requester));
    return closed;
  }
  const std::lock_guard lock(working_mutex_);
  closed_[tenant] = false;
  working_ = true;
  worker_ = std::jthread([this, tenant](const std::stop_token& stop) {
    try {
      work(tenant, stop);
    } catch (const std::exception& e) {  // memory ran out; the tenant waits for an abort
      spdlog::error("tenant={} move: {}", tenant.text(), e.what());
    }
    const std::lock_guard done(working_mutex_);
    working_ = false;
    rested_.notify_all();
  });
  return {};
}

Result<void> TenantMove::start(const TenantId& tenant, const MoveWish& wish,
                               const Approval& agreed) {
  BERTH_TRY(before, read(tenant));
  if (before.text("approval") != agreed.id) {  // else it was begun, and this asks again
    const std::unique_lock one(mutex_, std::try_to_lock);
    if (!one || working()) {
      return failed("move.going_on", "another step of a move is being done; wait for it");
    }
    BERTH_TRY_VOID(begin(tenant, wish, agreed));
  }
  std::unique_lock lock(working_mutex_);
  rested_.wait_for(lock, kPatience, [this] { return !working_; });
  const auto found = closed_.find(tenant);
  if (found != closed_.end() && found->second) return {};
  if (found != closed_.end() && working_) {
    return Error(ErrorCode::kUnavailable, "move.going_on",
                 "the tenant is being copied; berthctl tenant move tells when that is done");
  }
  lock.unlock();
  BERTH_TRY(kept, read(tenant));
  if (is_away(kept.state)) return {};  // it was handed over meanwhile
  return failed("move.aborted", "the tenant is served here as before: " +
                                    (kept.text("problem").empty() ? "a restart ended the move"
                                                                  : kept.text("problem")));
}

bool TenantMove::working() const {
  const std::lock_guard lock(working_mutex_);
  return working_;
}

// Does this process hold the tenant closed, and is it copied?
bool TenantMove::copied(const TenantId& tenant) const {
  const std::lock_guard lock(working_mutex_);
  const auto found = closed_.find(tenant);
  return found != closed_.end() && found->second;
}

void TenantMove::work(const TenantId& tenant, const std::stop_token& stop) {
  const std::lock_guard one(mutex_);
  auto kept = read(tenant);
  if (!kept || kept->state != kCopying) return;
  const std::string by = kept->text("by");
  auto copied = copy(tenant, *kept, stop);
  if (copied) copied = write(tenant, *kept, kCopied, by);
  if (copied) {
    const std::lock_guard lock(working_mutex_);
    closed_[tenant] = true;
    return;
  }
  const auto over = give_up(tenant, *kept, copied.error().message(), by);
  if (!over) spdlog::error("tenant={} move: {}", tenant.text(), over.error().message());
}

// What it is served for again comes first: the record only tells of it.
Result<void> TenantMove::give_up(const TenantId& tenant, Kept& kept, const std::string& why,
                                 const std::string& by) {
  {
    const std::lock_guard lock(working_mutex_);
    closed_.erase(tenant);
  }
  BERTH_TRY_VOID(closed_tenants_.reopen(tenant));
  // The copy has codes.
  std::error_code ignored;
  const auto target = open_target(handover_.configuration(), tenant, kept.text("folder"));
  if (target) fs::remove(beside(target->file, ".moving"), ignored);
  kept.body["problem"] = why;
  return write(tenant, kept, kAborted, by);
}

Result<std::uint64_t> TenantMove::copy_objects(const TenantId& tenant, plugins::ObjectStore& from,
                                               plugins::ObjectStore& to,
                                               const std::stop_token& stop) const {
  std::uint64_t count = 0;
  for (std::string after;;) {
    BERTH_TRY(page, from.list(handover_.op(), tenant.text() + "/", after, kPage));
    for (const std::string& name : page) {
      if (stop.stop_requested()) {
        return Error(ErrorCode::kUnavailable, "move.aborted", "the copy was stopped");
      }
      BERTH_TRY(octets, from.get(handover_.op(), name, kMaxObject));
      const auto there = to.get(handover_.op(), name, kMaxObject);
      if (there && *there == octets) continue;
      BERTH_TRY(put, to.put(handover_.op(), name, octets, false));
      static_cast<void>(put);
      BERTH_TRY(again, to.get(handover_.op(), name, kMaxObject));
      if (again != octets) {
        return Error(ErrorCode::kDataLoss, "move.copy_differs",
                     "object " + name + " is not what was copied; the other store fails");
      }
    }
    count += page.size();
    if (page.size() < kPage) return count;
    after = page.back();
  }
}

Result<void> TenantMove::copy(const TenantId& tenant, Kept& kept, const std::stop_token& stop) {
  BERTH_TRY(target, open_target(handover_.configuration(), tenant, kept.text("folder")));
  const tenancy::TenantConfiguration& there = target.configuration.tenants.at(tenant);
  const tenancy::HostConfiguration& host = target.configuration.host;
  BERTH_TRY_VOID(
      handover_.wrap_keys_for(tenant, there.hsm ? *there.hsm : host.hsm, host.key_encryption_key));
  BERTH_TRY(from, handover_.open_store(tenant, own_store(tenant)));
  BERTH_TRY(to, handover_.open_store(tenant, store_of(target.configuration, tenant)));
  BERTH_TRY(objects, copy_objects(tenant, *from, *to, stop));
  const fs::path copied = beside(target.file, ".moving");
  std::error_code ignored;
  fs::remove(copied, ignored);  // of a move that came to nothing
  BERTH_TRY(facts, ledger::copy_ledger(own_file(tenant), copied, tenant));
  kept.body["objects"] = objects;
  kept.body["sequence"] = facts.head.last_audit_sequence;
  kept.body["hash"] = routing::lower_hex(facts.head.last_audit_hash);
  kept.body["epoch"] = facts.head.epoch;
  kept.body["store"] = digest_of(own_store(tenant));
  kept.body["keys"] = json::array();
  for (const ledger::FileKey& key : facts.data_keys) {
    kept.body["keys"].push_back(
        {{"key", key.key_id}, {"wrappedSha256", routing::lower_hex(key.wrapped)}});
  }
  return {};
}

Result<void> TenantMove::abort(const TenantId& tenant, const std::string& by) {
  bool stopped = false;
  {
    const std::lock_guard lock(working_mutex_);
    const auto found = closed_.find(tenant);
    stopped = found != closed_.end() && !found->second && worker_.request_stop();
  }
  const std::lock_guard one(mutex_);
  BERTH_TRY(kept, read(tenant));
  if (kept.state == kAborted && stopped) return {};
  const bool here = kept.state == kCopying || kept.state == kCopied;
  if (here && tenants_.find(tenant) == nullptr) {
    return give_up(tenant, kept, "aborted by " + by, by);
  }
  if (kept.state != kTakingBack && kept.state != kMoved) {
    return wrong_step(kept.state, is_away(kept.state)
                                      ? "the tenant is the dedicated host's; finish (--hand-over)"
                                      : "the tenant is served here, there is nothing to abort");
  }
  BERTH_TRY(target, open_target(handover_.configuration(), tenant, kept.text("folder")));
  std::error_code ignored;
  if (kept.state == kMoved && !fs::exists(target.mark, ignored)) {
    return wrong_step(kept.state, "the tenant is the dedicated host's; take it back instead");
  }
  // Ours is away before the other one may open its own.
  if (kept.state == kTakingBack) {
    fs::remove(own_file(tenant), ignored);
    BERTH_TRY_VOID(write(tenant, kept, kMoved, by));
  }
  return ledger::drop_mark(target.mark);
}

Result<void> TenantMove::hand_over(const TenantId& tenant, const std::string& by) {
  BERTH_TRY(before, read(tenant));
  const std::unique_lock one(mutex_, std::try_to_lock);
  if (!one ||
      (before.state != kHandingOver && (!copied(tenant) || tenants_.find(tenant) != nullptr))) {
    return wrong_step(before.state, "only what is copied, by the host as it runs, is handed over");
  }
  BERTH_TRY(kept, read(tenant));
  BERTH_TRY(target, open_target(handover_.configuration(), tenant, kept.text("folder")));
  if (kept.state == kCopied) {
    BERTH_TRY_VOID(check_copy(tenant, kept, target));
    BERTH_TRY_VOID(write(tenant, kept, kHandingOver, by));
    const std::lock_guard lock(working_mutex_);
    closed_.erase(tenant);
  }
  if (kept.state != kHandingOver) return wrong_step(kept.state, "somebody else went on with it");
  return finish_hand_over(tenant, kept, target, by);
}

Result<void> TenantMove::check_copy(const TenantId& tenant, const Kept& kept,
                                    const MoveTarget& target) const {
  std::error_code error;
  if (!fs::exists(target.mark, error) || fs::exists(target.file, error)) {
    return failed("move.target",
                  kept.text("folder") + " has a ledger of its own of this tenant by now; abort");
  }
  BERTH_TRY(mine, ledger::look_at_ledger(own_file(tenant), tenant));
  BERTH_TRY(copied, ledger::look_at_ledger(beside(target.file, ".moving"), tenant));
  const std::string hash = kept.text("hash");
  if (routing::lower_hex(mine.head.last_audit_hash) == hash &&
      routing::lower_hex(copied.head.last_audit_hash) == hash) {
    return {};
  }
  return failed("move.copy_differs", "the copy is not what this host has; abort, and start again");
}

// Each step may have been done before a crash.
Result<void> TenantMove::finish_hand_over(const TenantId& tenant, Kept& kept,
                                          const MoveTarget& target, const std::string& by) {
  std::error_code error;
  const fs::path own = own_file(tenant);
  const fs::path copied = beside(target.file, ".moving");
  const bool placed = !fs::exists(copied, error);
  if (const auto there = ledger::look_at_ledger(placed ? target.file : copied, tenant); !there) {
    return failed("move.copy_missing", "the tenant's copy cannot be read (" +
                                           there.error().message() +
                                           "); put it back and say the same again");
  }
  if (fs::exists(own, error)) {
    BERTH_TRY_VOID(ledger::put_away_ledger(own, beside(own, ".moved"), tenant));
  }
  if (!placed) BERTH_TRY_VOID(ledger::put_in_place(copied, target.file));
  BERTH_TRY_VOID(ledger::drop_mark(target.mark));
  return write(tenant, kept, kMoved, by);
}

// Is what the dedicated host has the ledger that was handed over, gone on, with keys that open
// here?
Result<void> TenantMove::check_returning(const TenantId& tenant, const Kept& kept,
                                         const MoveTarget& target) const {
  const auto found = ledger::look_at_ledger(target.file, tenant);
  if (!found) {
    return failed("move.copy_missing",
                  "the tenant's ledger is not where it was handed over to (" +
                      found.error().message() +
                      "); restore it there. What stands here is older, and is not opened");
  }
  const auto hash = from_hex(kept.text("hash"));
  BERTH_TRY_VOID(ledger::check_goes_on(
      target.file, tenant, kept.body.value("sequence", std::int64_t{0}), hash ? *hash : Bytes()));
  json keys = json::array();
  for (const ledger::FileKey& key : found->data_keys) {
    keys.push_back({{"key", key.key_id}, {"wrappedSha256", routing::lower_hex(key.wrapped)}});
  }
  if (keys != kept.body.value("keys", json())) {
    return failed("move.keys",
                  "the tenant's data keys were wrapped anew or added to at the dedicated host, so "
                  "that this host's HSM may not open them; wrap them for it first");
  }
  if (digest_of(own_store(tenant)) != kept.text("store")) {
    return failed("move.store",
                  "this host would look for the tenant's objects in another store than before the "
                  "move; put the tenant's file of then back and restart");
  }
  return {};
}

Result<void> TenantMove::check_back(const TenantId& tenant) const {
  BERTH_TRY(kept, read(tenant));
  if (kept.state != kMoved && kept.state != kTakingBack) {
    return wrong_step(kept.state, kept.state == kHandingOver
                                      ? "finish that first (--hand-over)"
                                      : "only a tenant that has moved is taken back");
  }
  BERTH_TRY(target, open_target(handover_.configuration(), tenant, kept.text("folder")));
  return check_returning(tenant, kept, target);
}

Result<void> TenantMove::take_back(const TenantId& tenant, const Approval& agreed) {
  const std::unique_lock one(mutex_, std::try_to_lock);
  if (!one) return failed("move.going_on", "another step of a move is being done; wait for it");
  BERTH_TRY(kept, read(tenant));
  const bool done = kept.state == kReturned && kept.text("backApproval") == agreed.id;
  if (done) return {};
  if (kept.state != kMoved && kept.state != kTakingBack) {
    return wrong_step(kept.state, "only a tenant that has moved is taken back");
  }
  // Held from here to the end: nobody starts on it between the look and the commit.
  BERTH_TRY(target, open_target(handover_.configuration(), tenant, kept.text("folder")));
  BERTH_TRY_VOID(check_returning(tenant, kept, target));
  kept.body["backApproval"] = agreed.id;
  kept.body["backBy"] = agreed.requester;
  kept.body["backAgreedBy"] = agreed.decided_by;
  kept.body["backReason"] = agreed.reason;
  BERTH_TRY_VOID(write(tenant, kept, kTakingBack, agreed.requester));
  BERTH_TRY_VOID(ledger::make_mark(target.mark));
  BERTH_TRY_VOID(bring_back(tenant, kept, target));
  BERTH_TRY_VOID(write(tenant, kept, kReturned, agreed.requester));
  // Older than what came back, and it holds codes.
  std::error_code ignored;
  fs::remove(beside(own_file(tenant), ".moved"), ignored);
  return {};
}

Result<void> TenantMove::bring_back(const TenantId& tenant, Kept& kept, const MoveTarget& target) {
  BERTH_TRY(from, handover_.open_store(tenant, store_of(target.configuration, tenant)));
  BERTH_TRY(to, handover_.open_store(tenant, own_store(tenant)));
  BERTH_TRY(objects, copy_objects(tenant, *from, *to, {}));
  const fs::path copied = beside(own_file(tenant), ".returning");
  std::error_code ignored;
  fs::remove(copied, ignored);  // of a try that came to nothing
  BERTH_TRY(facts, ledger::copy_ledger(target.file, copied, tenant));
  kept.body["objects"] = objects;
  kept.body["returnedSequence"] = facts.head.last_audit_sequence;
  kept.body["returnedEpoch"] = facts.head.epoch;
  return ledger::put_in_place(copied, own_file(tenant));
}

}  // namespace berth::api
