#include "kernel/smdpplus/orders.h"
#include "tests/kernel/smdpplus/es2_support.h"

namespace berth::smdpplus::testing {
namespace {

using lifecycle::ProfileState;

const Eid kCard = *Eid::parse(kAlphaEid);

ReorderRequest reorder_request(const std::string& key, const std::string& identifier = "again-1") {
  ReorderRequest request;
  request.call = {"operator", identifier, key};
  return request;
}

// An order with a code that a card failed for good, signed.
OrderAnswer failed_order(Site& site) {
  const OrderAnswer order = site.order([](OrderRequest& request) {
    request.confirmation_code = "1234";
    request.correlation_id = "story-1";
  });
  auto row = site.order_row(order.order_id);
  auto profile = *must(site.ledger().profile(order.iccid));
  ledger::Unit unit;
  unit.commit_id = to_hex(site.random.bytes(16));
  profile.state = ProfileState::kError;
  profile.eid = kCard;
  row.open = false;
  row.eid = kCard;
  unit.changes = {ledger::UpdateProfile{profile, profile.revision},
                  ledger::UpdateOrder{row, row.revision}};
  std::get<ledger::UpdateProfile>(unit.changes[0]).next.revision += 1;
  std::get<ledger::UpdateOrder>(unit.changes[1]).next.revision += 1;
  unit.audit = {"test.failed", {ledger::SubjectKind::kProfile, order.iccid.text()}, "{}"};
  REQUIRE(std::holds_alternative<ledger::Committed>(site.ledger().real().commit(std::move(unit))));
  return order;
}

void fail_again(Site& site, const Iccid& iccid) {
  auto row = order_of(site, iccid);
  auto profile = *must(site.ledger().profile(iccid));
  ledger::Unit unit;
  unit.commit_id = to_hex(site.random.bytes(16));
  const std::int64_t profile_from = profile.revision++;
  const std::int64_t row_from = row.revision++;
  profile.state = ProfileState::kError;
  row.open = false;
  unit.changes = {ledger::UpdateProfile{profile, profile_from}, ledger::UpdateOrder{row, row_from}};
  unit.audit = {"test.failed", {ledger::SubjectKind::kProfile, iccid.text()}, "{}"};
  REQUIRE(std::holds_alternative<ledger::Committed>(site.ledger().real().commit(std::move(unit))));
}

}  // namespace

TEST_CASE("a profile in Error is ordered again under a new order", "[smdpplus][R75]") {
  Site site;
  const OrderAnswer failed = failed_order(site);
  site.clock.advance(std::chrono::minutes(30));
  const Mark before = site.mark();
  const OrderAnswer again = must(reorder(site.tenant(), reorder_request(failed.order_id)));
  CHECK(site.told(before) ==
        "events: downloadReordered; usage: order.reordered; audit: order.reordered");
  CHECK(again.order_id != failed.order_id);
  CHECK(again.matching_id != failed.matching_id);
  CHECK(again.state == "Released");
  CHECK(site.state(failed.iccid) == "Released");
  const auto row = site.order_row(again.order_id);
  CHECK(row.correlation_id == "story-1");
  CHECK(row.eid == kCard);
  CHECK(row.expires_ms == kStart + 90 * 60 * 1000);
  CHECK_FALSE(row.confirmation_code_sha256.has_value());
  CHECK(must(reorder(site.tenant(), reorder_request(failed.order_id))).order_id == again.order_id);
}

TEST_CASE("the code, the card and the confirmation code of a new order can be chosen",
          "[smdpplus]") {
  Site site;
  const OrderAnswer failed = failed_order(site);
  auto request = reorder_request(failed.iccid.text());
  request.matching_id = *MatchingId::parse(failed.matching_id.text());
  request.eid = *Eid::parse(kOtherAlphaEid);
  request.keep_confirmation_code = true;
  const OrderAnswer again = must(reorder(site.tenant(), request));
  CHECK(again.matching_id == failed.matching_id);
  CHECK(again.activation_code == failed.activation_code);
  const auto row = site.order_row(again.order_id);
  CHECK(row.eid == request.eid);
  CHECK(row.confirmation_code_sha256 == sha256(as_bytes("1234")));
}

TEST_CASE("a profile whose package is unaccounted for is ordered again for its own card alone",
          "[smdpplus][R106:part]") {
  Site site;
  const OrderAnswer failed = failed_order(site);
  rewrite(site, failed.iccid, [](auto& profile) { profile.quarantined = true; });
  auto request = reorder_request(failed.iccid.text());
  request.eid = *Eid::parse(kOtherAlphaEid);
  CHECK(say(reorder(site.tenant(), request)) == "8.2.1/3.3");
  request.eid = kCard;
  CHECK(say(reorder(site.tenant(), request)) == "ok");
  const auto profile = *must(site.ledger().profile(failed.iccid));
  CHECK(profile.quarantined);  // still: nothing proves where the package is
  CHECK(profile.eid == kCard);
}

TEST_CASE("what is not in Error is not ordered again", "[smdpplus]") {
  Site site;
  const auto again = [&site](const std::string& key) {
    static int number = 0;
    return say(reorder(site.tenant(), reorder_request(key, "try-" + std::to_string(++number))));
  };
  CHECK(again(site.stock().text()) == "8.2.1/3.5");
  CHECK(again(site.order().order_id) == "8.2.1/3.5");
  CHECK(again(profile_in(site, ProfileState::kDownloaded).text()) == "8.2.1/3.5");
  CHECK(again(profile_in(site, ProfileState::kUnavailable).text()) == "8.2.1/3.5");
  CHECK(again("8900000000000000007") == "not_found order.unknown");
  auto foreign = reorder_request(failed_order(site).order_id, "try-foreign");
  foreign.eid = *Eid::parse(kBravoEid);
  CHECK(say(reorder(site.tenant(), foreign)) == "8.1.1/3.10");
  auto taken = reorder_request(failed_order(site).order_id, "try-taken");
  taken.matching_id = *MatchingId::parse(site.order().matching_id.text());
  CHECK(say(reorder(site.tenant(), taken)) == "8.2.6/3.3");
}

TEST_CASE("the tenant's policy arms a failed order again, so often and no more",
          "[smdpplus][R107:part]") {
  Site site({.configure = [](auto& tenant) { tenant.rearm_after_error_max = 2; }});
  const OrderAnswer failed = failed_order(site);
  std::string order_id = failed.order_id;
  for (std::uint32_t number = 1; number <= 2; ++number) {
    const Mark before = site.mark();
    const auto rearmed = must(rearm_after_error(site.tenant(), order_id));
    REQUIRE(rearmed.has_value());
    CHECK(rearmed->number == number);
    CHECK(site.told(before) ==
          "events: downloadReordered; usage: order.reordered; audit: order.reordered");
    const auto row = site.order_row(rearmed->order_id);
    CHECK(row.requester == "policy");
    CHECK(row.matching_id->text() == failed.matching_id.text());
    CHECK(row.eid == kCard);
    CHECK(row.correlation_id == "story-1");
    CHECK(row.confirmation_code_sha256.has_value());
    CHECK(site.state(failed.iccid) == "Released");
    // Again after a crash: it is done.
    CHECK(must(rearm_after_error(site.tenant(), order_id)) == std::nullopt);
    order_id = rearmed->order_id;
    CHECK(must(rearm_after_error(site.tenant(), order_id)) == std::nullopt);  // not in Error
    fail_again(site, failed.iccid);
  }
  CHECK(must(rearm_after_error(site.tenant(), order_id)) == std::nullopt);
  CHECK(site.state(failed.iccid) == "Error");
  // A person's order starts the count anew.
  const auto person = must(reorder(site.tenant(), reorder_request(failed.iccid.text())));
  fail_again(site, failed.iccid);
  CHECK(must(rearm_after_error(site.tenant(), person.order_id))->number == 1);
}

TEST_CASE("the policy leaves alone what is quarantined, unknown or not wanted", "[smdpplus]") {
  Site site({.configure = [](auto& tenant) { tenant.rearm_after_error_max = 1; }});
  const OrderAnswer failed = failed_order(site);
  CHECK(must(rearm_after_error(site.tenant(), "nothing")) == std::nullopt);
  rewrite(site, failed.iccid, [](auto& profile) { profile.quarantined = true; });
  CHECK(must(rearm_after_error(site.tenant(), failed.order_id)) == std::nullopt);
  Site without;
  CHECK(must(rearm_after_error(without.tenant(), failed_order(without).order_id)) == std::nullopt);
}

}  // namespace berth::smdpplus::testing
