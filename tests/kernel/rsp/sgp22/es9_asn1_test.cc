#include "kernel/rsp/sgp22/es9_asn1.h"

#include <catch2/catch.hpp>
#include <random>

#include "kernel/rsp/sgp22/status_codes.h"
#include "tests/kernel/rsp/sgp22/messages_from_vectors.h"

namespace berth::rsp::sgp22 {
namespace {

using namespace vectors;
using der::tlv;

const Bytes kTransaction = tlv(0x80, hex(kTransactionId));

Bytes request(der::Tag function, std::initializer_list<ByteView> fields) {
  return tlv(0xA2, tlv(function, fields));
}
Bytes initiate() {
  return request(0xBF39, {tlv(0x81, hex(kEuiccChallenge)), tlv(0x83, as_bytes("smdp.Example.com")),
                          euicc_info1()});
}
Bytes authenticate() {
  return request(0xBF3B, {kTransaction, authenticate_server_response(hex(kEuiccSigned1))});
}
Bytes get_package() {
  return request(0xBF3A, {kTransaction, prepare_download_response(hex(kEuiccSigned2))});
}
// The value of the known BF41, which this binding carries under A1.
Bytes cancel_value() {
  return to_bytes(der::parse_single(hex(kCancelSessionResponseBf41), 0xBF41).value().value);
}
Bytes cancel() { return request(0xBF41, {kTransaction, tlv(0xA1, cancel_value())}); }
Bytes notify() { return request(0xBF3D, {tlv(0xA0, hex(kPirBf37))}); }

std::string reason(ByteView der) {
  const auto parsed = parse_rsp_request(der);
  return parsed ? std::string("accepted") : std::string(parsed.error().reason());
}
template <class T>
T read(ByteView der) {
  auto parsed = parse_rsp_request(der);
  INFO(to_hex(der).substr(0, 40) << (parsed ? "" : parsed.error().message()));
  REQUIRE(parsed);
  REQUIRE(std::holds_alternative<T>(parsed->function));
  return std::get<T>(std::move(parsed->function));
}

TEST_CASE("every function is read from its tag inside A2", "[rsp][sgp22]") {
  const auto first = read<InitiateAuthenticationRequest>(initiate());
  CHECK(to_hex(first.euicc_challenge) == kEuiccChallenge);
  CHECK(first.smdp_address == "smdp.Example.com");
  CHECK(first.euicc_info1_der == euicc_info1());
  CHECK(first.euicc_info1.svn == Version{2, 2, 0});

  const auto second = read<AuthenticateClientRequest>(authenticate());
  CHECK(second.transaction_id.hex() == kTransactionId);
  CHECK(to_hex(std::get<AuthenticateResponseOk>(second.response).signed1) == kEuiccSigned1);

  const auto third = read<GetBoundProfilePackageRequest>(get_package());
  CHECK(to_hex(std::get<PrepareDownloadOk>(third.response).signed2) == kEuiccSigned2);

  const auto fourth = read<CancelSessionRequest>(cancel());
  const auto& cancelled = std::get<CancelSessionOk>(fourth.response);
  CHECK(to_hex(cancelled.signed_part) == kEuiccCancelSessionSigned);
  CHECK(cancelled.smdp_oid == "2.999.10");

  const auto fifth = read<HandleNotificationRequest>(notify());
  CHECK(to_hex(std::get<ProfileInstallationResult>(fifth.notification).whole) == kPirBf37);
  const auto other =
      read<HandleNotificationRequest>(request(0xBF3D, {tlv(0xA0, other_notification())}));
  CHECK(std::get<OtherSignedNotification>(other.notification).whole == other_notification());
}

TEST_CASE("the error alternatives of the card are read", "[rsp][sgp22]") {
  const Bytes failed = tlv(0xA1, {kTransaction, hex("020106")});
  const auto second =
      read<AuthenticateClientRequest>(request(0xBF3B, {kTransaction, tlv(0xBF38, failed)}));
  CHECK(std::get<AuthenticateResponseError>(second.response).error_code == 6);
  const auto third =
      read<GetBoundProfilePackageRequest>(request(0xBF3A, {kTransaction, tlv(0xBF21, failed)}));
  CHECK(std::get<PrepareDownloadError>(third.response).error_code == 6);
  const auto fourth =
      read<CancelSessionRequest>(request(0xBF41, {kTransaction, hex("A10381017F")}));
  CHECK(std::get<CancelSessionError>(fourth.response).error_code == 127);
}

TEST_CASE("tags that a toolkit doubled are read as if once", "[rsp][sgp22]") {
  for (const Bytes& once : {initiate(), authenticate(), get_package(), cancel(), notify()}) {
    const der::Tlv outer = der::parse_single(once, 0xA2).value();
    der::Reader inside(outer.value);
    CHECK(reason(tlv(0xA2, tlv(inside.peek().value(), outer.value))) == "accepted");
  }
  const Bytes inner = authenticate_server_response(hex(kEuiccSigned1));
  CHECK(reason(request(0xBF3B, {kTransaction, tlv(0xBF38, inner)})) == "accepted");
  const auto cancelled = read<CancelSessionRequest>(
      request(0xBF41, {kTransaction, tlv(0xA1, hex(kCancelSessionResponseBf41))}));
  CHECK(to_hex(std::get<CancelSessionOk>(cancelled.response).signed_part) ==
        kEuiccCancelSessionSigned);
}

TEST_CASE("elements of later releases are passed over", "[rsp][sgp22]") {
  CHECK(reason(request(0xBF39, {tlv(0x81, hex(kEuiccChallenge)), tlv(0x83, as_bytes("a.b")),
                                euicc_info1(), hex("850102")})) == "accepted");
  CHECK(reason(request(0xBF3B, {kTransaction, authenticate_server_response(hex(kEuiccSigned1)),
                                hex("8200")})) == "accepted");
}

TEST_CASE("what is no request of this binding is refused", "[rsp][sgp22]") {
  CHECK(reason({}) == "der.truncated");
  CHECK(reason(hex("A200")) == "der.truncated");
  CHECK(reason(hex("A20300BF39")) != "accepted");
  CHECK(reason(tlv(0xA3, tlv(0xBF39, ByteView()))) == "der.unexpected");
  CHECK(reason(request(0xBF4C, {kTransaction})) == "rsp.choice");  // v3: confirmDeviceChange
  Bytes two = initiate();
  CHECK(reason(tlv(0xA2, {ByteView(two).subspan(2), ByteView(two).subspan(2)})) != "accepted");
  two.push_back(0);
  CHECK(reason(two) == "der.trailing");
  CHECK(reason(request(0xBF39, {tlv(0x81, Bytes(15)), tlv(0x83, as_bytes("a.b")),
                                euicc_info1()})) == "rsp.size");
  CHECK(reason(request(0xBF3D, {hex(kPirBf37)})) == "der.unexpected");
  CHECK(reason(request(0xBF3D, {tlv(0xA0, ByteView())})) == "rsp.choice");
  CHECK(reason(request(0xBF41, {kTransaction, hex("A100")})) == "der.truncated");
}

TEST_CASE("every cut and any noise end in a refusal or a request", "[rsp][sgp22]") {
  const unsigned seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (const Bytes& whole : {initiate(), authenticate(), get_package(), cancel(), notify()}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      REQUIRE_FALSE(parse_rsp_request(ByteView(whole).first(size)));
    }
    for (int round = 0; round < 2'000; ++round) {
      Bytes noisy = whole;
      for (int hits = 0; hits < 3; ++hits) {
        noisy[random() % noisy.size()] = static_cast<std::uint8_t>(random());
      }
      (void)parse_rsp_request(noisy).ok();
    }
  }
}

TEST_CASE("answers stand under A0 of their function", "[rsp][sgp22]") {
  const TransactionId id = TransactionId::parse_hex("01").value();
  const Bytes ci = hex("F54172BDF98A95D65CBEB88A38A1C11D800A85C3");
  CHECK(
      to_asn1(InitiateAuthenticationResponse{id, hex(kServerSigned1), hex(kServerSignature1Raw), ci,
                                             hex("3001AA")}) ==
      tlv(0xA2, tlv(0xBF39, tlv(0xA0, {hex("800101"), hex(kServerSigned1),
                                       hex(kServerSignature1Tlv), tlv(0x04, ci), hex("3001AA")}))));
  CHECK(to_asn1(AuthenticateClientResponse{id, hex("BF2500"), hex(kSmdpSigned2),
                                           hex(kSmdpSignature2Raw), hex("3001AA")}) ==
        tlv(0xA2, tlv(0xBF3B, tlv(0xA0, {hex("800101"), hex("BF2500"), hex(kSmdpSigned2),
                                         signature_tlv(kSmdpSignature2Raw), hex("3001AA")}))));
  CHECK(to_hex(to_asn1(GetBoundProfilePackageResponse{id, hex("BF3600")})) ==
        "A20BBF3A08A006800101BF3600");
  CHECK(to_hex(cancel_session_done_asn1()) == "A205BF4102A000");
}

TEST_CASE("each status pair has its integer, row by row", "[rsp][sgp22]") {
  struct Row {
    RspError error;
    int initiate, authenticate, package, cancel;
  };
  const Row rows[] = {
      {smdp_address_refused(), 1, 127, 127, 127},
      {svn_unsupported(), 2, 127, 127, 127},
      {ci_for_signing_unsupported(), 3, 127, 127, 127},
      {no_certificate_for_verification_ci(), 3, 127, 127, 127},
      {eum_certificate_invalid(), 127, 1, 127, 127},
      {eum_certificate_expired(), 127, 2, 127, 127},
      {euicc_certificate_invalid(), 127, 3, 127, 127},
      {euicc_certificate_expired(), 127, 4, 127, 127},
      {euicc_signature_invalid(), 127, 5, 1, 2},
      {matching_id_refused(), 127, 6, 127, 127},
      {eid_refused(), 127, 7, 127, 127},
      {no_eligible_profile(), 127, 8, 127, 127},
      {ci_unknown(), 127, 9, 127, 127},
      {transaction_unknown(), 127, 10, 95, 1},
      {euicc_memory_insufficient(), 127, 11, 127, 127},
      {confirmation_code_missing(), 127, 127, 2, 127},
      {confirmation_code_refused(), 127, 127, 3, 127},
      {confirmation_code_attempts_exceeded(), 127, 127, 4, 127},
      {binding_unavailable(), 127, 127, 5, 127},
      {download_order_expired(), 127, 127, 6, 127},
      {profile_not_released(), 127, 127, 127, 127},
      {download_attempts_exceeded(), 127, 127, 127, 127},
      {smdp_oid_mismatch(), 127, 127, 127, 127},
      {{"8.1", "", ""}, 127, 127, 127, 127},
      {{"", "", ""}, 127, 127, 127, 127},
  };
  for (const Row& row : rows) {
    INFO(row.error.pair());
    CHECK(asn1_error(Es9Function::kInitiateAuthentication, row.error) == row.initiate);
    CHECK(asn1_error(Es9Function::kAuthenticateClient, row.error) == row.authenticate);
    CHECK(asn1_error(Es9Function::kGetBoundProfilePackage, row.error) == row.package);
    CHECK(asn1_error(Es9Function::kCancelSession, row.error) == row.cancel);
  }
}

TEST_CASE("a failure is one integer under its function", "[rsp][sgp22]") {
  CHECK(to_hex(failure_asn1(Es9Function::kInitiateAuthentication, smdp_address_refused())) ==
        "A206BF3903810101");
  CHECK(to_hex(failure_asn1(Es9Function::kAuthenticateClient, matching_id_refused())) ==
        "A206BF3B03810106");
  CHECK(to_hex(failure_asn1(Es9Function::kGetBoundProfilePackage, transaction_unknown())) ==
        "A206BF3A0381015F");
  CHECK(to_hex(failure_asn1(Es9Function::kCancelSession, smdp_oid_mismatch())) ==
        "A206BF410381017F");
}

}  // namespace
}  // namespace berth::rsp::sgp22
