// What phones send late, twice, in the wrong order or after a restart; and every phase in which a
// session can be cancelled.

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/scenario/world.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT

std::string pair_of(const lpa::Failure& failure) {
  return failure.subject_code + "/" + failure.reason_code;
}
template <class T>
std::string said(const lpa::Outcome<T>& outcome) {
  return outcome ? "ok" : pair_of(outcome.error());
}

std::vector<std::string> types_of(const std::vector<ledger::EventRecord>& events) {
  std::vector<std::string> types;
  for (const auto& event : events) types.push_back(event.type);
  return types;
}

// A download led by hand, one function at a time.
struct ByHand {
  ByHand(World& where, const smdpplus::OrderAnswer& order, const std::string& eid = kAlphaEid)
      : world(where),
        phone(world.phone(eid)),
        client(phone->transport(), "rsp.alpha.example"),
        code(order.matching_id.text()) {}

  void initiate() {
    auto answer = client.initiate_authentication(phone->card().euicc_challenge(),
                                                 phone->card().euicc_info1());
    REQUIRE(answer.ok());
    begun = std::move(*answer);
    auto card_answer = phone->card().authenticate_server(
        {begun->server_signed1, begun->server_signature1, begun->ci_key_id_to_be_used,
         begun->server_certificate, code, kDevice});
    REQUIRE(card_answer.ok());
    card_der = card_answer->der;
  }
  void authenticate() {
    initiate();
    auto answer = client.authenticate_client(begun->transaction_id, card_der);
    REQUIRE(answer.ok());
    offered = std::move(*answer);
  }
  lpa::Outcome<Bytes> fetch(std::optional<std::string> confirmation = std::nullopt) {
    std::optional<Bytes> hash;  // SGP.22 §4.7
    if (confirmation) {
      Sha256Stream digest;
      digest.update(sha256(as_bytes(*confirmation))).update(begun->transaction_id.octets());
      hash = to_bytes(digest.finish());
    }
    auto prepared = phone->card().prepare_download(
        {offered->smdp_signed2, offered->smdp_signature2, offered->smdp_certificate, hash});
    REQUIRE(prepared.ok());
    return client.get_bound_profile_package(begun->transaction_id, prepared->der);
  }
  std::string cancel(std::uint8_t reason) {
    auto signed_reason = phone->card().cancel_session(begun->transaction_id, reason);
    REQUIRE(signed_reason.ok());
    return said(client.cancel_session(begun->transaction_id, signed_reason->der));
  }

  World& world;
  std::unique_ptr<Phone> phone;
  lpa::Es9Client client;
  std::string code;
  std::optional<lpa::ServerAuthentication> begun;
  std::optional<lpa::ClientAuthentication> offered;
  Bytes card_der;
};

std::size_t count(const std::vector<std::string>& types, const std::string& type) {
  return static_cast<std::size_t>(std::count(types.begin(), types.end(), type));
}

}  // namespace

TEST_CASE("a session can be cancelled in each phase, and means what the phase says", "[scenario]") {
  World world;
  const auto order = world.order("alpha");
  ByHand hand(world, order);
  SECTION("before any session there is nothing to cancel") {
    hand.initiate();
    auto signed_reason = hand.phone->card().cancel_session(hand.begun->transaction_id, 0);
    REQUIRE(signed_reason.ok());
    const auto nobody = *TransactionId::from_octets(Bytes(16, 7));
    CHECK(said(hand.client.cancel_session(nobody, signed_reason->der)) == "8.10.1/3.9");
    CHECK(world.profile_state("alpha", order.iccid) == "Released");
  }
  SECTION("before the card is known nobody can cancel for it") {
    hand.initiate();
    CHECK(hand.cancel(0) == "8.10.1/3.9");
    CHECK(world.profile_state("alpha", order.iccid) == "Released");
  }
  SECTION("after authentication: the user's no ends the order") {
    hand.authenticate();
    CHECK(hand.cancel(0) == "ok");
    CHECK(world.profile_state("alpha", order.iccid) == "Error");
    CHECK(hand.cancel(0) == "8.10.1/3.9");
  }
  SECTION("after authentication: put off, the order stays") {
    hand.authenticate();
    CHECK(hand.cancel(lpa::kCancelPostponed) == "ok");
    CHECK(world.phone(kAlphaEid)->download(order.activation_code).ok());
  }
  SECTION("after the package was sent: the order ends and the profile is quarantined") {
    hand.authenticate();
    REQUIRE(hand.fetch().ok());
    CHECK(hand.cancel(5) == "ok");
    const auto profile = world.tenant("alpha").ledger().profile(order.iccid);
    REQUIRE(profile.ok());
    CHECK(world.profile_state("alpha", order.iccid) == "Error");
    CHECK((*profile)->quarantined);
  }
  CHECK(count(types_of(world.events("alpha")), "profileDownloadResult") <= 1);
}

