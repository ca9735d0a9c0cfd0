#include "kernel/smdpplus/orders.h"

#include "kernel/rsp/sgp22/activation_code.h"
#include "kernel/smdpplus/commit.h"
#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {
namespace {

constexpr const char* kNothing = "events: -; usage: -; audit: -";
constexpr const char* kOrdered =
    "events: downloadOrdered; usage: order.created; audit: order.created";

OrderRequest request_for(const Iccid& iccid, const std::string& identifier = "call-1") {
  OrderRequest request;
  request.requester = "crm";
  request.identifier = identifier;
  request.iccid = iccid;
  return request;
}

std::string send(Site& site, const OrderRequest& request) {
  return say(create_order(site.tenant(), "test", request));
}

}  // namespace

TEST_CASE("an order reserves, confirms and releases in one commit", "[smdpplus][R79][R75]") {
  Site site;
  const Iccid iccid = site.stock();
  const Mark before = site.mark();
  const OrderAnswer answer = must(create_order(site.tenant(), "test", request_for(iccid)));
  CHECK(site.told(before) == kOrdered);
  CHECK(site.state(iccid) == "Released");
  CHECK(answer.expires_ms == kStart + 60 * 60 * 1000);
  const auto row = site.order_row(answer.order_id);
  CHECK(row.correlation_id == "call-1");  // the identifier when none is given
  CHECK(row.attempts_max == 10);
  CHECK(row.code_attempts_max == 3);
  CHECK_FALSE(row.confirmation_code_sha256.has_value());
  const auto code = must(rsp::sgp22::ActivationCode::parse(answer.activation_code));
  CHECK(code.smdp_address == "RSP.ALPHA.EXAMPLE");
  CHECK(code.matching_id == answer.matching_id);
  CHECK_FALSE(code.confirmation_code_required);
}

TEST_CASE("a confirmation code is kept as its hash and marked in the activation code",
          "[smdpplus][R102]") {
  Site site;
  auto request = request_for(site.stock());
  request.confirmation_code = "1234";
  const OrderAnswer answer = must(create_order(site.tenant(), "test", request));
  CHECK(site.order_row(answer.order_id).confirmation_code_sha256 == sha256(as_bytes("1234")));
  CHECK(must(rsp::sgp22::ActivationCode::parse(answer.activation_code)).confirmation_code_required);
}

TEST_CASE("generated MatchingIDs are long and differ", "[smdpplus][R101]") {
  Site site;
  const auto one = site.order();
  const auto two = site.order();
  CHECK(one.matching_id != two.matching_id);
  CHECK(one.matching_id.text().size() >= 26);  // 128 bits in 5-bit letters
}

TEST_CASE("the same identifier with the same body gets the same answer, with another none",
          "[smdpplus][R68][R69]") {
  Site site;
  auto request = request_for(site.stock());
  const OrderAnswer first = must(create_order(site.tenant(), "test", request));
  const Mark before = site.mark();
  site.clock.advance(std::chrono::minutes(5));
  const OrderAnswer again = must(create_order(site.tenant(), "test", request));
  CHECK(again.order_id == first.order_id);
  CHECK(again.activation_code == first.activation_code);
  CHECK(again.expires_ms == first.expires_ms);
  request.confirmation_code = "1";
  CHECK(send(site, request) == "already_exists order.identifier_reused");
  CHECK(site.told(before) == kNothing);
  // Another requester's identifiers are its own.
  auto other = request_for(site.stock());
  other.requester = "shop";
  CHECK(send(site, other) == "ok");
}

TEST_CASE("fields cannot slide into each other to look like the same body", "[smdpplus][R69]") {
  Site site;
  auto request = request_for(site.stock("ab"));
  request.profile_type = "ab";
  request.confirmation_code = "c";
  CHECK(send(site, request) == "ok");
  request.profile_type = "a";
  request.confirmation_code = "bc";
  CHECK(send(site, request) == "already_exists order.identifier_reused");
}

