#include "kernel/smdpplus/es2_binding.h"

#include <nlohmann/json.hpp>
#include <random>

#include "tests/kernel/smdpplus/es2_door_support.h"

namespace berth::smdpplus::testing {
namespace {

using nlohmann::json;

struct Operator {
  Es2Scene scene;
  std::string pin = kAlphaPin;
  std::string requester = "OP-ALPHA";
  std::string content_type = "application/json";
  std::string admin_protocol = "gsma/rsp/v2.2.0";
  std::string method = "POST";
  int calls = 0;

  Es2Answer post(const std::string& function, const std::string& body) {
    std::optional<Es2Client> client;
    if (!pin.empty()) client = Es2Scene::client(pin);
    return answer_es2(scene.access, {.request_id = "r-1",
                                     .method = method,
                                     .path = "/gsma/rsp2/es2plus/" + function,
                                     .content_type = content_type,
                                     .admin_protocol = admin_protocol,
                                     .body = body,
                                     .client = client});
  }
  Es2Answer call(const std::string& function, json body) {
    body["header"] = {{"functionRequesterIdentifier", requester},
                      {"functionCallIdentifier", "call-" + std::to_string(++calls)}};
    return post(function, body.dump());
  }
};

// "Executed-Success" or the pair.
std::string outcome(const Es2Answer& answer) {
  if (answer.http_status != 200) return std::to_string(answer.http_status);
  CHECK(answer.content_type == "application/json");
  const json status = json::parse(answer.body).at("header").at("functionExecutionStatus");
  if (status.at("status") != "Failed") return status.at("status");
  const json& data = status.at("statusCodeData");
  return data.at("subjectCode").get<std::string>() + "/" + data.at("reasonCode").get<std::string>();
}

}  // namespace

TEST_CASE("an operator orders, confirms, releases and cancels over HTTP", "[smdpplus]") {
  Operator caller;
  const std::string iccid = caller.scene.site.stock("gold").text();
  const auto ordered = caller.call("downloadOrder", {{"profileType", "gold"}});
  CHECK(outcome(ordered) == "Executed-Success");
  CHECK(json::parse(ordered.body).at("iccid") == iccid);
  CHECK(ordered.admin_protocol == "gsma/rsp/v2.2.0");
  const auto confirmed = caller.call("confirmOrder", {{"iccid", iccid}, {"releaseFlag", false}});
  CHECK(outcome(confirmed) == "Executed-Success");
  CHECK(json::parse(confirmed.body).at("smdpAddress") == "rsp.alpha.example");
  CHECK(outcome(caller.call("releaseProfile", {{"iccid", iccid}})) == "Executed-Success");
  const std::string token = json::parse(confirmed.body).at("matchingId");
  CHECK(outcome(caller.call("cancelOrder", {{"iccid", iccid},
                                            {"matchingId", token},
                                            {"finalProfileStatusIndicator", "Available"}})) ==
        "Executed-Success");
  CHECK(caller.scene.site.state(*Iccid::parse(iccid)) == "Available");
}

TEST_CASE("what is no ES2+ request has its HTTP status", "[smdpplus]") {
  Operator caller;
  const json order{{"profileType", "gold"}};
  CHECK(outcome(caller.call("downloadOrders", order)) == "404");
  CHECK(outcome(caller.call("", order)) == "404");
  CHECK(outcome(caller.call("handleNotification", order)) == "404");
  CHECK(outcome(caller.post("downloadOrder", "no json")) == "400");
  CHECK(outcome(caller.post("downloadOrder", "[]")) == "400");
  CHECK(outcome(caller.post("downloadOrder", "")) == "400");
  caller.method = "GET";
  CHECK(outcome(caller.call("downloadOrder", order)) == "405");
  caller.method = "POST";
  caller.content_type = "application/x-gsma-rsp-asn1";
  CHECK(outcome(caller.call("downloadOrder", order)) == "415");
  caller.content_type = "";
  CHECK(outcome(caller.call("downloadOrder", order)) == "415");
  caller.content_type = "Application/JSON ; charset=UTF-8";
  caller.admin_protocol = "gsma/rsp/two";
  CHECK(outcome(caller.call("downloadOrder", order)) == "400");
  caller.admin_protocol = "";
  CHECK(outcome(caller.call("downloadOrder", order)) == "8.2.5/3.9");
}

TEST_CASE("a request without its mandatory members is refused with its pair", "[smdpplus]") {
  Operator caller;
  CHECK(outcome(caller.post("downloadOrder", "{}")) == "1.3.1/2.2");
  CHECK(outcome(caller.call("downloadOrder", json::object())) == "1.3.1/2.2");
  CHECK(outcome(caller.call("confirmOrder", {{"iccid", "8944500000000000018"}})) == "1.3.1/2.2");
  CHECK(outcome(caller.call("releaseProfile", {{"iccid", "89"}})) == "1.3.1/2.1");
}

TEST_CASE("a stranger learns nothing, whatever it sends", "[smdpplus][R7:part][R9:part]") {
  Operator caller;
  caller.pin = std::string(64, '0');
  const std::string refusal = caller.call("downloadOrder", {{"profileType", "gold"}}).body;
  CHECK(outcome(caller.call("downloadOrder", {{"profileType", "gold"}})) == "1.1/1.1");
  CHECK(caller.post("downloadOrder", "no json").body == refusal);
  caller.pin = "";
  CHECK(caller.post("confirmOrder", "{}").body == refusal);
  CHECK(caller.scene.audited().empty());
}

TEST_CASE("an operator's certificate with another's identifier reaches nobody", "[smdpplus][R10]") {
  Operator caller;
  const std::string iccid = caller.scene.site.stock("gold").text();
  caller.pin = kBravoPin;
  CHECK(outcome(caller.call("downloadOrder", {{"iccid", iccid}})) == "1.1/1.2");
  caller.requester = "OP-BRAVO";
  CHECK(outcome(caller.call("downloadOrder", {{"iccid", iccid}})) == "8.2.1/3.9");
  CHECK(caller.scene.site.state(*Iccid::parse(iccid)) == "Available");
  CHECK(caller.scene.audited() == "es2.requester_refused");
}

TEST_CASE("trouble of the ledger is 503 and says when to come back", "[smdpplus]") {
  Operator caller;
  caller.scene.site.stock("gold");
  caller.scene.site.ledger().on_commit = [](const ledger::Unit&) {
    return ledger::Refused{ledger::RefusalReason::kOverloaded};
  };
  const auto answer = caller.call("downloadOrder", {{"profileType", "gold"}});
  CHECK(outcome(answer) == "503");
  CHECK(answer.body.empty());
  CHECK(answer.retry_after_seconds == 5);
}

TEST_CASE("no octets in place of a body bring the door down", "[smdpplus]") {
  Operator caller;
  const std::string good =
      R"({"header":{"functionRequesterIdentifier":"OP-ALPHA","functionCallIdentifier":"c"},)"
      R"("iccid":"8944500000000000018","releaseFlag":true,"matchingId":"A"})";
  const auto seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 2000; ++i) {
    std::string body = good;
    for (int hits = 1 + static_cast<int>(random() % 4); hits > 0; --hits) {
      body[random() % body.size()] = static_cast<char>(random() % 256);
    }
    if (random() % 4 == 0) body.resize(random() % body.size());
    CAPTURE(to_hex(as_bytes(body)));
    const int status = caller.post("confirmOrder", body).http_status;
    CHECK((status == 200 || status == 400));
  }
}

TEST_CASE("more ES2+ calls than a tenant's limit are told to come back, and change nothing",
          "[smdpplus][R121]") {
  Operator caller;
  context::TenantLimits& limits = caller.scene.site.tenant().limits();
  tenancy::LimitSettings settings = limits.settings();
  settings.set(tenancy::Limit::kEs2PerSecond, 2);
  limits.change(settings);
  caller.scene.site.stock("gold");
  CHECK(outcome(caller.call("downloadOrder", {{"profileType", "gold"}})) == "Executed-Success");
  const Mark before = caller.scene.site.mark();
  const Es2Answer refused = caller.call("downloadOrder", {{"profileType", "gold"}});
  CHECK(outcome(refused) == "503");
  CHECK(refused.retry_after_seconds == 1);
  CHECK(caller.scene.site.told(before) == "events: -; usage: -; audit: -");
  CHECK(limits.use(tenancy::Limit::kEs2PerSecond).refused == 1);
  caller.scene.site.clock.advance(std::chrono::seconds(1));
  CHECK(outcome(caller.call("downloadOrder", {{"profileType", "gold"}})) != "503");
}

}  // namespace berth::smdpplus::testing
