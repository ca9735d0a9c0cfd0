// The refusals: nobody reaches another tenant, and what was refused is told to the right one.

#include <catch2/catch.hpp>

#include "kernel/smdpplus/story.h"
#include "tests/scenario/raw_client.h"
#include "tests/scenario/world.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT

std::string pair_of(const lpa::Failure& failure) {
  return failure.subject_code + "/" + failure.reason_code;
}

// The same token at another realm.
std::string at_realm(const smdpplus::OrderAnswer& order, const std::string& realm) {
  return "1$" + realm + "$" + order.matching_id.text();
}

}  // namespace

TEST_CASE("alpha's card at bravo's realm is refused by the route", "[scenario][R45][R47]") {
  World world;
  const auto order = world.order("bravo");
  const auto refused = world.phone(kAlphaEid)->download(order.activation_code);
  REQUIRE_FALSE(refused.ok());
  CHECK(pair_of(refused.error()) == "8.1.1/3.8");
  CHECK(world.profile_state("bravo", order.iccid) == "Released");

  const auto story = smdpplus::tell_story(world.tenant("bravo"), order.activation_code);
  REQUIRE(story.ok());
  CHECK(story->steps.back().title.find("refused at stage EID by route") != std::string::npos);
  // The rightful card still can.
  CHECK(world.phone(kBravoEid)->download(order.activation_code).ok());
}

TEST_CASE("bravo's code at alpha's realm is unknown there", "[scenario][R46]") {
  World world;
  const auto order = world.order("bravo");
  auto phone = world.phone(kAlphaEid);
  const auto foreign = phone->download(at_realm(order, "rsp.alpha.example"));
  REQUIRE_FALSE(foreign.ok());
  CHECK(pair_of(foreign.error()) == "8.2.6/3.8");
  // A code nobody has gets the very same answer.
  const auto unknown = phone->download("1$rsp.alpha.example$AAAA-BBBB-CCCC-DDDD");
  REQUIRE_FALSE(unknown.ok());
  CHECK(pair_of(unknown.error()) == pair_of(foreign.error()));
  CHECK(unknown.error().message == foreign.error().message);
  CHECK(world.events("alpha").empty());
  CHECK(world.profile_state("bravo", order.iccid) == "Released");
}

TEST_CASE("a transaction begun at one realm is unknown at the other", "[scenario]") {
  World world;
  auto phone = world.phone(kAlphaEid);
  auto& card = phone->card();
  lpa::Es9Client alpha(phone->transport(), "rsp.alpha.example");
  const auto begun = alpha.initiate_authentication(card.euicc_challenge(), card.euicc_info1());
  REQUIRE(begun.ok());
  auto answer = card.authenticate_server({begun->server_signed1, begun->server_signature1,
                                          begun->ci_key_id_to_be_used, begun->server_certificate,
                                          "", kDevice});
  REQUIRE(answer.ok());
  lpa::Es9Client bravo(phone->transport(), "rsp.bravo.example");
  const auto moved = bravo.authenticate_client(begun->transaction_id, answer->der);
  REQUIRE_FALSE(moved.ok());
  CHECK(pair_of(moved.error()) == "8.10.1/3.9");
}

TEST_CASE("an unknown name and a missing name end the handshake", "[scenario][R46]") {
  World world;
  const std::uint16_t port = world.host().es9_port();
  CHECK_FALSE(RawClient(port, "rsp.nobody.example").connected());
  CHECK_FALSE(RawClient(port, "").connected());
  CHECK(RawClient(port, "RSP.ALPHA.EXAMPLE").connected());
  CHECK(world.host().ingress_counters().unknown_server_name >= 2);
}

TEST_CASE("a consumer-open tenant serves any card but those another tenant manages",
          "[scenario][R45]") {
  WorldOptions options;
  options.bravo_policy = "consumer-open";
  World world(options);
  const auto order = world.order("bravo");
  const auto managed = world.phone(kAlphaEid)->download(order.activation_code);
  REQUIRE_FALSE(managed.ok());
  CHECK(pair_of(managed.error()) == "8.1.1/3.8");
  // A card of a maker nobody manages.
  CHECK(world.phone("89049077001000000000000000000132")->download(order.activation_code).ok());
}

TEST_CASE("an order for one EID is refused to another card of the same tenant",
          "[scenario][R102]") {
  World world;
  const auto order = world.order(
      "alpha", [](smdpplus::OrderRequest& request) { request.eid = *Eid::parse(kAlphaEid); });
  const auto refused =
      world.phone("89049032001000000000000000000209")->download(order.activation_code);
  REQUIRE_FALSE(refused.ok());
  CHECK(pair_of(refused.error()) == "8.1.1/3.8");
  CHECK(world.phone(kAlphaEid)->download(order.activation_code).ok());
}