TEST_CASE("an order that cannot be is refused with its reason and changes nothing",
          "[smdpplus][R45]") {
  Site site;
  const Iccid iccid = site.stock("gold");
  const Mark before = site.mark();
  auto request = request_for(iccid);
  SECTION("no identifier") {
    request.identifier.clear();
    CHECK(send(site, request) == "invalid_argument order.identifier_invalid");
  }
  SECTION("an endless identifier") {
    request.identifier = std::string(129, 'x');
    CHECK(send(site, request) == "invalid_argument order.identifier_invalid");
  }
  SECTION("no profile named") {
    request.iccid.reset();
    CHECK(send(site, request) == "invalid_argument order.profile_missing");
  }
  SECTION("an unknown profile") {
    request.iccid = *Iccid::parse("8900000000000000007");
    CHECK(send(site, request) == "not_found order.unknown_profile");
  }
  SECTION("another type") {
    request.profile_type = "silver";
    CHECK(send(site, request) == "invalid_argument order.profile_type_mismatch");
  }
  SECTION("out of stock") {
    request.iccid.reset();
    request.profile_type = "silver";
    CHECK(send(site, request) == "not_found order.out_of_stock");
  }
  SECTION("a foreign card") {
    request.eid = *Eid::parse(kBravoEid);
    CHECK(send(site, request) == "permission_denied order.foreign_eid");
  }
  SECTION("an endless confirmation code") {
    request.confirmation_code = std::string(65, '1');
    CHECK(send(site, request) == "invalid_argument order.confirmation_code_invalid");
  }
  SECTION("another tenant's profile") {
    CHECK(say(create_order(*site.bravo.context, "test", request)) ==
          "not_found order.unknown_profile");
  }
  CHECK(site.told(before) == kNothing);
  CHECK(site.state(iccid) == "Available");
}

TEST_CASE("a profile is ordered once, a MatchingID used by one open order", "[smdpplus][R96]") {
  Site site;
  auto first = request_for(site.stock(), "call-1");
  first.matching_id = *MatchingId::parse("MINE");
  CHECK(send(site, first) == "ok");
  CHECK(send(site, request_for(*first.iccid, "call-2")) ==
        "failed_precondition order.profile_not_available");
  auto second = request_for(site.stock(), "call-3");
  second.matching_id = *MatchingId::parse("MINE");
  CHECK(send(site, second) == "already_exists order.matching_id_in_use");
  CHECK(site.state(*second.iccid) == "Available");
}

TEST_CASE("an order by type takes any profile of the type, and the next one when it lost a race",
          "[smdpplus]") {
  Site site;
  site.stock("gold");
  site.stock("gold");
  OrderRequest request;
  request.requester = "crm";
  request.identifier = "call-1";
  request.profile_type = "gold";
  bool first = true;
  site.ledger().on_commit = [&](const ledger::Unit&) -> std::optional<ledger::Outcome> {
    if (std::exchange(first, false)) {
      OrderRequest rival = request;
      rival.identifier = "call-2";
      CHECK(send(site, rival) == "ok");
    }
    return std::nullopt;
  };
  const Mark before = site.mark();
  CHECK(send(site, request) == "ok");
  CHECK(site.events(before).size() == 2);
  CHECK(must(site.ledger().available_profile("gold")) == std::nullopt);
}

TEST_CASE("the same call twice at once is one order", "[smdpplus][R68]") {
  Site site;
  const auto request = request_for(site.stock());
  std::optional<OrderAnswer> rival;
  bool first = true;
  site.ledger().on_commit = [&](const ledger::Unit&) -> std::optional<ledger::Outcome> {
    if (std::exchange(first, false)) rival = must(create_order(site.tenant(), "test", request));
    return std::nullopt;
  };
  const Mark before = site.mark();
  const OrderAnswer answer = must(create_order(site.tenant(), "test", request));
  CHECK(answer.order_id == rival->order_id);
  CHECK(site.told(before) == kOrdered);
}

TEST_CASE("an order gives up after four lost races", "[smdpplus]") {
  Site site;
  const auto request = request_for(site.stock());
  site.ledger().commits = 0;
  site.ledger().on_commit = [](const ledger::Unit&) {
    return ledger::Refused{ledger::RefusalReason::kGuard};
  };
  CHECK(send(site, request) == "aborted ledger.contention");
  CHECK(site.ledger().commits == kMaxDecisions);
}

