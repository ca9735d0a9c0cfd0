#include "kernel/smdpplus/partner_progress.h"

#include <nlohmann/json.hpp>

#include "kernel/smdpplus/es2_binding.h"
#include "kernel/smdpplus/story.h"
#include "tests/kernel/smdpplus/es2_door_support.h"

namespace berth::smdpplus::testing {
namespace {

using nlohmann::json;

const std::string kIccid = "8944000000000000019";

// alpha is a partner's.
SiteOptions partners() {
  SiteOptions options;
  options.configure = [](tenancy::TenantConfiguration& tenant) {
    if (tenant.id.text() == "alpha") tenant.place.topology = tenancy::Topology::kPartner;
  };
  return options;
}

json report_of(int point, const std::string& call, const char* failed = nullptr) {
  json status{{"status", failed == nullptr ? "Executed-Success" : "Failed"}};
  if (failed != nullptr) {
    const std::string pair(failed);
    const std::size_t slash = pair.find('/');
    status["statusCodeData"] = {{"subjectCode", pair.substr(0, slash)},
                                {"reasonCode", pair.substr(slash + 1)},
                                {"message", "no"}};
  }
  return {
      {"header", {{"functionRequesterIdentifier", "OP-ALPHA"}, {"functionCallIdentifier", call}}},
      {"eid", kAlphaEid},
      {"iccid", kIccid},
      {"profileType", "gold"},
      {"timestamp", "2026-11-23T10:00:00Z"},
      {"notificationPointId", point},
      {"notificationPointStatus", status}};
}

struct Door {
  Es2Scene scene{partners()};
  Mark start = scene.site.mark();

