// An operator's system and the host over mutual TLS, both ways: orders in, progress out.

#include <catch2/catch.hpp>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "kernel/egress/https_client.h"
#include "tests/kernel/ingress/test_certificates.h"
#include "tests/scenario/world.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT
using ingress::test::make_certificate;
using ingress::test::pin_of;
using nlohmann::json;

constexpr const char* kReportPath = "/bss/gsma/rsp2/es2plus/handleDownloadProgressInfo";

// The operators' certificates, and alpha's server for progress reports.
struct Operators {
  ingress::test::TemporaryFolder folder;
  tenancy::TlsIdentity door = make_certificate(folder.path(), "door", "localhost");
  tenancy::TlsIdentity ours = make_certificate(folder.path(), "ours", "smdp.example");
  tenancy::TlsIdentity bss = make_certificate(folder.path(), "bss", "localhost");
  tenancy::TlsIdentity alpha = make_certificate(folder.path(), "alpha-op", "alpha.op.example");
  tenancy::TlsIdentity alpha_next = make_certificate(folder.path(), "alpha-2", "alpha.op.example");
  tenancy::TlsIdentity bravo = make_certificate(folder.path(), "bravo-op", "bravo.op.example");
  tenancy::TlsIdentity stranger = make_certificate(folder.path(), "nobody", "nobody.example");

  std::mutex mutex;
  std::vector<json> reports;
  std::vector<std::string> senders;  // pins
  int status = 204;
  std::unique_ptr<ingress::TlsListener> server;

