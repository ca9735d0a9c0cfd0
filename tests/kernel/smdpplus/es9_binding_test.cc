#include "kernel/smdpplus/es9_binding.h"

#include <nlohmann/json.hpp>

#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {
namespace {

using Json = nlohmann::json;

constexpr const char* kPrefix = "/gsma/rsp2/es9plus/";

Es9Answer post(Site& site, const std::string& function, const std::string& body,
               const std::string& protocol = "gsma/rsp/v2.2.0") {
  return answer_es9(*site.es9, site.tenant(),
                    {.request_id = "test",
                     .method = "POST",
                     .path = kPrefix + function,
                     .content_type = "application/json",
                     .admin_protocol = protocol,
                     .body = body});
}

Bytes octets(const Json& json, const char* member) {
  return must(from_base64(json.at(member).get<std::string>()));
}

// Signatures travel as 5F37 40 ‖ 64 octets.
Bytes signature(const Json& json, const char* member) {
  const Bytes tlv = octets(json, member);
  REQUIRE(tlv.size() == 67);
  return {tlv.begin() + 3, tlv.end()};
}

TransactionId transaction(const Json& json) {
  return must(TransactionId::parse_hex(json.at("transactionId").get<std::string>()));
}

Json executed(const Es9Answer& answer) {
  REQUIRE(answer.http_status == 200);
  CHECK(answer.content_type == "application/json");
  Json json = Json::parse(answer.body);
  INFO(answer.body.substr(0, 300));
  REQUIRE(json.at("header").at("functionExecutionStatus").at("status") == "Executed-Success");
  return json;
}

std::string initiate_body(Phone& phone, const std::string& address = "rsp.alpha.example") {
  const auto request = phone.initiate(address);
  return Json{{"euiccChallenge", to_base64(request.euicc_challenge)},
              {"euiccInfo1", to_base64(request.euicc_info1_der)},
              {"smdpAddress", address}}
      .dump();
}

rsp::sgp22::InitiateAuthenticationResponse initiated(const Json& json) {
  const Bytes id = octets(json, "euiccCiPKIdToBeUsed");  // 04 14 ‖ 20 octets
  return {transaction(json), octets(json, "serverSigned1"), signature(json, "serverSignature1"),
          Bytes(id.end() - 20, id.end()), octets(json, "serverCertificate")};
}

}  // namespace

TEST_CASE("a whole download runs over the JSON binding", "[smdpplus]") {
  Site site;
  Phone phone(site);
  const auto order = site.order();
  const Json first = executed(post(site, "initiateAuthentication", initiate_body(phone)));
  phone.authenticate(initiated(first), order.matching_id.text());
  const Json second =
      executed(post(site, "authenticateClient",
                    Json{{"transactionId", first.at("transactionId")},
                         {"authenticateServerResponse", to_base64(phone.last_answer)}}
                        .dump()));
  phone.prepare({transaction(second), octets(second, "profileMetadata"),
                 octets(second, "smdpSigned2"), signature(second, "smdpSignature2"),
                 octets(second, "smdpCertificate")});
  const Json third = executed(post(site, "getBoundProfilePackage",
                                   Json{{"transactionId", first.at("transactionId")},
                                        {"prepareDownloadResponse", to_base64(phone.last_answer)}}
                                       .dump()));
  phone.install({transaction(third), octets(third, "boundProfilePackage")});
  const Es9Answer last = post(site, "handleNotification",
                              Json{{"pendingNotification", to_base64(phone.last_answer)}}.dump());
  CHECK(last.http_status == 204);
  CHECK(last.body.empty());
  CHECK(last.content_type.empty());
  CHECK(site.state(order.iccid) == "Installed");
}

TEST_CASE("a cancelled session is Executed-Success with a header alone", "[smdpplus]") {
  Site site;
  Phone phone(site);
  const auto order = site.order();
  const auto session = phone.authenticated(order.matching_id.text());
  phone.cancel(session.transaction_id, 0);
  const Json answer = executed(post(site, "cancelSession",
                                    Json{{"transactionId", session.transaction_id.hex()},
                                         {"cancelSessionResponse", to_base64(phone.last_answer)}}
                                        .dump()));
  CHECK(answer.size() == 1);
}

TEST_CASE("a refusal of the standard is HTTP 200 with Failed and its codes", "[smdpplus]") {
  Site site;
  Phone phone(site);
  const Es9Answer answer =
      post(site, "initiateAuthentication", initiate_body(phone, "rsp.bravo.example"));
  CHECK(answer.http_status == 200);
  const Json status = Json::parse(answer.body).at("header").at("functionExecutionStatus");
  CHECK(status.at("status") == "Failed");
  CHECK(status.at("statusCodeData").at("subjectCode") == "8.8.1");
  CHECK(status.at("statusCodeData").at("reasonCode") == "3.8");
}

