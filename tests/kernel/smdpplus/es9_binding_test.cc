#include "kernel/smdpplus/es9_binding.h"

#include <nlohmann/json.hpp>

#include "kernel/rsp/der/der.h"
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

// ---- ASN.1: built and read here, not with the server's encoder ----

using rsp::der::tlv;

constexpr const char* kAsn1Path = "/gsma/rsp2/asn1";
constexpr const char* kAsn1Type = "application/x-gsma-rsp-asn1";

Es9Answer post_asn1(Site& site, const std::string& path, const Bytes& body) {
  return answer_es9(*site.es9, site.tenant(),
                    {.request_id = "test",
                     .method = "POST",
                     .path = path,
                     .content_type = kAsn1Type,
                     .admin_protocol = "gsma/rsp/v2.5.0",
                     .body = as_text(body)});
}

// The elements inside A2{function{A0{…}}}.
std::vector<Bytes> granted(const Es9Answer& answer, rsp::der::Tag function) {
  REQUIRE(answer.http_status == 200);
  CHECK(answer.content_type == kAsn1Type);
  CHECK(answer.admin_protocol == "gsma/rsp/v2.5.0");
  INFO(to_hex(as_bytes(answer.body)).substr(0, 60));
  const auto outer = must(rsp::der::parse_single(as_bytes(answer.body), 0xA2));
  const auto inner = must(rsp::der::parse_single(outer.value, function));
  const auto ok = must(rsp::der::parse_single(inner.value, 0xA0));
  std::vector<Bytes> elements;
  rsp::der::Reader reader(ok.value);
  while (!reader.at_end()) elements.push_back(to_bytes(must(reader.next()).whole));
  return elements;
}

Bytes inside(const Bytes& element) {
  rsp::der::Reader reader(element);
  return to_bytes(must(reader.next()).value);
}

Bytes initiate_asn1(Phone& phone, const std::string& address = "rsp.alpha.example") {
  const auto request = phone.initiate(address);
  return tlv(0xA2, tlv(0xBF39, {tlv(0x81, request.euicc_challenge), tlv(0x83, as_bytes(address)),
                                request.euicc_info1_der}));
}

Bytes with_transaction(rsp::der::Tag function, const TransactionId& id, ByteView rest) {
  return tlv(0xA2, tlv(function, {tlv(0x80, id.octets()), rest}));
}

}  // namespace

TEST_CASE("a whole download runs over the ASN.1 binding on any of its paths", "[smdpplus]") {
  const auto [first_path, rest_path] =
      GENERATE(std::pair<std::string, std::string>("/gsma/rsp2/asn1", ""),
               std::pair<std::string, std::string>("/gsma/rsp2/asn1/", "named"),
               std::pair<std::string, std::string>("/gsma/rsp2/es9plus/", "named"));
  const auto path = [&, base = first_path, named = !rest_path.empty()](const char* function) {
    return named ? base + function : base;
  };
  Site site;
  Phone phone(site);
  const auto order = site.order();
  const auto first =
      granted(post_asn1(site, path("initiateAuthentication"), initiate_asn1(phone)), 0xBF39);
  REQUIRE(first.size() == 5);
  const TransactionId id = must(TransactionId::from_octets(inside(first[0])));
  phone.authenticate({id, first[1], inside(first[2]), inside(first[3]), first[4]},
                     order.matching_id.text());
  const auto second = granted(
      post_asn1(site, path("authenticateClient"), with_transaction(0xBF3B, id, phone.last_answer)),
      0xBF3B);
  REQUIRE(second.size() == 5);
  phone.prepare({id, second[1], second[2], inside(second[3]), second[4]});
  const auto third = granted(post_asn1(site, path("getBoundProfilePackage"),
                                       with_transaction(0xBF3A, id, phone.last_answer)),
                             0xBF3A);
  REQUIRE(third.size() == 2);
  phone.install({id, third[1]});
  const Es9Answer last = post_asn1(site, path("handleNotification"),
                                   tlv(0xA2, tlv(0xBF3D, tlv(0xA0, phone.last_answer))));
  CHECK(last.http_status == 204);
  CHECK(last.body.empty());
  CHECK(last.content_type.empty());
  CHECK(site.state(order.iccid) == "Installed");
}

TEST_CASE("cancelSession over ASN.1 carries A1 for BF41 and is answered by an empty A0",
          "[smdpplus]") {
  Site site;
  Phone phone(site);
  const auto order = site.order();
  const auto session = phone.authenticated(order.matching_id.text());
  phone.cancel(session.transaction_id, 0);
  const Es9Answer answer = post_asn1(
      site, kAsn1Path,
      with_transaction(0xBF41, session.transaction_id,
                       tlv(0xA1, must(rsp::der::parse_single(phone.last_answer, 0xBF41)).value)));
  CHECK(to_hex(as_bytes(answer.body)) == "A205BF4102A000");
  CHECK(answer.content_type == kAsn1Type);
  CHECK(site.state(order.iccid) == "Error");
}

