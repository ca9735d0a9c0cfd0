// The main job: ordered, downloaded, installed; the ledger tells it in order.

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "kernel/smdpplus/story.h"
#include "tests/scenario/world.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT

std::vector<std::string> types_of(const std::vector<ledger::EventRecord>& events) {
  std::vector<std::string> types;
  for (const auto& event : events) types.push_back(event.type);
  return types;
}

std::string describe(const lpa::Failure& failure) {
  return failure.step + " " + failure.subject_code + "/" + failure.reason_code + " " +
         failure.reason + " " + failure.message;
}

}  // namespace

TEST_CASE("a phone downloads and installs an ordered profile", "[scenario][R48][R75]") {
  World world;
  const auto order = world.order("alpha");
  auto phone = world.phone(kAlphaEid);
  const auto report = phone->download(order.activation_code);
  INFO((report ? "" : describe(report.error())));
  REQUIRE(report.ok());
  CHECK(report->end == lpa::DownloadEnd::kInstalled);
  CHECK(report->iccid == order.iccid);
  CHECK(phone->card().state().profiles.size() == 1);
  CHECK(phone->card().state().notifications.empty());
  CHECK(world.profile_state("alpha", order.iccid) == "Installed");

  SECTION("every transition is one event, gap-free, with the document's fields [R73][R76]") {
    const auto events = world.events("alpha");
    CHECK(types_of(events) == std::vector<std::string>{"profileImported", "downloadOrdered",
                                                       "downloadProgress", "profileBound",
                                                       "profileDownloadResult"});
    std::int64_t expected = 1;
    for (const auto& event : events) {
      CHECK(event.sequence == expected++);
      const auto body = nlohmann::json::parse(event.body);
      CHECK(body.at("sequence") == event.sequence);
      CHECK(body.at("tenantId") == "alpha");
      CHECK(body.contains("correlationId"));
      CHECK(body.contains("completedAt"));
    }
    const auto last = nlohmann::json::parse(events.back().body);
    CHECK(last.at("eid") == kAlphaEid);
    CHECK(last.at("iccid") == order.iccid.text());
    CHECK(last.at("result") == "SUCCESS");
    CHECK(last.at("resultCode") == "RSP-2000");
    CHECK(last.at("attempt") == 1);
  }

  SECTION("usage facts and an intact audit chain come with them [R79]") {
    auto& ledger = world.tenant("alpha").ledger();
    const auto usage = ledger.usage(0, 100);
    REQUIRE(usage.ok());
    CHECK(usage->size() == 5);
    CHECK(usage->back().kind == "profile.downloaded");
    const auto verdict = ledger.verify_audit();
    REQUIRE(verdict.ok());
    CHECK(verdict->intact);
    CHECK(verdict->records >= 5);
  }

  SECTION("the story tells it step by step") {
    const auto story = smdpplus::tell_story(world.tenant("alpha"), order.activation_code);
    REQUIRE(story.ok());
    CHECK(story->state == "Installed");
    std::vector<std::string> titles;
    for (const auto& step : story->steps) titles.push_back(step.title);
    CHECK(titles ==
          std::vector<std::string>{"imported", "ordered", "authenticated", "bound", "installed"});
  }

  SECTION("the code is spent") {
    const auto again = world.phone(kAlphaEid)->download(order.activation_code);
    REQUIRE_FALSE(again.ok());
    CHECK(again.error().subject_code == "8.2.6");
    CHECK(again.error().reason_code == "3.8");
  }

  SECTION("enable, disable and delete notifications become events, each once") {
    REQUIRE(phone->card().enable_profile(order.iccid).ok());
    REQUIRE(phone->card().disable_profile(order.iccid).ok());
    REQUIRE(phone->card().delete_profile(order.iccid).ok());
    const auto pending = phone->card().state().notifications;
    REQUIRE(pending.size() == 3);
    for (const auto& sent : phone->send_notifications()) CHECK_FALSE(sent.failure);
    CHECK(phone->card().state().notifications.empty());
    // The same once more, as a phone does that lost the answer: nothing new.
    lpa::Es9Client client(phone->transport(), "rsp.alpha.example");
    CHECK(client.handle_notification(pending.front().der).ok());
    // Octets that nobody signed make no second notification of it.
    Bytes padded = pending.front().der;
    REQUIRE(padded.at(1) == 0x82);
    append(padded, Bytes{0x04, 0x01, 0x55});
    const std::size_t content = padded.size() - 4;
    padded[2] = static_cast<std::uint8_t>(content >> 8);
    padded[3] = static_cast<std::uint8_t>(content & 0xFF);
    CHECK(client.handle_notification(padded).ok());
    const auto types = types_of(world.events("alpha"));
    REQUIRE(types.size() == 8);
    CHECK(std::vector<std::string>(types.begin() + 5, types.end()) ==
          std::vector<std::string>{"profileEnabled", "profileDisabled", "profileDeleted"});
  }
}

TEST_CASE("an install result counts once, and only as the card signed it", "[scenario][R72:part]") {
  World world;
  const auto order = world.order("alpha");
  auto phone = world.phone(kAlphaEid);
  const Bytes result = phone->install_silently(order.activation_code);
  lpa::Es9Client client(phone->transport(), "rsp.alpha.example");
  const std::size_t before = world.events("alpha").size();

  Bytes altered = result;
  altered.back() ^= 1;
  CHECK(client.handle_notification(altered).ok());  // acknowledged, dropped
  CHECK(world.events("alpha").size() == before);
  CHECK(world.profile_state("alpha", order.iccid) == "Downloaded");
  // At another tenant's realm nobody knows the transaction.
  lpa::Es9Client bravo(phone->transport(), "rsp.bravo.example");
  CHECK(bravo.handle_notification(result).ok());
  CHECK(world.profile_state("alpha", order.iccid) == "Downloaded");

  for (int copy = 0; copy < 3; ++copy) CHECK(client.handle_notification(result).ok());
  CHECK(world.events("alpha").size() == before + 1);
  CHECK(world.profile_state("alpha", order.iccid) == "Installed");
  const auto binding = world.tenant("alpha").ledger().binding(order.iccid);
  REQUIRE(binding.ok());
  CHECK_FALSE(binding->has_value());  // retry material is gone once the install is final
}