TEST_CASE("a package once delivered belongs to that card", "[scenario]") {
  World world;
  const auto order = world.order("alpha");
  lpa::DownloadOptions options;
  options.abandon_after = lpa::StopPoint::kBound;
  REQUIRE(world.phone(kAlphaEid)->download(order.activation_code, options).ok());
  const auto other =
      world.phone("89049032001000000000000000000209")->download(order.activation_code);
  REQUIRE_FALSE(other.ok());
  CHECK(pair_of(other.error()) == "8.1.1/3.8");
}

TEST_CASE("a card that tries codes is held back for a while, without being told",
          "[scenario][R101]") {
  World world;
  auto guesser = world.phone(kAlphaEid);
  const auto order = world.order("alpha");
  CHECK(order.matching_id.text().size() >= 27);  // 128 bits in base 32 are 26 characters and more
  std::string message;
  for (int guess = 0; guess < 12; ++guess) {
    const auto refused = guesser->download("1$rsp.alpha.example$WRONG-" + std::to_string(guess));
    REQUIRE_FALSE(refused.ok());
    CHECK(pair_of(refused.error()) == "8.2.6/3.8");
    if (guess == 0) message = refused.error().message;
    CHECK(refused.error().message == message);
  }
  // Even the right code is refused unseen now, in the same words ...
  const auto right = guesser->download(order.activation_code);
  REQUIRE_FALSE(right.ok());
  CHECK(right.error().message == message);
  // ... while other cards are served.
  CHECK(world.phone("89049032001000000000000000000209")->download(order.activation_code).ok());
}

TEST_CASE("attempts are capped and the last one ends the order", "[scenario][R107][R110]") {
  WorldOptions options;
  options.download_attempts_max = 2;
  World world(options);
  const auto order = world.order("alpha");
  auto phone = world.phone(kAlphaEid);
  lpa::DownloadOptions give_up;
  give_up.abandon_after = lpa::StopPoint::kBound;
  REQUIRE(phone->download(order.activation_code, give_up).ok());
  REQUIRE(phone->download(order.activation_code, give_up).ok());
  const auto third = phone->download(order.activation_code, give_up);
  REQUIRE_FALSE(third.ok());
  CHECK(pair_of(third.error()) == "8.8.5/6.4");
  CHECK(world.profile_state("alpha", order.iccid) == "Error");
  CHECK(world.events("alpha").back().body.find("RSP-4300") != std::string::npos);
}

TEST_CASE("stock of a foreign operator is refused at import", "[scenario][R47]") {
  World world;
  const auto order = world.order("alpha");
  smdpplus::ProfileImport import;
  import.package = {0x30, 0x00};
  import.profile_type = "bad";
  const auto broken = smdpplus::import_profile(world.tenant("alpha"), "test", import);
  REQUIRE_FALSE(broken.ok());
  CHECK(std::get<Error>(broken.error()).code() == ErrorCode::kInvalidArgument);
}

TEST_CASE("a card that lost the race for a code cannot cancel the winner's download",
          "[scenario][R102]") {
  World world;
  const auto order = world.order("alpha");
  auto loser = world.phone("89049032001000000000000000000209");
  lpa::Es9Client client(loser->transport(), "rsp.alpha.example");
  auto& card = loser->card();
  const auto begun = client.initiate_authentication(card.euicc_challenge(), card.euicc_info1());
  REQUIRE(begun.ok());
  const auto answer = card.authenticate_server(
      {begun->server_signed1, begun->server_signature1, begun->ci_key_id_to_be_used,
       begun->server_certificate, order.matching_id.text(), kDevice});
  REQUIRE(answer.ok());
  REQUIRE(client.authenticate_client(begun->transaction_id, answer->der).ok());

  auto winner = world.phone(kAlphaEid);
  lpa::DownloadOptions interrupted;
  interrupted.abandon_after = lpa::StopPoint::kBound;
  REQUIRE(winner->download(order.activation_code, interrupted).ok());

  const auto cancelled = card.cancel_session(begun->transaction_id, lpa::kCancelEndUserRejection);
  REQUIRE(cancelled.ok());
  CHECK(client.cancel_session(begun->transaction_id, cancelled->der).ok());
  CHECK(world.profile_state("alpha", order.iccid) == "Downloaded");
  CHECK(winner->download(order.activation_code).ok());
  CHECK(world.profile_state("alpha", order.iccid) == "Installed");
}
