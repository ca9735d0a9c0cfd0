#include "kernel/smdpplus/story.h"

#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {
namespace {

std::vector<std::string> titles(const Story& story) {
  std::vector<std::string> all;
  for (const StoryStep& step : story.steps) all.push_back(step.title);
  return all;
}

using Titles = std::vector<std::string>;

}  // namespace

TEST_CASE("a download is told from stock to the card, by code, token or ICCID", "[smdpplus]") {
  Site site;
  const auto order = site.order();
  site.clock.advance(std::chrono::seconds(30));
  Phone phone(site);
  must(site.es9->handle_notification(site.tenant(), "test",
                                     phone.install(phone.bound(order.matching_id.text()))));
  REQUIRE(phone.card->enable_profile(order.iccid).ok());
  must(site.es9->handle_notification(site.tenant(), "test", phone.newest_notification()));

  const std::string keys[] = {order.activation_code, "LPA:" + order.activation_code,
                              order.matching_id.text(), order.iccid.text()};
  for (const std::string& key : keys) {
    INFO(key);
    const Story story = must(tell_story(site.tenant(), key));
    CHECK(story.iccid == order.iccid.masked());
    CHECK(story.state == "Installed");
    CHECK(titles(story) ==
          Titles{"imported", "ordered", "authenticated", "bound", "installed", "enabled"});
    CHECK(story.steps[1].time_ms == kStart);
    CHECK(story.steps[2].time_ms == kStart + 30'000);
    for (const StoryStep& step : story.steps) CHECK_FALSE(step.detail.empty());
  }
}

TEST_CASE("a refusal says stage, route, status and whose turn it is", "[smdpplus][R47]") {
  Site site;
  const auto order = site.order();
  Phone phone(site, kBravoEid);
  CHECK_FALSE(
      site.es9
          ->authenticate_client(site.tenant(), "test",
                                phone.authenticate(phone.initiated(), order.matching_id.text()))
          .ok());
  const Story story = must(tell_story(site.tenant(), order.matching_id.text()));
  const StoryStep& last = story.steps.back();
  CHECK(last.type == "download.refused");
  CHECK(last.title.starts_with("refused at stage EID by route "));
  CHECK(last.detail.starts_with("8.1.1/3.8: "));
  CHECK(last.detail.find("; ") != std::string::npos);
  CHECK(story.state == "Released");
}

TEST_CASE("a code that was never an order is told by its refusals alone", "[smdpplus]") {
  Site site;
  Phone phone(site);
  CHECK_FALSE(site.es9
                  ->authenticate_client(site.tenant(), "test",
                                        phone.authenticate(phone.initiated(), "NOT-AN-ORDER"))
                  .ok());
  const Story story = must(tell_story(site.tenant(), "NOT-AN-ORDER"));
  CHECK(story.iccid.empty());
  CHECK(story.state.empty());
  REQUIRE(story.steps.size() == 1);
  CHECK(story.steps[0].title == "refused at stage code by route alpha: orders of this tenant");
}

TEST_CASE("an ended order tells how it ended", "[smdpplus]") {
  Site site({.code_attempts_max = 1});
  const auto cancelled = site.order();
  Phone phone(site);
  const auto session = phone.authenticated(cancelled.matching_id.text());
  must(site.es9->cancel_session(site.tenant(), "test", phone.cancel(session.transaction_id, 0)));
  Story story = must(tell_story(site.tenant(), cancelled.iccid.text()));
  CHECK(story.steps.back().title == "cancelled");
  CHECK(story.steps.back().detail.find("(endUserRejection)") != std::string::npos);
  CHECK(story.state == "Error");

  const auto coded = site.order([](OrderRequest& request) { request.confirmation_code = "1234"; });
  const auto second = phone.authenticated(coded.matching_id.text());
  CHECK_FALSE(
      site.es9->get_bound_profile_package(site.tenant(), "test", phone.prepare(second, "4321"))
          .ok());
  story = must(tell_story(site.tenant(), coded.iccid.text()));
  CHECK(titles(story) == Titles{"imported", "ordered", "authenticated", "ended",
                                "refused at stage confirmation code"});
}

TEST_CASE("what this tenant does not know it does not tell", "[smdpplus][R6:part][R7:part]") {
  Site site;
  const auto order = site.order();
  const std::string known[] = {order.matching_id.text(), order.iccid.text(), order.activation_code};
  for (const std::string& key : known) {
    CHECK(tell_story(*site.bravo.context, key).error().reason() == "story.nothing_known");
  }
  for (const char* key : {"", "NEVER-ORDERED", "8900000000000000007", "LPA:1$", "a$b$c"}) {
    INFO(key);
    CHECK(tell_story(site.tenant(), key).error().reason() == "story.nothing_known");
  }
}

TEST_CASE("purged details are said to be purged", "[smdpplus]") {
  Site site;
  const auto order = site.order();
  CHECK(must(site.ledger().purge_audit_payload(site.clock.now_ms())) > 0);
  const Story story = must(tell_story(site.tenant(), order.iccid.text()));
  CHECK(story.steps.front().detail == "the details were purged");
}

}  // namespace berth::smdpplus::testing