TEST_CASE("a phone that lost its session retries and gets the package bound to the same key",
          "[scenario][R109]") {
  World world;
  const auto order = world.order("alpha");
  auto phone = world.phone(kAlphaEid);
  lpa::DownloadOptions give_up;
  give_up.abandon_after = lpa::StopPoint::kBound;
  const auto first = phone->download(order.activation_code, give_up);
  REQUIRE(first.ok());
  CHECK(first->end == lpa::DownloadEnd::kAbandoned);
  CHECK(world.profile_state("alpha", order.iccid) == "Downloaded");
  const auto before = world.tenant("alpha").ledger().binding(order.iccid);
  REQUIRE(before.ok());
  REQUIRE(before->has_value());

  const auto second = phone->download(order.activation_code);
  INFO((second ? "" : describe(second.error())));
  REQUIRE(second.ok());
  CHECK(second->end == lpa::DownloadEnd::kInstalled);
  CHECK(world.profile_state("alpha", order.iccid) == "Installed");
  const auto usage = world.tenant("alpha").ledger().usage(0, 100);
  REQUIRE(usage.ok());
  std::size_t reused = 0;
  std::size_t downloaded = 0;
  for (const auto& fact : *usage) {
    if (fact.attributes_json.find(R"("reused":"true")") != std::string::npos) ++reused;
    if (fact.kind == "profile.downloaded") ++downloaded;
  }
  CHECK(reused == 1);
  CHECK(downloaded == 1);  // one licence, however often it was tried
}

TEST_CASE("a confirmation code is asked for, counted and honoured", "[scenario][R102]") {
  World world;
  auto phone = world.phone(kAlphaEid);
  const auto with_code = [](smdpplus::OrderRequest& request) {
    request.confirmation_code = "123456";
  };

  SECTION("a wrong one may be corrected in the same session") {
    const auto order = world.order("alpha", with_code);
    lpa::DownloadOptions options;
    options.confirmation_codes = {"654321", "123456"};
    const auto report = phone->download(order.activation_code, options);
    INFO((report ? "" : describe(report.error())));
    REQUIRE(report.ok());
    CHECK(world.profile_state("alpha", order.iccid) == "Installed");
  }
  SECTION("three wrong ones end the order") {
    const auto order = world.order("alpha", with_code);
    lpa::DownloadOptions options;
    options.confirmation_codes = {"1", "2", "3", "123456"};
    const auto report = phone->download(order.activation_code, options);
    REQUIRE_FALSE(report.ok());
    CHECK(report.error().subject_code == "8.2.7");
    CHECK(report.error().reason_code == "6.4");
    CHECK(world.profile_state("alpha", order.iccid) == "Error");
  }
}

TEST_CASE("a session cancelled by the user ends the order, a postponed one keeps it",
          "[scenario]") {
  World world;
  auto phone = world.phone(kAlphaEid);
  const auto order = world.order("alpha");
  lpa::DownloadOptions options;
  options.cancel_after = lpa::StopPoint::kAuthenticated;
  SECTION("postponed") {
    options.cancel_reason = lpa::kCancelPostponed;
    REQUIRE(phone->download(order.activation_code, options).ok());
    CHECK(world.profile_state("alpha", order.iccid) == "Released");
    CHECK(phone->download(order.activation_code).ok());
  }
  SECTION("rejected") {
    options.cancel_reason = lpa::kCancelEndUserRejection;
    REQUIRE(phone->download(order.activation_code, options).ok());
    CHECK(world.profile_state("alpha", order.iccid) == "Error");
    const auto body = nlohmann::json::parse(world.events("alpha").back().body);
    CHECK(body.at("result") == "CANCELLED");
    CHECK(body.at("resultCode") == "RSP-4200");
  }
}

TEST_CASE("an order is answered once, however often it is asked for", "[scenario][R69]") {
  World world;
  const Iccid iccid = world.stock("alpha");
  const auto same = [&](smdpplus::OrderRequest& request) {
    request.identifier = "one";
    request.iccid = iccid;
  };
  const auto first = world.order("alpha", same);
  const auto second = world.order("alpha", same);
  CHECK(first.activation_code == second.activation_code);
  CHECK(first.order_id == second.order_id);

  smdpplus::OrderRequest other{
      .requester = "test", .identifier = "one", .iccid = iccid, .correlation_id = "another body"};
  const auto refused = smdpplus::create_order(world.tenant("alpha"), "test", other);
  REQUIRE_FALSE(refused.ok());
  CHECK(std::get<Error>(refused.error()).reason() == "order.identifier_reused");
}

TEST_CASE("a card that was reset and counts from one again is still heard",
          "[scenario][R72:part]") {
  World world;
  const auto first = world.order("alpha");
  const auto second = world.order("alpha");
  REQUIRE(world.phone(kAlphaEid)->download(first.activation_code).ok());
  REQUIRE(world.phone(kAlphaEid)->download(second.activation_code).ok());
  CHECK(world.profile_state("alpha", first.iccid) == "Installed");
  CHECK(world.profile_state("alpha", second.iccid) == "Installed");
}
