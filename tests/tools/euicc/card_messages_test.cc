#include "tools/euicc/card_messages.h"

#include <catch2/catch.hpp>

#include "kernel/base/digest.h"
#include "kernel/rsp/der/der.h"
#include "kernel/rsp/sgp22/messages.h"
#include "tests/kernel/rsp/sgp22_vectors.h"
#include "tools/euicc/card.h"

namespace berth::euicc {
namespace {

using vectors::hex;

const Bytes kTransaction = hex(vectors::kTransactionId);
const Bytes kOid = hex("88370A");  // 2.999.10

TEST_CASE("euiccSigned1 has the vector's octets", "[euicc][R43]") {
  const Bytes vector = hex(vectors::kEuiccSigned1);
  rsp::der::Reader reader(rsp::der::parse_single(vector, 0x30)->value);
  for (const rsp::der::Tag tag : {0x80, 0x83, 0x84}) REQUIRE(reader.expect(tag).ok());
  const ByteView info2 = reader.expect(0xBF22)->whole;
  const DeviceFields device{hex("35290611"), {}};
  CHECK(encode_euicc_signed1({kTransaction, "testsmdpplus1.example.com",
                              hex(vectors::kServerChallenge), info2, "AB12-CD34", device}) ==
        vector);
}

TEST_CASE("euiccSigned2 and hashCc have the vectors' octets", "[euicc][R43]") {
  const Bytes hash = Card::hash_confirmation_code(vectors::kConfirmationCodeText,
                                                  *TransactionId::from_octets(kTransaction));
  CHECK(to_hex(hash) == vectors::kHashCc);
  CHECK(to_hex(sha256(as_bytes(vectors::kConfirmationCodeText))) == vectors::kSha256Cc);
  CHECK(to_hex(encode_euicc_signed2(kTransaction, hex(vectors::kOtpkEuicc), hash)) ==
        vectors::kEuiccSigned2);
}

TEST_CASE("cancel session and install result have the vectors' octets", "[euicc][R43]") {
  const Bytes cancel = encode_cancel_signed(kTransaction, kOid, 0);
  CHECK(to_hex(cancel) == vectors::kEuiccCancelSessionSigned);
  const Bytes vector = hex(vectors::kCancelSessionResponseBf41);
  CHECK(encode_cancel_ok(cancel, ByteView(vector).last(64)) == vector);

  const Bytes metadata =
      encode_notification_metadata(1, NotificationEvent::kInstall, "testsmdpplus1.example.com",
                                   *Iccid::from_swapped_octets(hex("98001032547698103214")));
  const Bytes data =
      encode_install_result_data(kTransaction, metadata, kOid,
                                 encode_install_success(hex("A0000005591010FFFFFFFF8900001000")));
  CHECK(to_hex(data) == vectors::kPirDataBf27);
  CHECK(to_hex(encode_install_result(data, hex(vectors::kEuiccSignPirRaw))) == vectors::kPirBf37);
}

TEST_CASE("the server's own parsers read what the card sends", "[euicc]") {
  InfoFields info;
  info.ci_ids_for_verification = {Bytes(20, 1), Bytes(20, 2)};
  info.ci_ids_for_signing = {Bytes(20, 2)};
  info.free_nvm_bytes = 123456;
  const auto info1 = rsp::sgp22::parse_euicc_info1(encode_euicc_info1(info));
  REQUIRE(info1.ok());
  CHECK(info1->svn == rsp::sgp22::Version{2, 5, 0});
  CHECK(info1->ci_ids_for_verification == info.ci_ids_for_verification);
  const auto info2 = rsp::sgp22::parse_euicc_info2(encode_euicc_info2(info));
  REQUIRE(info2.ok());
  CHECK(info2->free_nvm_bytes == 123456);
  CHECK(info2->ci_ids_for_signing == info.ci_ids_for_signing);
  CHECK(info2->uicc_capability == hex("067FB6FBC0"));
}

TEST_CASE("each event is one bit, and errors carry their codes", "[euicc]") {
  using rsp::sgp22::NotificationMetadata;
  const auto text = [](NotificationEvent event) {
    return to_hex(encode_notification_metadata(300, event, "a.example", std::nullopt));
  };
  CHECK(text(NotificationEvent::kInstall) == "BF2F138002012C810207800C09612E6578616D706C65");
  CHECK(text(NotificationEvent::kEnable).find("81020640") != std::string::npos);
  CHECK(text(NotificationEvent::kDisable).find("81020520") != std::string::npos);
  CHECK(text(NotificationEvent::kDelete).find("81020410") != std::string::npos);
  CHECK(to_hex(encode_cancel_error(5)) == "BF4103810105");
  CHECK(to_hex(encode_authenticate_error(hex("01"), 6)) == "BF3808A106800101020106");
  CHECK(to_hex(encode_install_failure({BppCommand::kStoreMetadata, InstallError::kPeProcessing})) ==
        "A208A10680010281010C");
}

}  // namespace
}  // namespace berth::euicc
