#include "tests/scenario/operator_system.h"

#include <catch2/catch.hpp>
#include <thread>

namespace berth::scenario {

using ingress::test::make_certificate;
using ingress::test::pin_of;
using Json = nlohmann::json;

tenancy::TlsIdentity OperatorSystem::key(const std::string& name, long ends_in_s) {
  return make_certificate(
      folder_.path(), name,
      ingress::test::CertificateWish{
          .dns_name = "", .common_name = name, .begins_in_s = -7200, .ends_in_s = ends_in_s});
}

tenancy::TlsIdentity OperatorSystem::copy_of(const tenancy::TlsIdentity& shown) {
  namespace fs = std::filesystem;
  const fs::path key = folder_.path() / "copied.key.pem";
  fs::copy_file(shown.private_key, key);
  fs::permissions(key, fs::perms::owner_read | fs::perms::owner_write);
  return {shown.certificate_chain, key};
}

Json OperatorSystem::allowed(const std::string& name, const std::vector<tenancy::TlsIdentity>& keys,
                             const Json& requesters, bool accept_expired) {
  Json pins = Json::array();
  for (const auto& key : keys) pins.push_back(pin_of(key.certificate_chain));
  return {{"name", name},
          {"pins", pins},
          {"requesters", requesters},
          {"acceptExpired", accept_expired}};
}

void OperatorSystem::listen(Judge judge) {
  auto started = ingress::TlsListener::start(
      "127.0.0.1:0", {{*HostName::parse("localhost"), server_}}, tenancy::IngressLimits{},
      [this, judge = std::move(judge)](const ingress::HttpRequest& request) {
        const std::lock_guard lock(mutex_);
        if (request.path != "/bss/gsma/rsp2/es2plus/handleDownloadProgressInfo") {
          return ingress::HttpResponse{404, "", "", {}};
        }
        reports_.push_back(Json::parse(request.body));
        return ingress::HttpResponse{judge(reports_.back()), "", "", {}};
      },
      {ingress::ClientCertificates::kRequired, true});
  if (!started) FAIL(started.error().message());
  listener_ = std::move(*started);
}

WorldOptions OperatorSystem::options(const Json& operators) const {
  const auto files = [](const tenancy::TlsIdentity& identity) {
    return Json{{"certificateChain", identity.certificate_chain.string()},
                {"privateKey", identity.private_key.string()}};
  };
  WorldOptions options;
  options.host_members = Json{{"es2plus",
                               {{"listen", "127.0.0.1:0"},
                                {"hostName", "localhost"},
                                {"tls", files(door_)},
                                {"operators", operators}}}}
                             .dump();
  if (listener_) {
    const std::string url = "https://localhost:" + std::to_string(listener_->port()) + "/bss";
    options.tenant_members = Json{{"progress",
                                   {{"url", url},
                                    {"client", files(host_client_)},
                                    {"serverPins", {pin_of(server_.certificate_chain)}},
                                    {"requesterIdentifier", "SMDP-1"}}}}
                                 .dump();
  }
  return options;
}

std::vector<Json> OperatorSystem::reports(std::size_t count) {
  for (int i = 0; i < 3000; ++i) {
    {
      const std::lock_guard lock(mutex_);
      if (reports_.size() >= count) break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const std::lock_guard lock(mutex_);
  return reports_;
}

OperatorClient::OperatorClient(const OperatorSystem& system, World& world,
                               const tenancy::TlsIdentity& key, std::string requester)
    : OperatorClient(system, world.host().es2_port(), key, std::move(requester)) {}

OperatorClient::OperatorClient(const OperatorSystem& system, std::uint16_t port,
                               const tenancy::TlsIdentity& key, std::string requester)
    : url_("https://localhost:" + std::to_string(port) + "/gsma/rsp2/es2plus/"),
      requester_(std::move(requester)) {
  auto client = egress::HttpsClient::create({key.certificate_chain, key.private_key},
                                            {{}, {pin_of(system.door().certificate_chain)}});
  if (!client) FAIL(client.error().message());
  client_ = std::move(*client);
}

Json OperatorClient::call(const std::string& function, Json body, const std::string& call_id) {
  // One system's identifiers are its own for good, whichever of its clients sends them.
  static int calls = 0;
  const std::string fresh = requester_ + "-" + function + "-" + std::to_string(++calls);
  body["header"] = {{"functionRequesterIdentifier", requester_},
                    {"functionCallIdentifier", call_id.empty() ? fresh : call_id}};
  const auto answer = client_->post(
      {url_ + function, "application/json", {{"X-Admin-Protocol", "gsma/rsp/v2.5.0"}}, body.dump()},
      std::chrono::seconds(20));
  if (!answer) FAIL(answer.error().message());
  REQUIRE(answer->status == 200);
  return Json::parse(answer->body);
}

std::string OperatorClient::outcome_of(const Json& answer) {
  const Json& status = answer.at("header").at("functionExecutionStatus");
  if (status.at("status") != "Failed") return status.at("status");
  const Json& codes = status.at("statusCodeData");
  return codes.at("subjectCode").get<std::string>() + "/" +
         codes.at("reasonCode").get<std::string>();
}

Json OperatorClient::order(const Json& download, const Json& confirm) {
  const Json ordered = call("downloadOrder", download);
  REQUIRE(outcome_of(ordered) == "Executed-Success");
  Json body{{"iccid", ordered.at("iccid")}, {"releaseFlag", true}};
  body.update(confirm);
  Json confirmed = call("confirmOrder", body);
  REQUIRE(outcome_of(confirmed) == "Executed-Success");
  return confirmed;
}

std::string activation_code(const Json& confirmed, bool with_code) {
  return "1$" + confirmed.at("smdpAddress").get<std::string>() + "$" +
         confirmed.at("matchingId").get<std::string>() + (with_code ? "$$1" : "");
}

std::string outcome_of(Phone& phone, const std::string& code,
                       const std::vector<std::string>& confirmation_codes) {
  lpa::DownloadOptions options;
  options.confirmation_codes = confirmation_codes;
  const auto report = phone.download(code, options);
  if (report) return report->end == lpa::DownloadEnd::kInstalled ? "installed" : "stopped";
  const lpa::Failure& failure = report.error();
  return failure.subject_code.empty() ? failure.reason
                                      : failure.subject_code + "/" + failure.reason_code;
}

}  // namespace berth::scenario