TEST_CASE("a stored answer is sealed, and a damaged one is said to be", "[smdpplus][R128:part]") {
  Site site;
  const auto request = request_for(site.stock());
  const OrderAnswer answer = must(create_order(site.tenant(), "test", request));
  const auto stored = must(site.ledger().stored_answer({"crm", "createOrder", "call-1"}));
  REQUIRE(stored.has_value());
  CHECK(as_text(stored->sealed_answer).find(answer.matching_id.text()) == std::string_view::npos);
  const auto opened =
      site.alpha.vault->unseal("answer/crm/createOrder/call-1", stored->sealed_answer);
  REQUIRE(opened.ok());
  CHECK(as_text(opened->view()).find(answer.matching_id.text()) != std::string_view::npos);
}

TEST_CASE("an order for default SM-DP+ use has no code and needs a card", "[smdpplus]") {
  Site site;
  auto request = request_for(site.stock());
  request.default_use = true;
  CHECK(send(site, request) == "invalid_argument order.default_use");
  request.eid = *Eid::parse(kAlphaEid);
  request.matching_id = *MatchingId::parse("MINE");
  CHECK(send(site, request) == "invalid_argument order.default_use");
  request.matching_id.reset();
  const OrderAnswer answer = must(create_order(site.tenant(), "test", request));
  CHECK(answer.matching_id.text().empty());
  CHECK(answer.activation_code == "1$RSP.ALPHA.EXAMPLE$");
  CHECK(must(site.ledger().default_order_for(*request.eid))->order_id == answer.order_id);
  CHECK(must(create_order(site.tenant(), "test", request)).order_id == answer.order_id);
}

TEST_CASE("an order may wait for its release and end when its requester says", "[smdpplus]") {
  Site site;
  auto request = request_for(site.stock());
  request.release = false;
  request.lifetime_ms = 90'000;
  const OrderAnswer answer = must(create_order(site.tenant(), "test", request));
  CHECK(answer.state == "Confirmed");
  CHECK(site.state(answer.iccid) == "Confirmed");
  CHECK(site.audit().back().type == "order.awaits_release");
  CHECK(answer.expires_ms == kStart + 90'000);
  CHECK(site.events().back().body.find("\"stage\":\"confirmed\"") != std::string::npos);

  auto until = request_for(site.stock(), "call-2");
  until.expires_ms = kStart + 5000;
  CHECK(must(create_order(site.tenant(), "test", until)).expires_ms == kStart + 5000);
  for (const auto& wrong : std::vector<std::function<void(OrderRequest&)>>{
           [](OrderRequest& one) { one.lifetime_ms = 999; },
           [](OrderRequest& one) { one.lifetime_ms = 367ULL * 24 * 60 * 60 * 1000; },
           [](OrderRequest& one) { one.expires_ms = kStart; },
           [](OrderRequest& one) { one.expires_ms = kStart + 367LL * 24 * 60 * 60 * 1000; },
           [](OrderRequest& one) {
             one.lifetime_ms = 5000;
             one.expires_ms = kStart + 5000;
           }}) {
    auto bad = request_for(site.stock(), "call-3");
    wrong(bad);
    CHECK(send(site, bad) == "invalid_argument order.end_invalid");
  }
}

TEST_CASE("a preset order is as if time had passed or cards had tried, and says so in the audit",
          "[smdpplus]") {
  Site site;
  auto request = request_for(site.stock());
  request.confirmation_code = "1234";
  request.preset = OrderPreset{true, true, true};
  const OrderAnswer answer = must(create_order(site.tenant(), "test", request));
  const auto row = site.order_row(answer.order_id);
  CHECK(row.expires_ms == kStart - 1);
  CHECK(row.attempts_used == row.attempts_max);
  CHECK(row.code_attempts_used == row.code_attempts_max);
  CHECK(site.audit().back().payload->find("expired attemptsUsedUp codeAttemptsUsedUp") !=
        std::string::npos);
  auto other = request;
  other.preset = OrderPreset{true, true, false};
  CHECK(send(site, other) == "already_exists order.identifier_reused");
}

TEST_CASE("an order is found by what it was placed with", "[smdpplus]") {
  Site site;
  CHECK_FALSE(must(find_order(site.tenant(), "crm", "call-1")).has_value());
  const OrderAnswer answer = must(create_order(site.tenant(), "test", request_for(site.stock())));
  const auto found = must(find_order(site.tenant(), "crm", "call-1"));
  REQUIRE(found.has_value());
  CHECK(found->order_id == answer.order_id);
  CHECK_FALSE(must(find_order(site.tenant(), "shop", "call-1")).has_value());
}

}  // namespace berth::smdpplus::testing
