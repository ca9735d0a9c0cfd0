#include <catch2/catch.hpp>

#include "tests/kernel/rsp/sgp22/messages_from_vectors.h"

namespace berth::rsp::sgp22 {
namespace {

using namespace vectors;
using Operation = NotificationMetadata::Operation;

std::string reason_of(ByteView der) {
  const auto request = parse_pending_notification(der);
  return request ? std::string("accepted") : std::string(request.error().reason());
}

ProfileInstallationResult result_of(ByteView der) {
  return std::get<ProfileInstallationResult>(parse_pending_notification(der).value().notification);
}

Bytes metadata(std::string_view event) {
  return der::tlv(0xBF2F, {hex("800101"), hex(event), hex("0C0161")});
}

// A result whose BF27 has these fields after the transactionId.
Bytes installation_result(std::initializer_list<ByteView> fields) {
  Bytes data = hex("800101");
  for (const ByteView field : fields) append(data, field);
  return der::tlv(0xBF37, {der::tlv(0xBF27, data), signature_tlv(kEuiccSignPirRaw)});
}

TEST_CASE("an install result is read and its signed part kept as received", "[rsp][sgp22]") {
  const ProfileInstallationResult result = result_of(hex(kPirBf37));
  CHECK(to_hex(result.whole) == kPirBf37);
  CHECK(to_hex(result.data) == kPirDataBf27);
  CHECK(to_hex(result.signature) == kEuiccSignPirRaw);
  CHECK(result.transaction_id.hex() == kTransactionId);
  CHECK(result.metadata.sequence_number == 1);
  CHECK(result.metadata.operation == Operation::kInstall);
  CHECK(result.metadata.notification_address == "testsmdpplus1.example.com");
  CHECK(result.metadata.iccid->text() == "89000123456789012341");
  CHECK(result.smdp_oid == "2.999.10");
  const auto& success = std::get<ProfileInstallationResult::Success>(result.result);
  CHECK(to_hex(success.aid) == "A0000005591010FFFFFFFF8900001000");
  CHECK(to_hex(success.sima_response) == "3007A0053003800100");
}

TEST_CASE("a failed installation names command, reason and the card's own words", "[rsp][sgp22]") {
  const Bytes failed = installation_result(
      {metadata("81020780"), hex("060388370A"), hex("A20EA10C80010581010C820430020500")});
  const ProfileInstallationResult result = result_of(failed);
  const auto& failure = std::get<ProfileInstallationResult::Failure>(result.result);
  CHECK(failure.bpp_command_id == 5);
  CHECK(failure.error_reason == 12);
  CHECK(to_hex(failure.sima_response) == "30020500");
  CHECK_FALSE(result.metadata.iccid);
}

TEST_CASE("an install result of v2.2 may lack the OID and the card's words", "[rsp][sgp22]") {
  const ProfileInstallationResult result =
      result_of(installation_result({metadata("81020780"), hex("A208A10680010081017F")}));
  CHECK(result.smdp_oid.empty());
  const auto& failure = std::get<ProfileInstallationResult::Failure>(result.result);
  CHECK(failure.error_reason == 127);
  CHECK(failure.sima_response.empty());
}

TEST_CASE("a later notice carries the event, the number and both certificates", "[rsp][sgp22]") {
  const Bytes der = other_notification();
  const auto request = parse_pending_notification(der);
  REQUIRE(request);
  const auto& other = std::get<OtherSignedNotification>(request->notification);
  CHECK(other.whole == der);
  CHECK(other.metadata.sequence_number == 7);
  CHECK(other.metadata.operation == Operation::kEnable);
  CHECK(other.metadata.notification_address == "smdp.example.com");
  CHECK(to_hex(other.signature) == kEuiccSignPirRaw);
  CHECK(to_hex(other.euicc_certificate) == "3003040145");
  CHECK(to_hex(other.eum_certificate) == "3003040155");
  CHECK(to_hex(other.tbs).starts_with("BF2F"));
}

TEST_CASE("exactly one event of install, enable, disable and delete is taken", "[rsp][sgp22]") {
  const auto reason = [](std::string_view event) {
    return reason_of(der::tlv(
        0x30, {metadata(event), signature_tlv(kEuiccSignPirRaw), hex("3000"), hex("3000")}));
  };
  const auto operation = [](std::string_view event) {
    const auto request = parse_pending_notification(der::tlv(
        0x30, {metadata(event), signature_tlv(kEuiccSignPirRaw), hex("3000"), hex("3000")}));
    return std::get<OtherSignedNotification>(request.value().notification).metadata.operation;
  };
  CHECK(operation("81020780") == Operation::kInstall);
  CHECK(operation("81020640") == Operation::kEnable);
  CHECK(operation("81020520") == Operation::kDisable);
  CHECK(operation("81020410") == Operation::kDelete);
  CHECK(operation("81020080") == Operation::kInstall);  // trailing zero bits kept by some cards
  CHECK(reason("810204F0") == "rsp.notification_event");
  CHECK(reason("81020400") == "rsp.notification_event");
  CHECK(reason("81020308") == "rsp.notification_event");  // rpmEnable of v3
  CHECK(reason("8103008001") == "rsp.notification_event");
  CHECK(reason("810100") == "rsp.notification_event");
  CHECK(reason("8100") == "rsp.bit_string");
}

TEST_CASE("doubled tags of an install result are read as one", "[rsp][sgp22]") {
  CHECK(to_hex(result_of(der::tlv(0xBF37, hex(kPirBf37))).data) == kPirDataBf27);
}

TEST_CASE("a faulty notification is refused with its reason", "[rsp][sgp22]") {
  CHECK(reason_of({}) == "rsp.choice");
  CHECK(reason_of(hex("A100")) == "rsp.choice");
  CHECK(reason_of(hex("BF3700")) == "der.truncated");
  CHECK(reason_of(hex("3000")) == "der.truncated");
  const Bytes install = metadata("81020780");
  CHECK(reason_of(installation_result({install})) == "der.truncated");
  CHECK(reason_of(installation_result({install, hex("A200")})) == "der.truncated");
  CHECK(reason_of(installation_result({install, hex("A202A200")})) == "rsp.choice");
  // AID of 4 and of 17 octets.
  CHECK(reason_of(installation_result({install, hex("A20AA0084F04A00000050400")})) == "rsp.aid");
  CHECK(reason_of(installation_result(
            {install, der::tlv(0xA2, der::tlv(0xA0, {der::tlv(0x4F, Bytes(17)), hex("0400")}))})) ==
        "rsp.aid");
  const Bytes bad_iccid = der::tlv(
      0xBF2F, {hex("800101"), hex("81020780"), hex("0C0161"), hex("5A0A98001032547698AAAAAA")});
  CHECK(reason_of(installation_result({bad_iccid, hex("A208A10680010081017F")})) ==
        "iccid.invalid");
  CHECK(reason_of(installation_result({install, hex("0600"), hex("A208A10680010081017F")})) ==
        "der.value");
}

}  // namespace
}  // namespace berth::rsp::sgp22