TEST_CASE("refusals of the standard are HTTP 200 with an integer over ASN.1", "[smdpplus]") {
  Site site;
  Phone phone(site);
  const Es9Answer address = post_asn1(site, kAsn1Path, initiate_asn1(phone, "rsp.bravo.example"));
  CHECK(address.http_status == 200);
  CHECK(address.content_type == kAsn1Type);
  CHECK(to_hex(as_bytes(address.body)) == "A206BF3903810101");
  const TransactionId unknown = must(TransactionId::from_octets(Bytes(16, 7)));
  const Bytes failed = tlv(0xA1, {tlv(0x80, Bytes(16, 7)), must(from_hex("02017F"))});
  CHECK(to_hex(as_bytes(
            post_asn1(site, kAsn1Path, with_transaction(0xBF3B, unknown, tlv(0xBF38, failed)))
                .body)) == "A206BF3B0381010A");
  CHECK(to_hex(as_bytes(
            post_asn1(site, kAsn1Path, with_transaction(0xBF3A, unknown, tlv(0xBF21, failed)))
                .body)) == "A206BF3A0381015F");
  CHECK(to_hex(as_bytes(post_asn1(site, kAsn1Path,
                                  with_transaction(0xBF41, unknown, tlv(0xA1, tlv(0x81, {{5}}))))
                            .body)) == "A206BF4103810101");
}

TEST_CASE("an ASN.1 body must be for the function that the path names", "[smdpplus]") {
  Site site;
  Phone phone(site);
  for (const char* path :
       {"/gsma/rsp2/asn1/authenticateClient", "/gsma/rsp2/es9plus/handleNotification"}) {
    CHECK(post_asn1(site, path, initiate_asn1(phone)).http_status == 400);
  }
  CHECK(site.es9->refusal_totals(site.tenant().id()).at("another function than the path names") ==
        2);
  for (const char* path : {"/gsma/rsp2/asn1/", "/gsma/rsp2/asn1x", "/gsma/rsp2/asn1/other",
                           "/gsma/rsp2/asn1/initiateAuthentication/x", "/gsma/rsp2/es9plus/"}) {
    CHECK(post_asn1(site, path, initiate_asn1(phone)).http_status == 404);
  }
}

TEST_CASE("unreadable ASN.1 is 400, an unreadable notification is acknowledged", "[smdpplus]") {
  Site site;
  for (const Bytes& body :
       {Bytes(), Bytes{0xA2}, must(from_hex("A200")), must(from_hex("A203BF3900")),
        tlv(0xA2, tlv(0xBF4C, {})), tlv(0xA3, tlv(0xBF3D, {})), Bytes(1000, 0x30)}) {
    const Es9Answer answer = post_asn1(site, kAsn1Path, body);
    CHECK(answer.http_status == 400);
    CHECK(answer.body.empty());
  }
  for (const Bytes& inner : {Bytes(), tlv(0xA0, {}), tlv(0xA0, must(from_hex("BF3700")))}) {
    CHECK(post_asn1(site, kAsn1Path, tlv(0xA2, tlv(0xBF3D, inner))).http_status == 204);
  }
  CHECK(site.told({}) == "events: -; usage: -; audit: -");
}

TEST_CASE("the shared path is for ASN.1 alone", "[smdpplus]") {
  Site site;
  for (const char* path : {"/gsma/rsp2/asn1", "/gsma/rsp2/asn1/cancelSession"}) {
    CHECK(answer_es9(*site.es9, site.tenant(), {"t", "POST", path, "application/json", "", "{}"})
              .http_status == 415);
  }
  const Es9Answer upper =
      answer_es9(*site.es9, site.tenant(),
                 {"t", "POST", kAsn1Path, "Application/X-GSMA-RSP-ASN1; a=b", "", ""});
  CHECK(upper.http_status == 400);  // past the type, the body is looked at
}

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

TEST_CASE("a request's lane is known from its path, or the first octets of its body",
          "[smdpplus][R121:part]") {
  const std::string prefix = kPrefix;
  CHECK(lane_of(prefix + "initiateAuthentication", "{}") == Lane::kBegin);
  CHECK(lane_of("/gsma/rsp2/asn1/initiateAuthentication", "") == Lane::kBegin);
  for (const char* function : {"authenticateClient", "getBoundProfilePackage", "cancelSession"}) {
    CHECK(lane_of(prefix + function, "") == Lane::kSession);
  }
  CHECK(lane_of(prefix + "handleNotification", "") == Lane::kNotification);
  // One path for all functions of the ASN.1 binding.
  const auto body = [](rsp::der::Tag function) {
    return std::string(as_text(rsp::der::tlv(0xA2, rsp::der::tlv(function, Bytes{5, 0}))));
  };
  const char* const asn1 = "/gsma/rsp2/asn1";
  CHECK(lane_of(asn1, body(0xBF39)) == Lane::kBegin);
  CHECK(lane_of(asn1, body(0xBF3B)) == Lane::kSession);
  CHECK(lane_of(asn1, body(0xBF3A)) == Lane::kSession);
  CHECK(lane_of(asn1, body(0xBF41)) == Lane::kSession);
  CHECK(lane_of(asn1, body(0xBF3D)) == Lane::kNotification);
  for (const std::string& nothing : {std::string(), std::string("x"), body(0xBF20)}) {
    CHECK(lane_of(asn1, nothing) == Lane::kSession);
  }
  CHECK(lane_of("/nothing", body(0xBF39)) == Lane::kSession);
}

}  // namespace berth::smdpplus::testing
