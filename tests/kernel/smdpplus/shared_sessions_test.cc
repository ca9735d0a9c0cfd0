#include "kernel/smdpplus/shared_sessions.h"

#include "tests/kernel/ledger/common_rows.h"
#include "tests/kernel/smdpplus/good.h"
#include "tests/kernel/smdpplus/session_samples.h"

namespace berth::smdpplus {
namespace {

constexpr std::uint64_t kMany = 1'000'000;

using namespace testing;
using ledger::testing::CommonRows;

// Two nodes of one host.
struct Nodes {
  explicit Nodes(std::uint32_t max = 10)
      : a(ledger::SessionRows(rows.node()), find_sample, 1'000'000, max),
        b(ledger::SessionRows(rows.node()), find_sample, 1'000'000, max) {}
  CommonRows rows;
  SharedSessions a;
  SharedSessions b;
};

}  // namespace

TEST_CASE("a session goes on at whichever node the next request lands", "[smdpplus]") {
  Nodes nodes;
  REQUIRE(good(nodes.a.insert(kAlpha, begun(1), 0)));
  {
    auto lease = good(nodes.b.take(kAlpha, number(1), 1));
    REQUIRE(lease.has_value());
    CHECK((*lease)->server_challenge == Bytes(16, 0xCC));
    CHECK_FALSE(good(nodes.a.take(kAlpha, number(1), 1)).has_value());
    authenticate(**lease);
    CHECK(good(lease->give_back()));
  }
  auto lease = good(nodes.a.take(kAlpha, number(1), 1));
  REQUIRE(lease.has_value());
  CHECK((*lease)->state == SessionState::kAuthenticated);
  CHECK((*lease)->attempt == 3);
  CHECK((*lease)->card->eid.text() == rsp::pki::test::kEidText);
  CHECK((*lease)->identity == sample_identity());
}

TEST_CASE("a node that died frees its sessions, one that was only slow answers nothing",
          "[smdpplus]") {
  Nodes nodes;
  REQUIRE(good(nodes.a.insert(kAlpha, begun(1), 0)));
  auto slow = good(nodes.a.take(kAlpha, number(1), 0));
  REQUIRE(slow.has_value());
  CHECK_FALSE(good(nodes.b.take(kAlpha, number(1), kSessionHoldMs - 1)).has_value());
  {
    auto lease = good(nodes.b.take(kAlpha, number(1), kSessionHoldMs));
    REQUIRE(lease.has_value());
    authenticate(**lease);
  }
  (*slow)->server_address = "overwritten";
  const bool closes = GENERATE(false, true);
  if (closes) slow->close();
  CHECK_FALSE(good(slow->give_back()));
  auto lease = good(nodes.b.take(kAlpha, number(1), kSessionHoldMs + 1));
  REQUIRE(lease.has_value());
  CHECK((*lease)->server_address == "rsp.alpha.example");
}

TEST_CASE("sessions out of reach are trouble of ours, and come back with the database",
          "[smdpplus]") {
  Nodes nodes;
  REQUIRE(good(nodes.a.insert(kAlpha, begun(1), 0)));
  auto lease = good(nodes.a.take(kAlpha, number(1), 0));
  nodes.rows.unreachable = true;
  CHECK(nodes.b.has_room(kAlpha, 0, kMany).error().reason() == "ledger.unavailable");
  CHECK(nodes.a.insert(kAlpha, begun(2), 0).error().reason() == "ledger.unavailable");
  CHECK(nodes.a.take(kAlpha, number(1), 0).error().reason() == "ledger.unavailable");
  CHECK(nodes.a.drop_expired(kAlpha, 0).error().reason() == "ledger.unavailable");
  CHECK(nodes.a.size(kAlpha).error().reason() == "ledger.unavailable");
  CHECK(lease->give_back().error().reason() == "ledger.unavailable");
  {
    // The destructor's way: nobody is told, the hold lapses.
    nodes.rows.unreachable = false;
    REQUIRE(good(nodes.a.insert(kAlpha, begun(3), 0)));
    const auto unlucky = good(nodes.a.take(kAlpha, number(3), 0));
    nodes.rows.unreachable = true;
  }
  nodes.rows.unreachable = false;
  CHECK_FALSE(good(nodes.a.take(kAlpha, number(1), 0)).has_value());
  CHECK(good(nodes.a.take(kAlpha, number(1), kSessionHoldMs)).has_value());
  CHECK(good(nodes.a.take(kAlpha, number(3), kSessionHoldMs)).has_value());
}

TEST_CASE("a claim whose answer was lost is over by itself", "[smdpplus]") {
  Nodes nodes;
  REQUIRE(good(nodes.a.insert(kAlpha, begun(1), 0)));
  nodes.rows.lose_answer_of = nodes.rows.transactions + 1;
  CHECK(nodes.a.take(kAlpha, number(1), 0).error().reason() == "ledger.unavailable");
  CHECK_FALSE(good(nodes.a.take(kAlpha, number(1), 1)).has_value());
  CHECK(good(nodes.b.take(kAlpha, number(1), kSessionHoldMs)).has_value());
}

TEST_CASE("a session begun with certificates that this node lacks is unknown here alone",
          "[smdpplus]") {
  Nodes nodes;
  SharedSessions other(
      ledger::SessionRows(nodes.rows.node()), [](const IdentityName&) { return nullptr; }, 1000,
      10);
  REQUIRE(good(nodes.a.insert(kAlpha, begun(1), 0)));
  CHECK_FALSE(good(other.take(kAlpha, number(1), 0)).has_value());
  CHECK(good(nodes.b.take(kAlpha, number(1), 0)).has_value());
}

TEST_CASE("a row that cannot be read, or is another session's, is an unknown session",
          "[smdpplus]") {
  Nodes nodes;
  REQUIRE(good(nodes.a.insert(kAlpha, begun(1), 0)));
  nodes.rows.tamper(GENERATE("update es9_session set body = x'3000'",
                             "update es9_session set body = x'ff'",
                             "update es9_session set transaction_id = '02'"));
  const auto short_id = *TransactionId::from_octets({{2}});
  CHECK_FALSE(good(nodes.a.take(kAlpha, number(1), 0)).has_value());
  CHECK_FALSE(good(nodes.b.take(kAlpha, short_id, 0)).has_value());
  CHECK(good(nodes.a.size(kAlpha)) == 1);
}

TEST_CASE("a node learns within two seconds what the others began", "[smdpplus]") {
  Nodes nodes(4);
  REQUIRE(good(nodes.a.has_room(kAlpha, 0, kMany)));
  REQUIRE(good(nodes.b.has_room(kAlpha, 0, kMany)));
  for (std::uint8_t id = 1; id <= 4; ++id) {
    REQUIRE(good(nodes.a.insert(kAlpha, begun(id), 0)));
    authenticate(**good(nodes.a.take(kAlpha, number(id), 0)));
  }
  CHECK_FALSE(good(nodes.a.has_room(kAlpha, 1, kMany)));
  CHECK(good(nodes.b.has_room(kAlpha, 1, kMany)));
  CHECK_FALSE(good(nodes.b.has_room(kAlpha, kSessionCountMs, kMany)));
  good(nodes.b.take(kAlpha, number(1), kSessionCountMs))->close();
  CHECK(good(nodes.b.has_room(kAlpha, kSessionCountMs, kMany)));
}

TEST_CASE("a flood pushes its own out in portions and does not count rows each time",
          "[smdpplus]") {
  constexpr std::uint32_t kMax = 300;
  Nodes nodes(kMax);
  const auto begin = [&](int i) {
    auto session = begun(1);
    session->transaction_id = *TransactionId::from_octets(
        Bytes{static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)});
    return good(nodes.a.insert(kAlpha, std::move(session), i));
  };
  for (int i = 0; i < static_cast<int>(kMax); ++i) REQUIRE(begin(i));
  const int before = nodes.rows.transactions;
  for (int i = 0; i < 30; ++i) REQUIRE(begin(static_cast<int>(kMax) + i));
  CHECK(good(nodes.a.size(kAlpha)) <= kMax);
  CHECK(good(nodes.a.size(kAlpha)) >= kMax - kMax / kSessionsGivenUpPart);
  // An insert each, and for every third: sweep, count, give up.
  CHECK(nodes.rows.transactions - before <= 30 + 10 * 3 + 2);
}

}  // namespace berth::smdpplus