  std::string post(const json& body, const std::string& pin = kAlphaPin,
                   const std::string& function = "handleDownloadProgressInfo") {
    const std::string text = body.dump();
    const Es2Answer answer = answer_es2(scene.access, {.request_id = "r-1",
                                                       .method = "POST",
                                                       .path = "/gsma/rsp2/es2plus/" + function,
                                                       .content_type = "application/json",
                                                       .admin_protocol = "gsma/rsp/v2.2.0",
                                                       .body = text,
                                                       .client = Es2Scene::client(pin)});
    if (answer.http_status != 200) return std::to_string(answer.http_status);
    const json data = json::parse(answer.body)["header"]["functionExecutionStatus"];
    REQUIRE(data.at("status") == "Failed");
    return data["statusCodeData"]["subjectCode"].get<std::string>() + "/" +
           data["statusCodeData"]["reasonCode"].get<std::string>();
  }
  std::string told() { return scene.site.told(start); }
};

}  // namespace

TEST_CASE("a partner's progress becomes the history and events that a download here makes",
          "[smdpplus][R38:part][R40]") {
  Door door;
  for (int point = 1; point <= 4; ++point) {
    CHECK(door.post(report_of(point, "c-" + std::to_string(point))) == "204");
  }
  CHECK(door.told() ==
        "events: downloadProgress profileBound profileDownloadResult; "
        "usage: download.attempted download.bound profile.downloaded; "
        "audit: download.authenticated download.code_accepted download.bound download.installed");
  const json last = json::parse(door.scene.site.events(door.start).back().body);
  CHECK(last.at("result") == "SUCCESS");
  CHECK(last.at("resultCode") == "RSP-2000");
  CHECK(last.at("iccid") == kIccid);
  CHECK(last.at("tenantId") == "alpha");
  const auto story = tell_story(door.scene.site.tenant(), kIccid);
  REQUIRE(story.ok());
  REQUIRE(story->steps.size() == 4);
  CHECK(story->steps.back().title == "installed");
  CHECK(story->steps.back().detail.find("the partner's word (OP-ALPHA, 2026-11-23") !=
        std::string::npos);
  CHECK(must(door.scene.site.ledger().verify_audit()).intact);
}

TEST_CASE("what failed at the partner is told with the result code it has here",
          "[smdpplus][R40]") {
  Door door;
  CHECK(door.post(report_of(1, "c-1", "8.2.5/4.3")) == "204");
  CHECK(door.post(report_of(2, "c-2", "8.2.7/3.8")) == "204");
  CHECK(door.post(report_of(4, "c-4", "8.2.9/3.10")) == "204");
  CHECK(door.told() ==
        "events: profileDownloadResult; usage: download.failed; "
        "audit: download.refused order.code_refused download.failed");
  const json event = json::parse(door.scene.site.events(door.start).back().body);
  CHECK(event.at("result") == "FAILED");
  CHECK(event.at("resultCode") == "RSP-4113");
  // A pair of nobody's is a failure all the same.
  CHECK(door.post(report_of(4, "c-5", "9.9/9.9")) == "204");
  CHECK(json::parse(door.scene.site.events(door.start).back().body).at("resultCode") == "RSP-4199");
}

TEST_CASE("the same report again changes nothing, another under its identifier is refused",
          "[smdpplus][R40]") {
  Door door;
  const json report = report_of(4, "c-1");
  CHECK(door.post(report) == "204");
  const std::string once = door.told();
  CHECK(door.post(report) == "204");
  json other = report;
  other["notificationPointId"] = "3";  // digits are taken for the number
  CHECK(door.post(other) == "1.6/3.3");
  CHECK(door.told() == once);
}

TEST_CASE("a partner is heard of its own tenant, cards and profiles alone",
          "[smdpplus][R10][R40]") {
  Door door;
  json foreign = report_of(4, "c-1");
  foreign["eid"] = kBravoEid;
  CHECK(door.post(foreign) == "8.1.1/3.8");
  CHECK(door.scene.audited() == "es2.call_refused");
  // Its requester identifier under another key, and another's identifier under its key.
  CHECK(door.post(report_of(4, "c-2"), kBravoPin) == "1.1/1.2");
  CHECK(door.post(report_of(4, "c-3"), std::string(64, '0')) == "1.1/1.1");
  json bravos = report_of(4, "c-4");
  bravos["header"]["functionRequesterIdentifier"] = "OP-BRAVO";
  CHECK(door.post(bravos) == "1.1/1.2");
  // bravo is served here: its downloads are known better.
  CHECK(door.post(bravos, kBravoPin) == "1.1/1.2");
  // And of the partner's tenant there are no orders here.
  for (const char* function : {"downloadOrder", "confirmOrder", "cancelOrder", "releaseProfile"}) {
    CHECK(door.post(report_of(4, "c-5"), kAlphaPin, function) == "1.1/1.2");
  }
  CHECK(door.post(report_of(4, "c-6"), kAlphaPin, "handleNotification") == "404");
  CHECK(door.told() == "events: -; usage: -; audit: -");
  CHECK(door.scene.access.totals().at("progress refused operator=alpha-it") == 1);
}

TEST_CASE("a report that is not of the form is refused with what is wrong", "[smdpplus][R40]") {
  Door door;
  const auto outcome = [&door](const std::function<void(json&)>& spoil) {
    json body = report_of(4, "c-1");
    spoil(body);
    return door.post(body);
  };
  for (const char* member :
       {"iccid", "profileType", "timestamp", "notificationPointId", "notificationPointStatus"}) {
    CAPTURE(member);
    CHECK(outcome([&](json& body) { body.erase(member); }) == "1.3.1/2.2");
    CHECK(outcome([&](json& body) { body[member] = json::array(); }) == "1.3.1/2.1");
  }
  for (const json& point : {json(0), json(5), json(101), json(-1), json(4.5), json("04")}) {
    CHECK(outcome([&](json& body) { body["notificationPointId"] = point; }) == "1.3.1/2.1");
  }
  CHECK(outcome([](json& body) { body["notificationPointStatus"]["status"] = "Perhaps"; }) ==
        "1.3.1/2.1");
  CHECK(outcome([](json& body) { body["notificationPointStatus"]["status"] = "Failed"; }) ==
        "1.3.1/2.2");
  for (const char* data : {"no base64!", "vzeB", "MAA="}) {
    CHECK(outcome([&](json& body) { body["resultData"] = data; }) == "1.3.1/2.1");
  }
  CHECK(outcome([](json& body) { body["eid"] = "8904"; }) == "1.3.1/2.1");
  CHECK(door.told() == "events: -; usage: -; audit: -");
}

}  // namespace berth::smdpplus::testing