TEST_CASE("what is no ES9+ call is answered by HTTP alone and counted", "[smdpplus]") {
  Site site;
  const struct {
    int status;
    const char* cause;
    Es9Call call;
  } kCases[] = {
      {404, "unknown path", {"t", "POST", "/gsma/rsp2/es8plus/x", "application/json", "", "{}"}},
      {405, "method", {"t", "GET", "/gsma/rsp2/es9plus/cancelSession", "application/json", "", ""}},
      {415,
       "content type",
       {"t", "POST", "/gsma/rsp2/es9plus/cancelSession", "text/xml", "", "{}"}},
      {415, "content type", {"t", "POST", "/gsma/rsp2/es9plus/cancelSession", "", "", "{}"}},
      {400,
       "X-Admin-Protocol",
       {"t", "POST", "/gsma/rsp2/es9plus/cancelSession", "application/json", "rsp/v2", "{}"}},
  };
  std::map<std::string, std::uint64_t> expected;
  for (const auto& wrong : kCases) {
    const Es9Answer answer = answer_es9(*site.es9, site.tenant(), wrong.call);
    CHECK(answer.http_status == wrong.status);
    CHECK(answer.body.empty());
    ++expected[wrong.cause];
  }
  CHECK(site.es9->refusal_totals(site.tenant().id()) == expected);
  CHECK(post(site, "noSuchFunction", "{}").http_status == 404);
}

TEST_CASE("a body nobody can read is 400 for every function", "[smdpplus]") {
  Site site;
  const std::string tid = std::string(32, 'A');
  for (const std::string function :
       {"initiateAuthentication", "authenticateClient", "getBoundProfilePackage",
        "handleNotification", "cancelSession"}) {
    for (const std::string& body :
         {std::string(), std::string("{"), std::string("[]"), std::string("{}"),
          std::string("\xFF"),
          R"({"transactionId":")" + tid +
              R"(","authenticateServerResponse":"!!","prepareDownloadResponse":"AAAA",)" +
              R"("pendingNotification":"MAA","cancelSessionResponse":7})",
          std::string(20'000, '[')}) {
      INFO(function << " " << body.substr(0, 60));
      const Es9Answer answer = post(site, function, body);
      CHECK(answer.http_status == 400);
      CHECK(answer.body.empty());
      CHECK(answer.retry_after_seconds == 0);
    }
  }
  CHECK(site.told({}) == "events: -; usage: -; audit: -");
}

TEST_CASE("trouble of our own is 503 with Retry-After and tells nothing", "[smdpplus]") {
  Site site;
  Phone phone(site);
  site.hsm.failures.emplace("sign", Error(ErrorCode::kUnavailable, "hsm.gone", "slot 3 is dark")
                                        .with_retry_after(std::chrono::seconds(30)));
  const Es9Answer answer = post(site, "initiateAuthentication", initiate_body(phone));
  CHECK(answer.http_status == 503);
  CHECK(answer.retry_after_seconds == 30);
  CHECK(answer.body.empty());
  CHECK(answer.admin_protocol == "gsma/rsp/v2.2.0");
}

TEST_CASE("content types are compared without case and parameters", "[smdpplus]") {
  Site site;
  for (const char* type : {"application/json", "Application/JSON", "application/json;charset=UTF-8",
                           "application/json ; charset=utf-8"}) {
    const Es9Answer answer =
        answer_es9(*site.es9, site.tenant(),
                   {"t", "POST", "/gsma/rsp2/es9plus/cancelSession", type, "", "not JSON"});
    CHECK(answer.http_status == 400);  // past the type, the body is looked at
  }
}

TEST_CASE("the lower protocol version is answered, a malformed one refused", "[smdpplus]") {
  const struct {
    const char* client;
    const char* answer;
  } kTable[] = {
      {"", "gsma/rsp/v2.5.0"},
      {"gsma/rsp/v2.0.0", "gsma/rsp/v2.0.0"},
      {"gsma/rsp/v2.2.2", "gsma/rsp/v2.2.2"},
      {"gsma/rsp/v2.5.0", "gsma/rsp/v2.5.0"},
      {"gsma/rsp/v2.5.1", "gsma/rsp/v2.5.0"},
      {"gsma/rsp/v3.1.0", "gsma/rsp/v2.5.0"},
      {"gsma/rsp/v255.0.0", "gsma/rsp/v2.5.0"},
      {"gsma/rsp/v256.0.0", ""},
      {"gsma/rsp/v2.2", ""},
      {"gsma/rsp/v2.2.0.1", ""},
      {"gsma/rsp/v2.2.0 ", ""},
      {"gsma/rsp/v-2.2.0", ""},
      {"gsma/rsp/v2..0", ""},
      {"gsma/rsp/v", ""},
      {"GSMA/RSP/v2.2.0", ""},
      {"2.2.0", ""},
      {"gsma/rsp/v99999999999999999999.0.0", ""},
  };
  for (const auto& row : kTable) {
    INFO(row.client);
    CHECK(negotiate_protocol(row.client) == row.answer);
  }
}

}  // namespace berth::smdpplus::testing