TEST_CASE("a wrong confirmation code leaves the session open, also to be cancelled",
          "[scenario][R102]") {
  World world;
  const auto order = world.order(
      "alpha", [](smdpplus::OrderRequest& request) { request.confirmation_code = "2468"; });
  ByHand hand(world, order);
  hand.authenticate();
  CHECK(said(hand.fetch("1357")) == "8.2.7/3.8");
  SECTION("the right one in the same session") { CHECK(said(hand.fetch("2468")) == "ok"); }
  SECTION("or the user gives up") {
    CHECK(hand.cancel(lpa::kCancelPostponed) == "ok");
    CHECK(world.profile_state("alpha", order.iccid) == "Released");
  }
}

TEST_CASE("notifications in any order come to the same history", "[scenario][R72]") {
  World world;
  const auto order = world.order("alpha");
  auto phone = world.phone(kAlphaEid);
  phone->install_silently(order.activation_code);
  REQUIRE(phone->card().enable_profile(order.iccid).ok());
  REQUIRE(phone->card().disable_profile(order.iccid).ok());
  auto pending = phone->card().state().notifications;
  REQUIRE(pending.size() == 3);  // installed, enabled, disabled
  const bool restarted = GENERATE(false, true);
  const int permutation = GENERATE(0, 1, 2, 3, 4, 5);
  std::vector<std::size_t> sequence = {0, 1, 2};
  for (int step = 0; step < permutation; ++step) {
    std::next_permutation(sequence.begin(), sequence.end());
  }
  for (const std::size_t index : sequence) {
    if (restarted) world.restart();
    auto sender = world.phone(kAlphaEid);
    lpa::Es9Client client(sender->transport(), "rsp.alpha.example");
    for (int copy = 0; copy < 2; ++copy) {
      CHECK(client.handle_notification(pending[index].der).ok());
    }
  }
  CHECK(world.profile_state("alpha", order.iccid) == "Installed");
  const auto types = types_of(world.events("alpha"));
  CHECK(count(types, "profileDownloadResult") == 1);
  CHECK(count(types, "profileEnabled") == 1);
  CHECK(count(types, "profileDisabled") == 1);
}

TEST_CASE("a result that comes after its attempt was given up is reconciled after a restart",
          "[scenario][R72]") {
  WorldOptions options;
  options.tenant_members = R"({"attemptTimeoutMs": 60000})";
  World world(options);
  const auto order = world.order("alpha");
  auto phone = world.phone(kAlphaEid);
  const Bytes result = phone->install_silently(order.activation_code);
  lpa::Es9Client client(phone->transport(), "rsp.alpha.example");

  // A minute is long for a test: the attempt is ended as the sweep ends it.
  auto& ledger = world.tenant("alpha").ledger();
  const auto attempts = ledger.attempts_of(order.order_id);
  REQUIRE(attempts.ok());
  REQUIRE(attempts->size() == 1);
  ledger::AttemptRecord unknown = attempts->front();
  unknown.state = ledger::AttemptState::kUnknown;
  unknown.final_event_id = "11111111-1111-4111-8111-111111111111";
  unknown.revision += 1;
  ledger::Unit unit;
  unit.commit_id = std::string(32, 'A');
  unit.changes = {ledger::UpdateAttempt{unknown, unknown.revision - 1}};
  unit.audit = {"test", {ledger::SubjectKind::kTenant, "alpha"}, "{}"};
  REQUIRE(std::holds_alternative<ledger::Committed>(ledger.commit(std::move(unit))));

  world.restart();
  auto sender = world.phone(kAlphaEid);
  lpa::Es9Client later(sender->transport(), "rsp.alpha.example");
  CHECK(later.handle_notification(result).ok());
  const auto body = nlohmann::json::parse(world.events("alpha").back().body);
  CHECK(body.at("eventType") == "profileDownloadReconciled");
  CHECK(body.at("supersedes") == "11111111-1111-4111-8111-111111111111");
  CHECK(world.profile_state("alpha", order.iccid) == "Installed");
}

TEST_CASE("an order that nobody downloads ends by itself within a minute",
          "[scenario][R106:part]") {
  WorldOptions options;
  World world(options);
  const auto order = world.order("alpha");
  // As if its last millisecond had been an hour ago.
  auto& ledger = world.tenant("alpha").ledger();
  auto row = ledger.order(order.order_id);
  REQUIRE((row.ok() && row->has_value()));
  ledger::OrderRecord past = **row;
  past.expires_ms = world.clock().now_ms() - 3'600'000;
  past.revision += 1;
  ledger::Unit unit;
  unit.commit_id = std::string(32, 'B');
  unit.changes = {ledger::UpdateOrder{past, past.revision - 1, false}};
  unit.audit = {"test", {ledger::SubjectKind::kTenant, "alpha"}, "{}"};
  REQUIRE(std::holds_alternative<ledger::Committed>(ledger.commit(std::move(unit))));

  const auto refused = world.phone(kAlphaEid)->download(order.activation_code);
  REQUIRE_FALSE(refused.ok());
  CHECK(pair_of(refused.error()) == "8.8.5/4.10");
  for (int wait = 0; wait < 120 && world.profile_state("alpha", order.iccid) != "Available";
       ++wait) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  CHECK(world.profile_state("alpha", order.iccid) == "Available");
  const auto after = world.phone(kAlphaEid)->download(order.activation_code);
  REQUIRE_FALSE(after.ok());
  CHECK(pair_of(after.error()) == "8.8.5/4.10");
}
