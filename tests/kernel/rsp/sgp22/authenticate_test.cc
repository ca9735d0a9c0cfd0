#include <catch2/catch.hpp>

#include "tests/kernel/rsp/sgp22/messages_from_vectors.h"

namespace berth::rsp::sgp22 {
namespace {

using namespace vectors;

std::string reason_of(ByteView der) {
  const auto response = parse_authenticate_server_response(der);
  return response ? std::string("accepted") : std::string(response.error().reason());
}

AuthenticateResponseOk ok_of(ByteView der) {
  return std::get<AuthenticateResponseOk>(parse_authenticate_server_response(der).value());
}

// euiccSigned1 with another ctxParams1 value.
Bytes signed1_with_context(ByteView context) {
  const Bytes whole = hex(kEuiccSigned1);
  der::Reader reader(der::parse_single(whole, 0x30).value().value);
  Bytes fields;
  for (int kept = 0; kept < 4; ++kept) append(fields, reader.next().value().whole);
  der::append_tlv(fields, 0xA0, context);
  return der::tlv(0x30, fields);
}

TEST_CASE("a card's answer is read and its signed part kept as received", "[rsp][sgp22]") {
  const AuthenticateResponseOk ok = ok_of(authenticate_server_response(hex(kEuiccSigned1)));
  CHECK(to_hex(ok.signed1) == kEuiccSigned1);
  CHECK(to_hex(ok.signature1) == kEuiccSignature1Raw);
  CHECK(to_hex(ok.euicc_certificate) == "3003040145");
  CHECK(to_hex(ok.eum_certificate) == "3003040155");
  CHECK(ok.transaction_id.hex() == kTransactionId);
  CHECK(ok.server_address == "testsmdpplus1.example.com");
  CHECK(to_hex(ok.server_challenge) == kServerChallenge);
  REQUIRE(ok.matching_id);
  CHECK(ok.matching_id->text() == "AB12-CD34");
  CHECK(to_hex(ok.device_info.tac) == "35290611");
  CHECK(ok.device_info.imei.empty());
  CHECK(ok.euicc_info2.svn == Version{2, 5, 0});
}

TEST_CASE("an empty matchingId and none are alike", "[rsp][sgp22]") {
  for (const std::string_view context : {"A108800435290611A100", "8000A108800435290611A100"}) {
    const AuthenticateResponseOk ok =
        ok_of(authenticate_server_response(signed1_with_context(hex(context))));
    CHECK_FALSE(ok.matching_id);
  }
}

TEST_CASE("device capabilities of any kind are accepted, the imei is kept", "[rsp][sgp22]") {
  // gsm, catSupportedClasses, an additional feature as v2.6 has it, then the imei.
  const Bytes capabilities = der::tlv(0xA1, hex("80031100008C020780AE058003010000"));
  const Bytes device_info =
      der::tlv(0xA1, {hex("800435290611"), capabilities, hex("820835290611000000F1")});
  const AuthenticateResponseOk ok =
      ok_of(authenticate_server_response(signed1_with_context(device_info)));
  CHECK(to_hex(ok.device_info.tac) == "35290611");
  CHECK(to_hex(ok.device_info.imei) == "35290611000000F1");
}

TEST_CASE("doubled choice tags are read as one", "[rsp][sgp22]") {
  const Bytes once = authenticate_server_response(hex(kEuiccSigned1));
  const AuthenticateResponseOk ok = ok_of(der::tlv(0xBF38, once));
  CHECK(to_hex(ok.signed1) == kEuiccSigned1);
}

TEST_CASE("elements that later releases append are skipped, garbage is not", "[rsp][sgp22]") {
  Bytes fields = authenticate_ok_fields(hex(kEuiccSigned1));
  append(fields, hex("30030401AAA000"));
  CHECK(reason_of(der::tlv(0xBF38, der::tlv(0xA0, fields))) == "accepted");
  append(fields, hex("3005"));
  CHECK(reason_of(der::tlv(0xBF38, der::tlv(0xA0, fields))) == "der.truncated");
  // v3 operationType, iccid, matchingIdSource after deviceInfo; extension after ctxParams1.
  const Bytes context = hex("A108800435290611A100820206805A0A98001032547698103214A300");
  CHECK(reason_of(authenticate_server_response(signed1_with_context(context))) == "accepted");
}

TEST_CASE("the card's error comes through with either tag of its code", "[rsp][sgp22]") {
  for (const std::string_view code : {"020106", "810106"}) {
    const Bytes transaction = der::tlv(0x80, hex(kTransactionId));
    const auto response = parse_authenticate_server_response(
        der::tlv(0xBF38, der::tlv(0xA1, {transaction, hex(code)})));
    REQUIRE(response);
    const auto& error = std::get<AuthenticateResponseError>(*response);
    CHECK(error.transaction_id.hex() == kTransactionId);
    CHECK(error.error_code == 6);
  }
}

TEST_CASE("an error without transaction, without code or with a negative code is refused",
          "[rsp][sgp22]") {
  CHECK(reason_of(hex("BF3805A103020106")) == "der.unexpected");
  CHECK(reason_of(hex("BF3805A103800101")) == "der.truncated");
  CHECK(reason_of(hex("BF3808A106800101020180")) == "der.value");
  CHECK(reason_of(hex("BF3807A1058000020106")) == "transaction_id.invalid");
}

TEST_CASE("a faulty answer is refused with its reason", "[rsp][sgp22]") {
  const Bytes signed1 = hex(kEuiccSigned1);
  CHECK(reason_of({}) == "der.truncated");
  CHECK(reason_of(hex("BF3800")) == "der.truncated");
  CHECK(reason_of(hex("BF3802A200")) == "rsp.choice");
  CHECK(reason_of(hex("BF3802A000")) == "der.truncated");
  CHECK(reason_of(hex("BF3804A000A000")) == "der.trailing");
  CHECK(reason_of(hex("BF2102A000")) == "der.unexpected");

  // A DER-encoded ECDSA signature instead of r and s.
  const Bytes der_signature = der::tlv(0x5F37, Bytes(70, 0x30));
  CHECK(reason_of(der::tlv(0xBF38, der::tlv(0xA0, {signed1, der_signature, hex("3000"),
                                                   hex("3000")}))) == "rsp.signature");
  // One certificate only.
  CHECK(reason_of(der::tlv(0xBF38, der::tlv(0xA0, {signed1, signature_tlv(kEuiccSignature1Raw),
                                                   hex("3000")}))) == "der.truncated");
}

TEST_CASE("a faulty context is refused with its reason", "[rsp][sgp22]") {
  const auto reason = [](std::string_view context) {
    return reason_of(authenticate_server_response(signed1_with_context(hex(context))));
  };
  CHECK(reason("") == "rsp.context");
  CHECK(reason("800141") == "rsp.context");
  CHECK(reason("A100") == "rsp.device_info");
  CHECK(reason("A1078003352906A100") == "accepted");  // devices send TACs of other lengths
  CHECK(reason("A10E800435290611A100820435290611") == "accepted");  // informational
  CHECK(reason("800124A108800435290611A100") == "accepted");        // a "$": a code nobody issued
  CHECK(reason("A108800435290611A100A108800435290611A100") == "rsp.duplicate");
  CHECK(reason("800141800142A108800435290611A100") == "rsp.duplicate");
}

TEST_CASE("a challenge of 15 octets and an address of 256 are refused", "[rsp][sgp22]") {
  const Bytes info2 = euicc_info2();
  const Bytes context = der::tlv(0xA0, hex("A108800435290611A100"));
  const auto with = [&](std::size_t address_size, std::size_t challenge_size) {
    return reason_of(authenticate_server_response(
        der::tlv(0x30, {hex("800101"), der::tlv(0x83, Bytes(address_size, 'a')),
                        der::tlv(0x84, Bytes(challenge_size)), info2, context})));
  };
  CHECK(with(255, 16) == "accepted");
  CHECK(with(256, 16) == "rsp.address");
  CHECK(with(255, 15) == "rsp.size");
  CHECK(with(255, 17) == "rsp.size");
}

}  // namespace
}  // namespace berth::rsp::sgp22
