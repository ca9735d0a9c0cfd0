// A scratch ledger and units to put into it.

#pragma once

#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "kernel/ledger/backend.h"
#include "kernel/ledger/postgres_session.h"
#include "tests/postgres/postgres.h"

namespace berth::ledger::testing {

inline constexpr UnixMs kNow = 1'767'225'600'000;  // 2026-01-01T00:00:00Z

template <class T>
T must(Result<T> result) {
  if (!result.ok()) FAIL(std::string(result.error().reason()) + ": " + result.error().message());
  return std::move(result).value();
}

// Removed with everything in it.
class ScratchFolder {
 public:
  ScratchFolder() {
    static std::atomic<int> counter{0};
    path_ = std::filesystem::temp_directory_path() /
            ("berth-ledger-" + std::to_string(::getpid()) + "-" + std::to_string(++counter));
    std::filesystem::create_directories(path_);
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline TenantId tenant_id(std::string_view text) { return must(TenantId::parse(text)); }
inline Iccid iccid(int number) {
  const std::string digits = std::to_string(number);
  return must(Iccid::parse("8900000" + std::string(12 - digits.size(), '0') + digits));
}
inline Eid eid(int number) {
  const std::string digits = std::to_string(number);
  return must(Eid::parse("89049032" + std::string(24 - digits.size(), '0') + digits));
}
inline MatchingId matching_id(std::string_view text) { return must(MatchingId::parse(text)); }

// A tenant's ledger in a file of its own, or in a PostgreSQL schema of its own, with the seams of
// the room. Tests of the file itself carry the tag [sqlite].
class TenantFixture {
 public:
  ScratchFolder folder;
  ManualClock clock{kNow};
  SystemRandom random;
  LedgerOptions options;
  WriterHooks hooks;
  std::function<void(Session&)> on_write_session;
  std::unique_ptr<TenantLedger> ledger;

  std::filesystem::path file() const { return folder.path() / "t.db"; }
  TenantLedger& open(std::string_view tenant = "aurora") {
    ledger.reset();
    if (berth::testing::on_postgres()) return open_rows(tenant_id(tenant));
    ledger = must(open_tenant_ledger(file(), tenant_id(tenant), options, clock, random, nullptr,
                                     hooks, on_write_session));
    return *ledger;
  }

  std::string commit_id() { return to_hex(random.bytes(16)); }
  // Changes with an event, a usage fact and an audit record about the first ICCID.
  Unit unit(std::vector<Change> changes, Subject subject = {SubjectKind::kProfile, "none"}) {
    Unit made;
    made.commit_id = commit_id();
    made.changes = std::move(changes);
    made.event = EventDraft{random.uuid(), "profileStateChanged", R"({"eventType":"test"})"};
    made.usage = UsageDraft{.kind = "profile.changed", .subject = "order"};
    made.audit = {"profile.changed", std::move(subject), R"({"by":"test"})"};
    return made;
  }
  Outcome put(std::vector<Change> changes) { return ledger->commit(unit(std::move(changes))); }
  // An audit record alone.
  Unit note(std::string payload, Subject subject = {SubjectKind::kProfile, "none"}) {
    Unit made;
    made.commit_id = commit_id();
    made.audit = {"note", std::move(subject), std::move(payload)};
    return made;
  }
  // For tests of many commits: do not wait for the disk. Call before open().
  void forget_durability() {
    on_write_session = [](Session& session) { session.run_script("pragma synchronous=off"); };
  }
  // SQL behind the ledger's back, as damage or a thief would do it.
  void tamper(std::string_view sql) {
    if (berth::testing::on_postgres()) {
      return berth::testing::as_superuser(schema_, berth::testing::in_postgres_words(sql));
    }
    open_sqlite(file(), Access::kWrite)->run_script(sql);
  }
  // The same rows, read beside the ledger.
  std::unique_ptr<Session> look(std::string_view tenant = "aurora") {
    if (!berth::testing::on_postgres()) return open_sqlite(file(), Access::kRead);
    auto session = open_postgres({options.postgres->connection});
    session->serve(std::string(tenant));
    return session;
  }

 private:
  TenantLedger& open_rows(const TenantId& tenant) {
    if (schema_.empty()) schema_ = berth::testing::fresh_schema();
    options.postgres = berth::testing::postgres_options(schema_);
    backend_ = must(open_postgres_backend(options, clock, random));
    auto chain = must(backend_->open_chain(tenant.text(), ChainState::kFirstUse, hooks));
    ledger = make_tenant_ledger(tenant, std::move(chain), random, nullptr);
    return *ledger;
  }

  std::string schema_;
  std::unique_ptr<Backend> backend_;
};

inline ProfileRecord profile(int number, std::string type = "plain") {
  ProfileRecord record{.iccid = iccid(number)};
  record.profile_type = std::move(type);
  record.package = {"packages/" + std::to_string(number), 4096, sha256(as_bytes("package"))};
  record.service_provider_name = "Aurora";
  record.profile_name = "Plan";
  record.owner_mcc_mnc = must(MccMnc::parse("26299"));
  record.owner_gid1_hex = "FF";
  return record;
}

inline OrderRecord order(std::string order_id, int profile_number) {
  OrderRecord record{.order_id = std::move(order_id), .iccid = iccid(profile_number)};
  record.expires_ms = kNow + 60'000;
  record.attempts_max = 3;
  record.code_attempts_max = 3;
  record.correlation_id = "c-1";
  return record;
}

inline std::string read_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

inline const Committed& committed(const Outcome& outcome) {
  if (const auto* refused = std::get_if<Refused>(&outcome)) {
    FAIL("refused: " + std::string(to_string(refused->reason)));
  }
  if (const auto* unknown = std::get_if<Unknown>(&outcome)) FAIL("unknown: " + unknown->why);
  return std::get<Committed>(outcome);
}

inline RefusalReason refused(const Outcome& outcome) {
  if (!std::holds_alternative<Refused>(outcome)) FAIL("not refused");
  return std::get<Refused>(outcome).reason;
}

inline void require_intact(TenantLedger& ledger) {
  const ChainVerdict verdict = must(ledger.verify_audit());
  INFO(verdict.reason << " at " << verdict.first_bad_sequence);
  REQUIRE(verdict.intact);
}

}  // namespace berth::ledger::testing
