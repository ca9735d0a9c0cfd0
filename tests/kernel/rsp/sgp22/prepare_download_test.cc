#include <catch2/catch.hpp>

#include "tests/kernel/rsp/sgp22/messages_from_vectors.h"

namespace berth::rsp::sgp22 {
namespace {

using namespace vectors;

std::string reason_of(ByteView der) {
  const auto response = parse_prepare_download_response(der);
  return response ? std::string("accepted") : std::string(response.error().reason());
}

PrepareDownloadOk ok_of(ByteView der) {
  return std::get<PrepareDownloadOk>(parse_prepare_download_response(der).value());
}

// signed2 with a one-time key and hash of these sizes; no hash when its size is 0.
Bytes signed2(Bytes otpk, std::size_t hash_size) {
  Bytes fields = hex("800101");
  der::append_tlv(fields, 0x5F49, otpk);
  if (hash_size != 0) der::append_tlv(fields, 0x04, Bytes(hash_size));
  return der::tlv(0x30, fields);
}

TEST_CASE("the card's preparation is read and its signed part kept as received", "[rsp][sgp22]") {
  const PrepareDownloadOk ok = ok_of(prepare_download_response(hex(kEuiccSigned2)));
  CHECK(to_hex(ok.signed2) == kEuiccSigned2);
  CHECK(to_hex(ok.signature2) == kEuiccSignature2Raw);
  CHECK(ok.transaction_id.hex() == kTransactionId);
  CHECK(to_hex(ok.euicc_otpk) == kOtpkEuicc);
  REQUIRE(ok.hash_cc);
  CHECK(to_hex(*ok.hash_cc) == kHashCc);
}

TEST_CASE("a preparation without a confirmation code has no hash", "[rsp][sgp22]") {
  CHECK_FALSE(ok_of(prepare_download_response(signed2(hex(kOtpkEuicc), 0))).hash_cc);
}

TEST_CASE("doubled tags and later elements in a preparation are accepted", "[rsp][sgp22]") {
  const Bytes doubled = der::tlv(0xBF21, prepare_download_response(hex(kEuiccSigned2)));
  CHECK(to_hex(ok_of(doubled).signed2) == kEuiccSigned2);
  Bytes fields = to_bytes(der::parse_single(hex(kEuiccSigned2), 0x30).value().value);
  append(fields, hex("A000"));
  CHECK(reason_of(prepare_download_response(der::tlv(0x30, fields))) == "accepted");
}

TEST_CASE("the card's refusal to prepare carries its code", "[rsp][sgp22]") {
  for (const std::string_view text : {"BF2108A106800142020102", "BF2108A106800142810102"}) {
    const auto response = parse_prepare_download_response(hex(text));
    REQUIRE(response);
    const auto& error = std::get<PrepareDownloadError>(*response);
    CHECK(error.transaction_id.hex() == "42");
    CHECK(error.error_code == 2);
  }
}

TEST_CASE("a faulty preparation is refused with its reason", "[rsp][sgp22]") {
  const auto reason = [](Bytes otpk, std::size_t hash_size) {
    return reason_of(prepare_download_response(signed2(std::move(otpk), hash_size)));
  };
  const Bytes point = hex(kOtpkEuicc);
  CHECK(reason(point, 32) == "accepted");
  CHECK(reason(point, 31) == "rsp.size");
  CHECK(reason(point, 33) == "rsp.size");
  CHECK(reason(Bytes(point.begin(), point.end() - 1), 0) == "rsp.size");
  Bytes compressed = point;
  compressed[0] = 0x02;
  CHECK(reason(compressed, 0) == "rsp.otpk");
  CHECK(reason({}, 0) == "rsp.size");
  CHECK(reason_of(hex("BF2102A500")) == "rsp.choice");
  CHECK(reason_of(hex("BF2100")) == "der.truncated");
  CHECK(reason_of(hex("30020500")) == "der.unexpected");
}

}  // namespace
}  // namespace berth::rsp::sgp22