  std::uint16_t listen(std::uint16_t port) {
    tenancy::IngressLimits limits;
    auto started = ingress::TlsListener::start("127.0.0.1:" + std::to_string(port),
                                               {{*HostName::parse("localhost"), bss}}, limits,
                                               [this](const ingress::HttpRequest& request) {
                                                 const std::lock_guard lock(mutex);
                                                 CHECK(request.path == kReportPath);
                                                 CHECK(request.content_type == "application/json");
                                                 CHECK(request.admin_protocol == "gsma/rsp/v2.5.0");
                                                 reports.push_back(json::parse(request.body));
                                                 senders.push_back(request.client->spki_sha256);
                                                 return ingress::HttpResponse{status, "", "", {}};
                                               },
                                               {ingress::ClientCertificates::kRequired, true});
    if (!started) FAIL(started.error().message());
    server = std::move(*started);
    return server->port();
  }
  // Waits until there are so many; what came, as "point:outcome".
  std::vector<std::string> received(std::size_t count) {
    for (int i = 0; i < 2000; ++i) {
      {
        const std::lock_guard lock(mutex);
        if (reports.size() >= count) break;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    const std::lock_guard lock(mutex);
    std::vector<std::string> all;
    for (const json& report : reports) {
      all.push_back(report.at("notificationPointId").dump() + ":" +
                    report.at("notificationPointStatus").at("status").get<std::string>());
    }
    return all;
  }

  static json tls_json(const tenancy::TlsIdentity& identity) {
    return {{"certificateChain", identity.certificate_chain.string()},
            {"privateKey", identity.private_key.string()}};
  }
  WorldOptions world_options(std::uint16_t report_port) const {
    WorldOptions options;
    const json es2{
        {"listen", "127.0.0.1:0"},
        {"hostName", "localhost"},
        {"tls", tls_json(door)},
        {"operators",
         {{{"name", "alpha-it"},
           {"pins", {pin_of(alpha.certificate_chain), pin_of(alpha_next.certificate_chain)}},
           {"requesters", {{"OP-ALPHA", "alpha"}}}},
          {{"name", "bravo-it"},
           {"pins", {pin_of(bravo.certificate_chain)}},
           {"requesters", {{"OP-BRAVO", "bravo"}}}}}}};
    options.host_members = json{{"es2plus", es2}}.dump();
    if (report_port != 0) {
      const json progress{{"url", "https://localhost:" + std::to_string(report_port) + "/bss"},
                          {"client", tls_json(ours)},
                          {"serverPins", {pin_of(bss.certificate_chain)}},
                          {"requesterIdentifier", "SMDP-1"}};
      options.tenant_members = json{{"progress", progress}}.dump();
    }
    return options;
  }
};

// One operator's system; its calls have identifiers of their own.
class Caller {
 public:
  Caller(const Operators& operators, World& world, const tenancy::TlsIdentity& identity,
         std::string requester)
      : port_(world.host().es2_port()), requester_(std::move(requester)) {
    auto client = egress::HttpsClient::create({identity.certificate_chain, identity.private_key},
                                              {{}, {pin_of(operators.door.certificate_chain)}});
    REQUIRE(client.ok());
    client_ = std::move(*client);
  }
  // The answer's JSON.
  json call(const std::string& function, json body) {
    body["header"] = {{"functionRequesterIdentifier", requester_},
                      {"functionCallIdentifier", function + std::to_string(++calls_)}};
    const auto answer = client_->post(
        {"https://localhost:" + std::to_string(port_) + "/gsma/rsp2/es2plus/" + function,
         "application/json",
         {{"X-Admin-Protocol", "gsma/rsp/v2.2.2"}},
         body.dump()},
        std::chrono::seconds(10));
    if (!answer) FAIL(answer.error().message());
    REQUIRE(answer->status == 200);
    return json::parse(answer->body);
  }

 private:
  std::uint16_t port_;
  std::string requester_;
  int calls_ = 0;
  std::unique_ptr<egress::HttpsClient> client_;
};

std::string outcome(const json& answer) {
  const json& status = answer.at("header").at("functionExecutionStatus");
  if (status.at("status") != "Failed") return status.at("status");
  return status.at("statusCodeData").at("subjectCode").get<std::string>() + "/" +
         status.at("statusCodeData").at("reasonCode").get<std::string>();
}

}  // namespace

TEST_CASE("an operator orders over ES2+, a phone downloads, and the operator is told",
          "[scenario][R9:part][R75]") {
  Operators operators;
  World world(operators.world_options(operators.listen(0)));
  const Iccid iccid = world.stock("alpha");
  Caller alpha(operators, world, operators.alpha, "OP-ALPHA");
  const auto ordered =
      alpha.call("downloadOrder", {{"iccid", iccid.text()}, {"correlationId", "campaign-7"}});
  REQUIRE(outcome(ordered) == "Executed-Success");
  // The next key of the same operator, as it rolls over.
  Caller next(operators, world, operators.alpha_next, "OP-ALPHA");
  const auto confirmed =
      next.call("confirmOrder",
                {{"iccid", iccid.text()}, {"releaseFlag", true}, {"confirmationCode", "4711"}});
  REQUIRE(outcome(confirmed) == "Executed-Success");
  CHECK(confirmed.at("smdpAddress") == "rsp.alpha.example");

  auto phone = world.phone(kAlphaEid);
  const std::string code =
      "1$rsp.alpha.example$" + confirmed.at("matchingId").get<std::string>() + "$$1";
  lpa::DownloadOptions options;
  options.confirmation_codes = {"4711"};
  const auto report = phone->download(code, options);
  REQUIRE(report.ok());
  CHECK(report->end == lpa::DownloadEnd::kInstalled);

  CHECK(operators.received(4) ==
        std::vector<std::string>{"1:Executed-Success", "2:Executed-Success", "3:Executed-Success",
                                 "4:Executed-Success"});
  for (const json& told : operators.reports) {
    CHECK(told.at("iccid") == iccid.text());
    CHECK(told.at("eid") == kAlphaEid);
    CHECK(told.at("profileType") == "sample");
    CHECK(told.at("header").at("functionRequesterIdentifier") == "SMDP-1");
  }
  CHECK(operators.reports.back().at("resultData").get<std::string>().starts_with("vzeB"));
  CHECK(operators.senders.front() == pin_of(operators.ours.certificate_chain));
  for (const auto& event : world.events("alpha")) {
    if (event.type == "profileImported") continue;
    CHECK(json::parse(event.body).at("correlationId") == "campaign-7");
  }
  CHECK(outcome(alpha.call("cancelOrder", {{"iccid", iccid.text()},
                                           {"eid", kAlphaEid},
                                           {"matchingId", confirmed.at("matchingId")},
                                           {"finalProfileStatusIndicator", "Available"}})) ==
        "8.2.1/3.3");
}

TEST_CASE("one operator's key reaches no other's tenant, and a stranger's none",
          "[scenario][R10][R9:part]") {
  Operators operators;
  World world(operators.world_options(0));
  const Iccid iccid = world.stock("alpha");
  const json order{{"iccid", iccid.text()}};
  Caller bravo_as_alpha(operators, world, operators.bravo, "OP-ALPHA");
  CHECK(outcome(bravo_as_alpha.call("downloadOrder", order)) == "1.1/1.2");
  Caller bravo(operators, world, operators.bravo, "OP-BRAVO");
  CHECK(outcome(bravo.call("downloadOrder", order)) == "8.2.1/3.9");
  Caller stranger(operators, world, operators.stranger, "OP-ALPHA");
  CHECK(outcome(stranger.call("downloadOrder", order)) == "1.1/1.1");
  CHECK(world.profile_state("alpha", iccid) == "Available");
  const auto records = world.host().ledger().audit_records(0, 1000);
  REQUIRE(records.ok());
  CHECK(records->back().type == "es2.requester_refused");
}

TEST_CASE("reports wait for an operator that is away, over a restart, and come in order",
          "[scenario][R79]") {
  Operators operators;
  const std::uint16_t port = operators.listen(0);
  operators.server.reset();
  World world(operators.world_options(port));
  const auto order = world.order("alpha");
  auto phone = world.phone(kAlphaEid);
  REQUIRE(phone->download(order.activation_code).ok());
  auto& ledger = world.tenant("alpha").ledger();
  for (int i = 0; i < 500; ++i) {
    const auto waiting = ledger.progress_reports(ledger::ReportState::kPending, 10);
    REQUIRE(waiting.ok());
    REQUIRE(waiting->size() == 3);
    if (waiting->front().tries > 0) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  world.restart();
  operators.listen(port);
  CHECK(operators.received(3) ==
        std::vector<std::string>{"1:Executed-Success", "3:Executed-Success", "4:Executed-Success"});
}
