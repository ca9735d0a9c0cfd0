#include "kernel/rsp/sgp22/es9_json.h"

#include <catch2/catch.hpp>

#include "tests/kernel/rsp/sgp22/messages_from_vectors.h"

namespace berth::rsp::sgp22 {
namespace {

using namespace vectors;

std::string member(std::string_view name, std::string_view value) {
  return "\"" + std::string(name) + "\":\"" + std::string(value) + "\"";
}

std::string initiate_body(std::string_view challenge, std::string_view info1,
                          std::string_view address) {
  return "{" + member("euiccChallenge", challenge) + "," + member("euiccInfo1", info1) + "," +
         member("smdpAddress", address) + "}";
}

std::string initiate_reason(std::string_view json) {
  const auto request = parse_initiate_authentication(json);
  return request ? std::string("accepted") : std::string(request.error().reason());
}

const std::string kChallenge = "oKGio6SlpqeoqaqrrK2urw==";

TEST_CASE("initiateAuthentication is read from JSON", "[rsp][sgp22]") {
  const Bytes info1 = euicc_info1();
  const auto request = parse_initiate_authentication(
      initiate_body(kChallenge, to_base64(info1), "smdp.Example.com"));
  REQUIRE(request);
  CHECK(to_hex(request->euicc_challenge) == kEuiccChallenge);
  CHECK(request->euicc_info1_der == info1);
  CHECK(request->euicc_info1.svn == Version{2, 2, 0});
  CHECK(request->smdp_address == "smdp.Example.com");
}

TEST_CASE("line breaks in base64 and members of later releases are accepted", "[rsp][sgp22]") {
  std::string info1 = to_base64(euicc_info1());
  info1.insert(20, "\\r\\n");
  const std::string body =
      "{\"lpaRspCapability\":{\"a\":[1,null,{\"euiccChallenge\":\"x\"}]},"
      "\"euiccInfo1\":\"" +
      info1 + "\"," + member("euiccChallenge", kChallenge) + ",\"v3\":true,\"n\":-1.5," +
      member("smdpAddress", "a.b") + "}";
  CHECK(initiate_reason(body) == "accepted");
}

TEST_CASE("a body that is not a JSON object of the right members is refused", "[rsp][sgp22]") {
  const std::string info1 = to_base64(euicc_info1());
  CHECK(initiate_reason("") == "json.invalid");
  CHECK(initiate_reason("{") == "json.invalid");
  CHECK(initiate_reason("[]") == "json.invalid");
  CHECK(initiate_reason("\"a\"") == "json.invalid");
  CHECK(initiate_reason("null") == "json.invalid");
  CHECK(initiate_reason("[{\"euiccChallenge\":\"\"}]") == "json.invalid");
  CHECK(initiate_reason("{\"a\":\"\xff\"}") == "json.invalid");
  CHECK(initiate_reason("{} {}") == "json.invalid");
  CHECK(initiate_reason("{}") == "json.missing");
  CHECK(initiate_reason("{\"euiccChallenge\":1}") == "json.type");
  CHECK(initiate_reason("{\"euiccChallenge\":null}") == "json.type");
  CHECK(initiate_reason("{\"euiccChallenge\":[\"oKGio6SlpqeoqaqrrK2urw==\"]}") == "json.type");
  CHECK(initiate_reason("{\"euiccChallenge\":\"\",\"euiccChallenge\":\"\"}") == "json.duplicate");
  CHECK(initiate_reason(initiate_body("!", info1, "a.b")) == "base64.invalid");
  CHECK(initiate_reason(initiate_body("oKGio6SlpqeoqaqrrK2u", info1, "a.b")) == "rsp.size");
  CHECK(initiate_reason(initiate_body(kChallenge, "", "a.b")) == "der.truncated");
  CHECK(initiate_reason(initiate_body(kChallenge, "MAA=", "a.b")) == "der.unexpected");
}

TEST_CASE("a tower of brackets and a crowd of members are refused", "[rsp][sgp22]") {
  CHECK(initiate_reason("{\"a\":" + std::string(15, '[') + std::string(15, ']') + "}") ==
        "json.missing");
  CHECK(initiate_reason("{\"a\":" + std::string(16, '[') + std::string(16, ']') + "}") ==
        "json.too_deep");
  CHECK(initiate_reason("{\"a\":" + std::string(1000000, '[')) == "json.too_deep");
  const auto members = [](int count) {
    std::string body = "{";
    for (int i = 0; i < count; ++i) body += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
    return body + "}";
  };
  CHECK(initiate_reason(members(64)) == "json.missing");
  CHECK(initiate_reason(members(65)) == "json.too_large");
}

TEST_CASE("authenticateClient is read, its transactionId in either case", "[rsp][sgp22]") {
  const std::string response = to_base64(authenticate_server_response(hex(kEuiccSigned1)));
  const std::string rest = "," + member("authenticateServerResponse", response) + "}";
  for (const std::string_view id : {"000A0B", "000a0b"}) {
    const auto request = parse_authenticate_client("{" + member("transactionId", id) + rest);
    REQUIRE(request);
    CHECK(request->transaction_id.hex() == "000A0B");
    CHECK(std::holds_alternative<AuthenticateResponseOk>(request->response));
  }
  const auto reason = [&](std::string_view id) {
    const auto request = parse_authenticate_client("{" + member("transactionId", id) + rest);
    return request ? std::string("accepted") : std::string(request.error().reason());
  };
  CHECK(reason("") == "transaction_id.invalid");
  CHECK(reason("0") == "hex.invalid");
  CHECK(reason("0G") == "hex.invalid");
  CHECK(reason(std::string(32, '0')) == "accepted");
  CHECK(reason(std::string(34, '0')) == "transaction_id.invalid");
}

TEST_CASE("the other three functions are read from JSON", "[rsp][sgp22]") {
  const std::string id = "{" + member("transactionId", kTransactionId) + ",";
  const auto package = parse_get_bound_profile_package(
      id +
      member("prepareDownloadResponse", to_base64(prepare_download_response(hex(kEuiccSigned2)))) +
      "}");
  REQUIRE(package);
  CHECK(std::holds_alternative<PrepareDownloadOk>(package->response));

  const auto cancel = parse_cancel_session(
      id + member("cancelSessionResponse", to_base64(hex(kCancelSessionResponseBf41))) + "}");
  REQUIRE(cancel);
  CHECK(std::holds_alternative<CancelSessionOk>(cancel->response));

  const auto notification = parse_handle_notification(
      "{" + member("pendingNotification", to_base64(hex(kPirBf37))) + "}");
  REQUIRE(notification);
  CHECK(std::holds_alternative<ProfileInstallationResult>(notification->notification));

  CHECK_FALSE(parse_get_bound_profile_package(id + "\"x\":0}"));
  CHECK_FALSE(parse_cancel_session("{}"));
  CHECK_FALSE(parse_handle_notification("{\"pendingNotification\":{}}"));
}

TEST_CASE("signatures go out as 5F37 elements, the CI key as an octet string", "[rsp][sgp22]") {
  InitiateAuthenticationResponse response{
      TransactionId::parse_hex("0A0b").value(), hex(kServerSigned1), hex(kServerSignature1Raw),
      hex("F54172BDF98A95D65CBEB88A38A1C11D800A85C3"), hex("3003040145")};
  CHECK(to_json(response) ==
        "{\"header\":{\"functionExecutionStatus\":{\"status\":\"Executed-Success\"}},"
        "\"transactionId\":\"0A0B\",\"serverSigned1\":\"" +
            to_base64(hex(kServerSigned1)) + "\",\"serverSignature1\":\"" +
            to_base64(hex(kServerSignature1Tlv)) + "\",\"euiccCiPKIdToBeUsed\":\"" +
            to_base64(hex("0414F54172BDF98A95D65CBEB88A38A1C11D800A85C3")) +
            "\",\"serverCertificate\":\"MAMEAUU=\"}");
}

TEST_CASE("the other answers carry their objects and a header", "[rsp][sgp22]") {
  const TransactionId id = TransactionId::parse_hex("01").value();
  const std::string head =
      "{\"header\":{\"functionExecutionStatus\":{\"status\":\"Executed-Success\"}}";
  CHECK(to_json(AuthenticateClientResponse{id, hex("BF2500"), hex("3000"), hex(kSmdpSignature2Raw),
                                           hex("3001AA")}) ==
        head + ",\"transactionId\":\"01\",\"profileMetadata\":\"vyUA\",\"smdpSigned2\":\"MAA=\"," +
            member("smdpSignature2", to_base64(signature_tlv(kSmdpSignature2Raw))) +
            ",\"smdpCertificate\":\"MAGq\"}");
  CHECK(to_json(GetBoundProfilePackageResponse{id, hex("BF3600")}) ==
        head + ",\"transactionId\":\"01\",\"boundProfilePackage\":\"vzYA\"}");
  CHECK(success_json() == head + "}");
}

TEST_CASE("a failure names its pair, what happened, whose turn it is and what to do",
          "[rsp][sgp22]") {
  CHECK(failure_json({"8.2.6", "3.8", "not \"valid\""}) ==
        "{\"header\":{\"functionExecutionStatus\":{\"status\":\"Failed\",\"statusCodeData\":"
        "{\"subjectCode\":\"8.2.6\",\"reasonCode\":\"3.8\",\"message\":\"not \\\"valid\\\" (the "
        "seller of the activation "
        "code: check the code and its tenant; give out a new one if it was used)\"}}}}");
  CHECK(failure_json({"8.2.5", "6.4", "no meaning of its own"}).find("own\"") != std::string::npos);
  CHECK(failure_json({"8.1", "4.10", ""}) ==
        "{\"header\":{\"functionExecutionStatus\":{\"status\":\"Failed\",\"statusCodeData\":"
        "{\"subjectCode\":\"8.1\",\"reasonCode\":\"4.10\"}}}}");
  CHECK_NOTHROW(failure_json({"8", "1", "\xff\xfe"}));
}

}  // namespace
}  // namespace berth::rsp::sgp22
