// Goal: whoever asks cannot tell in which store the sessions are. What only one store can meet is
// in its own test.

#include "kernel/smdpplus/sessions.h"

#include "kernel/smdpplus/memory_sessions.h"
#include "kernel/smdpplus/shared_sessions.h"
#include "tests/kernel/ledger/common_rows.h"
#include "tests/kernel/smdpplus/good.h"
#include "tests/kernel/smdpplus/session_samples.h"

namespace berth::smdpplus {
namespace {

using namespace testing;

// Either store, with the same limits.
class Store {
 public:
  Store(bool shared, std::uint32_t lifetime_ms, std::uint32_t max) {
    if (!shared) {
      store_ = std::make_unique<MemorySessions>(lifetime_ms, max);
      return;
    }
    rows_ = std::make_unique<ledger::testing::CommonRows>();
    store_ = std::make_unique<SharedSessions>(ledger::SessionRows(rows_->node()), find_sample,
                                              lifetime_ms, max);
  }
  bool insert(const TenantId& tenant, std::unique_ptr<Session> session, UnixMs now) {
    return good(store_->insert(tenant, std::move(session), now));
  }
  bool has_room(const TenantId& tenant, UnixMs now, std::uint64_t most = 1'000'000) {
    return good(store_->has_room(tenant, now, most));
  }
  std::optional<SessionLease> take(const TenantId& tenant, const TransactionId& id, UnixMs now) {
    return good(store_->take(tenant, id, now));
  }
  void drop_expired(const TenantId& tenant, UnixMs now) {
    REQUIRE(store_->drop_expired(tenant, now).ok());
  }
  std::size_t size(const TenantId& tenant) { return good(store_->size(tenant)); }

