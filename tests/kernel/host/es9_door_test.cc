#include "kernel/host/es9_door.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/kernel/routing/book_fixture.h"
#include "tests/scenario/world.h"

namespace berth::host {
namespace {

using scenario::World;

ingress::HttpRequest request(const std::string& server_name, const std::string& protocol = "") {
  ingress::HttpRequest made;
  made.request_id = "test";
  made.method = "POST";
  made.path = "/gsma/rsp2/es9plus/cancelSession";
  made.content_type = "application/json";
  made.admin_protocol = protocol;
  made.body = R"({"transactionId":"00","cancelSessionResponse":"vyEA"})";
  made.server_name = server_name;
  for (const char* tenant : {"alpha", "bravo"}) {  // as the door says of their names
    if (server_name.find(tenant) != std::string::npos) made.owner = tenant;
  }
  return made;
}

std::string header(const ingress::HttpResponse& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

}  // namespace

TEST_CASE("the name in the handshake fixes the tenant, and there is no default", "[host][R46]") {
  World world;
  Es9Door door(world.host().tenants(), world.host().es9());
  const auto malformed = [&](const char* tenant) {
    const auto totals = world.host().es9().refusal_totals(world.tenant(tenant).id());
    std::uint64_t all = 0;
    for (const auto& [cause, number] : totals) all += number;
    return all;
  };
  CHECK(door.handle(request("rsp.alpha.example")).status == 400);
  CHECK(malformed("alpha") == 1);
  CHECK(malformed("bravo") == 0);
  CHECK(door.handle(request("rsp.bravo.example")).status == 400);
  CHECK(malformed("bravo") == 1);
  for (const char* nobody : {"", "rsp.charlie.example", "example", "127.0.0.1", "..", "a b"}) {
    const auto answer = door.handle(request(nobody));
    CHECK(answer.status == 404);
    CHECK(answer.body.empty());
    CHECK(answer.headers.empty());
  }
  CHECK(malformed("alpha") == 1);
  // Nor does a name that is another tenant's now: the handshake was for the one it was before.
  auto moved = request("rsp.alpha.example");
  moved.owner = "bravo";
  CHECK(door.handle(moved).status == 404);
  CHECK(door.admit(moved, std::chrono::seconds(1)).error().status == 404);
  CHECK(malformed("alpha") == 1);
  CHECK(malformed("bravo") == 1);
  // The Host header decides nothing.
  auto contradicting = request("rsp.alpha.example");
  contradicting.host = "rsp.bravo.example";
  door.handle(contradicting);
  CHECK(malformed("alpha") == 2);
}

TEST_CASE("the protocol version agreed on goes into the answer", "[host]") {
  World world;
  Es9Door door(world.host().tenants(), world.host().es9());
  CHECK(header(door.handle(request("rsp.alpha.example", "gsma/rsp/v2.2.0")), "X-Admin-Protocol") ==
        "gsma/rsp/v2.2.0");
  CHECK(header(door.handle(request("rsp.alpha.example")), "X-Admin-Protocol") == "gsma/rsp/v2.5.0");
  CHECK(header(door.handle(request("rsp.alpha.example")), "Retry-After").empty());
}

TEST_CASE("only beginnings are shed by rate; what goes on with a download always passes",
          "[host][R121][R126]") {
  scenario::WorldOptions options;
  options.members_of["alpha"] = R"({"limits": {"downloadsPerSecond": 1}})";
  World world(options);
  Es9Door door(world.host().tenants(), world.host().es9());
  const auto status = [&](const char* function, const char* realm) {
    auto asked = request(realm);
    asked.path = std::string("/gsma/rsp2/es9plus/") + function;
    const auto place = door.admit(asked, std::chrono::seconds(1));
    return place ? 200 : place.error().status;
  };
  CHECK(status("initiateAuthentication", "rsp.alpha.example") == 200);
  CHECK(status("initiateAuthentication", "rsp.alpha.example") == 503);
  CHECK(status("initiateAuthentication", "rsp.alpha.example") == 503);
  CHECK(status("initiateAuthentication", "rsp.bravo.example") == 200);
  for (const char* later :
       {"authenticateClient", "getBoundProfilePackage", "cancelSession", "handleNotification"}) {
    for (int i = 0; i < 20; ++i) CHECK(status(later, "rsp.alpha.example") == 200);
  }
  CHECK(status("initiateAuthentication", "rsp.nobody.example") == 404);
  const auto& alpha = world.tenant("alpha");
  CHECK(alpha.limits().use(tenancy::Limit::kDownloadsPerSecond).refused == 2);
  CHECK(world.host().es9().refusal_totals(alpha.id()).at("InitiateAuthentication rate") == 2);
}

TEST_CASE("what comes to a name that nobody is served under any more is counted", "[host][R60]") {
  World world;
  routing::testing::Scene scene;
  routing::RealmTraffic traffic(*scene.ledger, scene.clock);
  Es9Door door(world.host().tenants(), world.host().es9(), &traffic);
  CHECK_FALSE(door.admit(request("rsp.gone.example"), std::chrono::nanoseconds(0)));
  CHECK(door.admit(request("rsp.alpha.example"), std::chrono::nanoseconds(0)));
  const auto counted = traffic.report("");
  REQUIRE(counted);
  REQUIRE(counted->size() == 1);
  CHECK(counted->front().name == "rsp.gone.example");
  CHECK(counted->front().refused == 1);
}

TEST_CASE("a storm of notifications takes no worker of downloads, and the other way round",
          "[host][R34:part]") {
  scenario::WorldOptions options;
  options.members_of["alpha"] = R"({"limits": {"workers": 2, "notificationWorkers": 3}})";
  World world(options);
  Es9Door door(world.host().tenants(), world.host().es9());
  const auto fill = [&](const char* function) {
    auto asked = request("rsp.alpha.example");
    asked.path = std::string("/gsma/rsp2/es9plus/") + function;
    std::vector<FairSlots::Slot> held;
    while (auto place = door.admit(asked, std::chrono::nanoseconds(0))) {
      held.push_back(*std::move(place));
    }
    return held;
  };
  const auto storm = fill("handleNotification");
  CHECK(storm.size() == 3);
  const auto downloads = fill("getBoundProfilePackage");
  CHECK(downloads.size() == 2);
  auto notification = request("rsp.bravo.example");
  notification.path = "/gsma/rsp2/es9plus/handleNotification";
  CHECK(door.admit(notification, std::chrono::nanoseconds(0)));
  CHECK(door.admit(request("rsp.bravo.example"), std::chrono::nanoseconds(0)));
  const auto busy = door.admit(request("rsp.alpha.example"), std::chrono::nanoseconds(0));
  REQUIRE_FALSE(busy.ok());
  CHECK(busy.error().status == 503);
  CHECK(busy.error().reason == "ingress.busy");
}

}  // namespace berth::host
