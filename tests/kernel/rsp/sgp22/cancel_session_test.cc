#include <catch2/catch.hpp>

#include "tests/kernel/rsp/sgp22/messages_from_vectors.h"

namespace berth::rsp::sgp22 {
namespace {

using namespace vectors;

std::string reason_of(ByteView der) {
  const auto response = parse_cancel_session_response(der);
  return response ? std::string("accepted") : std::string(response.error().reason());
}

TEST_CASE("a cancelled session gives its reason and the signed part as received", "[rsp][sgp22]") {
  const auto response = parse_cancel_session_response(hex(kCancelSessionResponseBf41));
  REQUIRE(response);
  const auto& ok = std::get<CancelSessionOk>(*response);
  CHECK(to_hex(ok.signed_part) == kEuiccCancelSessionSigned);
  CHECK(ok.signature.size() == 64);
  CHECK(ok.transaction_id.hex() == kTransactionId);
  CHECK(ok.smdp_oid == "2.999.10");
  CHECK(ok.reason == 0);
}

TEST_CASE("doubled tags of a cancelled session are read as one", "[rsp][sgp22]") {
  CHECK(reason_of(der::tlv(0xBF41, hex(kCancelSessionResponseBf41))) == "accepted");
}

TEST_CASE("the card's refusal to cancel carries its code", "[rsp][sgp22]") {
  for (const std::string_view text : {"BF4103810105", "BF4103020105"}) {
    const auto response = parse_cancel_session_response(hex(text));
    REQUIRE(response);
    CHECK(std::get<CancelSessionError>(*response).error_code == 5);
  }
}

TEST_CASE("a faulty cancellation is refused with its reason", "[rsp][sgp22]") {
  CHECK(reason_of({}) == "der.truncated");
  CHECK(reason_of(hex("BF4100")) == "der.truncated");
  CHECK(reason_of(hex("BF41028100")) == "der.value");
  CHECK(reason_of(hex("BF41028200")) == "rsp.choice");
  const auto with = [](std::string_view fields) {
    return reason_of(der::tlv(
        0xBF41, der::tlv(0xA0, {der::tlv(0x30, hex(fields)), signature_tlv(kEuiccSignature1Raw)})));
  };
  CHECK(with("800101810388370A820103") == "accepted");
  CHECK(with("800101810388370A820103830101") == "accepted");
  CHECK(with("800101810388370A") == "der.truncated");
  CHECK(with("8001018103883780820103") == "der.value");
  CHECK(with("800101810388370A820180") == "der.value");
  CHECK(with("810388370A820103") == "der.unexpected");
  CHECK(reason_of(der::tlv(0xBF41, der::tlv(0xA0, hex(kEuiccCancelSessionSigned)))) ==
        "der.truncated");
}

}  // namespace
}  // namespace berth::rsp::sgp22
