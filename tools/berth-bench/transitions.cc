#include "tools/berth-bench/transitions.h"

#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "kernel/base/digest.h"
#include "tools/berth-bench/must.h"
#include "tools/sample-profile/identity.h"

namespace berth::bench {
namespace {

using Clock = std::chrono::steady_clock;

// Of no other suite's subscribers.
constexpr std::uint64_t kFirstNumber = 5'000'000'000;
const std::string kEid = "89049032001000000000000000000112";

ledger::ProfileRecord first_profile(std::uint64_t number, const std::string& order_id) {
  ledger::ProfileRecord profile{.iccid = sample_profile::numbered_iccid(number)};
  profile.state = lifecycle::ProfileState::kReleased;
  profile.profile_type = "bench";
  profile.package = {"bench/packages/0123456789abcdef0123456789abcdef", 12'000,
                     sha256(as_bytes("package"))};
  profile.protected_package = {profile.package.object_name + "-ppk", sha256(as_bytes("segments")),
                               Bytes(96, 0x5A)};
  profile.saip_version = "2.3";
  profile.services = "usim isim";
  profile.service_provider_name = "Bench operator";
  profile.profile_name = "Bench profile";
  profile.order_id = order_id;
  return profile;
}

ledger::OrderRecord first_order(const ledger::ProfileRecord& profile, Random& random) {
  ledger::OrderRecord order{.order_id = profile.order_id, .iccid = profile.iccid};
  order.matching_id = must(MatchingId::parse(to_hex(random.bytes(16))));
  order.requester = "bench";
  order.correlation_id = profile.order_id;
  order.attempts_max = 10;
  return order;
}

void describe(ledger::Unit& unit, const ledger::ProfileRecord& profile, Random& random) {
  unit.commit_id = to_hex(random.bytes(16));
  for (char& digit : unit.commit_id) {
    if (digit >= 'A') digit = static_cast<char>(digit - 'A' + 'a');
  }
  const std::string& iccid = profile.iccid.text();
  const std::string id = random.uuid();
  unit.event = ledger::EventDraft{
      id, "downloadProgress",
      R"({"eventId":")" + id +
          R"(","eventType":"downloadProgress","occurredAt":)"
          R"("2026-05-07T08:41:23Z","tenantId":"bench","correlationId":")" +
          profile.order_id + R"(","orderId":")" + profile.order_id + R"(","eid":")" + kEid +
          R"(","iccid":")" + iccid + R"(","stage":"bound","attempt":1})"};
  unit.usage = ledger::UsageDraft{
      "download.bound", 1000, profile.order_id,
      R"({"attempt":"1","hsmOperations":"3","reused":"false","storageReads":"1"})"};
  unit.audit = {"download.bound",
                {ledger::SubjectKind::kProfile, iccid},
                R"({"binding":"new","eid":")" + kEid + R"(","orderId":")" + profile.order_id +
                    R"(","transactionId":")" + id + R"("})"};
}

void must_commit(ledger::TenantLedger& ledger, ledger::Unit unit) {
  const ledger::Outcome outcome = ledger.commit(std::move(unit));
  if (std::holds_alternative<ledger::Committed>(outcome)) return;
  if (const auto* refused = std::get_if<ledger::Refused>(&outcome)) {
    throw std::runtime_error("a unit was refused: " +
                             std::string(ledger::to_string(refused->reason)));
  }
  throw std::runtime_error("a unit's outcome is unknown");
}

// One writer's rows, and their next versions.
class Rows {
 public:
  Rows(ledger::TenantLedger& ledger, std::uint64_t number, Random& random)
      : ledger_(ledger),
        random_(random),
        profile_(first_profile(number, random.uuid())),
        order_(first_order(profile_, random)) {
    ledger::Unit unit;
    describe(unit, profile_, random_);
    unit.changes = {ledger::InsertProfile{profile_}, ledger::InsertOrder{order_}};
    must_commit(ledger_, std::move(unit));
  }

  void move_on() {
    const std::int64_t from = profile_.revision;
    profile_.state = profile_.state == lifecycle::ProfileState::kReleased
                         ? lifecycle::ProfileState::kDownloaded
                         : lifecycle::ProfileState::kReleased;
    profile_.revision += 1;
    order_.revision += 1;
    ledger::Unit unit;
    describe(unit, profile_, random_);
    unit.changes = {ledger::UpdateProfile{profile_, from}, ledger::UpdateOrder{order_, from, true}};
    must_commit(ledger_, std::move(unit));
  }

 private:
  ledger::TenantLedger& ledger_;
  Random& random_;
  ledger::ProfileRecord profile_;
  ledger::OrderRecord order_;
};

}  // namespace

double transitions_per_second(std::span<ledger::TenantLedger* const> ledgers,
                              const TransitionShape& shape, Random& random) {
  std::vector<Rows> rows;
  rows.reserve(shape.writers);
  for (std::size_t i = 0; i < shape.writers; ++i) {
    rows.emplace_back(*ledgers[i % ledgers.size()], kFirstNumber + i, random);
  }
  std::atomic<std::size_t> done{0};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto begun = Clock::now();
  const auto end = begun + std::chrono::duration_cast<Clock::duration>(
                               std::chrono::duration<double>(shape.seconds));
  {
    std::vector<std::jthread> threads;
    for (Rows& own : rows) {
      threads.emplace_back([&] {
        try {
          for (;;) {
            own.move_on();
            if (Clock::now() > end) return;
            ++done;
          }
        } catch (...) {
          const std::lock_guard lock(mutex);
          if (!failure) failure = std::current_exception();
        }
      });
    }
  }
  if (failure) std::rethrow_exception(failure);
  return static_cast<double>(done) / shape.seconds;
}

}  // namespace berth::bench