 private:
  std::unique_ptr<ledger::testing::CommonRows> rows_;
  std::unique_ptr<SessionStore> store_;
};

}  // namespace

TEST_CASE("a session belongs to one tenant and one user at a time", "[smdpplus][R6:part]") {
  Store table(GENERATE(false, true), 1000, 10);
  REQUIRE(table.insert(kAlpha, begun(1), 0));
  CHECK_FALSE(table.take(kBravo, number(1), 0).has_value());
  CHECK_FALSE(table.take(kAlpha, number(2), 0).has_value());
  {
    auto lease = table.take(kAlpha, number(1), 0);
    REQUIRE(lease.has_value());
    (*lease)->server_address = "kept";
    CHECK_FALSE(table.take(kAlpha, number(1), 0).has_value());
    CHECK(table.size(kAlpha) == 1);
    auto moved = std::move(*lease);  // the lease moves, the session stays taken
    CHECK(moved->server_address == "kept");
    CHECK_FALSE(table.take(kAlpha, number(1), 0).has_value());
  }
  auto again = table.take(kAlpha, number(1), 0);
  REQUIRE(again.has_value());
  CHECK((*again)->server_address == "kept");
}

TEST_CASE("a session given back is free before its lease is destroyed", "[smdpplus]") {
  Store table(GENERATE(false, true), 1000, 10);
  REQUIRE(table.insert(kAlpha, begun(1), 0));
  auto lease = table.take(kAlpha, number(1), 0);
  REQUIRE(lease.has_value());
  authenticate(**lease);
  CHECK(good(lease->give_back()));
  auto again = table.take(kAlpha, number(1), 0);
  REQUIRE(again.has_value());
  CHECK((*again)->state == SessionState::kAuthenticated);
  lease.reset();  // gives nothing back a second time
  CHECK_FALSE(table.take(kAlpha, number(1), 0).has_value());
}

TEST_CASE("a closed session ends with its lease, unless it is kept after all", "[smdpplus]") {
  Store table(GENERATE(false, true), 1000, 10);
  REQUIRE(table.insert(kAlpha, begun(1), 0));
  {
    auto lease = table.take(kAlpha, number(1), 0);
    lease->close();
    lease->keep();
  }
  CHECK(table.size(kAlpha) == 1);
  {
    auto lease = table.take(kAlpha, number(1), 0);
    lease->close();
    lease->settle(rsp::RspError{"8.1", "6.1", "the card's fault"});
  }
  CHECK(table.size(kAlpha) == 0);
  CHECK_FALSE(table.take(kAlpha, number(1), 0).has_value());
  REQUIRE(table.insert(kAlpha, begun(1), 0));
  {
    auto lease = table.take(kAlpha, number(1), 0);
    lease->close();
    lease->settle(Error(ErrorCode::kUnavailable, "ledger.unavailable", "ours"));
  }
  CHECK(table.size(kAlpha) == 1);
}

TEST_CASE("a session ends after its lifetime", "[smdpplus]") {
  Store table(GENERATE(false, true), 1000, 10);
  REQUIRE(table.insert(kAlpha, begun(1), 5));
  REQUIRE(table.insert(kAlpha, begun(2), 500));
  {
    auto lease = table.take(kAlpha, number(1), 1004);
    REQUIRE(lease.has_value());
    CHECK((*lease)->expires_ms == 1005);
  }
  CHECK_FALSE(table.take(kAlpha, number(1), 1005).has_value());
  table.drop_expired(kAlpha, 1005);
  CHECK(table.size(kAlpha) == 1);
  table.drop_expired(kAlpha, 1500);
  CHECK(table.size(kAlpha) == 0);
}

TEST_CASE("the table is bounded per tenant and gives up its oldest beginning", "[smdpplus]") {
  Store table(GENERATE(false, true), 1000, 2);
  REQUIRE(table.insert(kAlpha, begun(1), 0));
  REQUIRE(table.insert(kAlpha, begun(2), 0));
  CHECK(table.insert(kAlpha, begun(3), 10));
  CHECK(table.size(kAlpha) == 2);
  CHECK_FALSE(table.take(kAlpha, number(1), 10).has_value());
  CHECK(table.insert(kBravo, begun(1), 10));
}

TEST_CASE("authenticated sessions are never given up for beginnings", "[smdpplus]") {
  Store table(GENERATE(false, true), 1000, 2);
  for (const std::uint8_t id : {std::uint8_t{1}, std::uint8_t{2}}) {
    REQUIRE(table.insert(kAlpha, begun(id), 0));
    authenticate(**table.take(kAlpha, number(id), 0));
  }
  CHECK_FALSE(table.has_room(kAlpha, 999));
  CHECK_FALSE(table.insert(kAlpha, begun(3), 999));
  CHECK(table.take(kAlpha, number(1), 999).has_value());
  CHECK(table.has_room(kAlpha, 2000));
  CHECK(table.insert(kAlpha, begun(3), 2000));
}

TEST_CASE("a tenant's own limit refuses at the beginning and ends no download that goes on",
          "[smdpplus][R125]") {
  constexpr UnixMs kGrace = SessionStore::kBeginningMs;
  Store table(GENERATE(false, true), 10 * kGrace, 100);
  REQUIRE(table.insert(kAlpha, begun(1), 0));
  REQUIRE(table.insert(kAlpha, begun(2), 0));
  CHECK(table.has_room(kAlpha, 1, 3));
  CHECK_FALSE(table.has_room(kAlpha, 1, 2));
  CHECK_FALSE(table.has_room(kAlpha, kGrace - 1, 2));
  CHECK(table.size(kAlpha) == 2);
  authenticate(**table.take(kAlpha, number(2), 1));
  // The first was left by whoever began it; the second goes on.
  CHECK(table.has_room(kAlpha, kGrace + 1, 2));
  CHECK(table.size(kAlpha) == 1);
  CHECK_FALSE(table.has_room(kAlpha, 2 * kGrace, 1));
  CHECK(table.take(kAlpha, number(2), 2 * kGrace).has_value());
  CHECK(table.has_room(kBravo, 2 * kGrace, 1));
}

TEST_CASE("a session in use is not dropped under its user", "[smdpplus]") {
  Store table(GENERATE(false, true), 1000, 1);
  REQUIRE(table.insert(kAlpha, begun(1), 0));
  {
    auto lease = table.take(kAlpha, number(1), 999);
    REQUIRE(lease.has_value());
    table.drop_expired(kAlpha, 5000);
    CHECK_FALSE(table.has_room(kAlpha, 5000));  // it still counts
    CHECK((*lease)->transaction_id == number(1));
  }
  CHECK(table.has_room(kAlpha, 7000));
}

TEST_CASE("a transaction id is never given twice", "[smdpplus]") {
  Store table(GENERATE(false, true), 1000, 10);
  REQUIRE(table.insert(kAlpha, begun(1), 0));
  CHECK_FALSE(table.insert(kAlpha, begun(1), 0));
  CHECK(table.size(kAlpha) == 1);
}

}  // namespace berth::smdpplus
