#include <catch2/catch.hpp>

#include "kernel/rsp/der/der.h"
#include "tests/tools/euicc/fake_smdp.h"

namespace berth::euicc {
namespace {

using rsp::der::tlv;
using testpki::Flaw;
using testpki::ServerRole;

std::optional<AuthenticateError> authenticate(Bench& bench, AuthenticateServerRequest request) {
  const auto answer = bench.card->authenticate_server(request);
  REQUIRE(answer.ok());
  const auto parsed = rsp::sgp22::parse_authenticate_server_response(answer->der);
  REQUIRE(parsed.ok());
  if (answer->error) {
    const auto& sent = std::get<rsp::sgp22::AuthenticateResponseError>(*parsed);
    CHECK(sent.error_code == static_cast<std::uint64_t>(*answer->error));
  }
  return answer->error;
}

TEST_CASE("a good server is accepted on both curves and sees what it sent", "[euicc][R43]") {
  Bench bench(GENERATE(Curve::kP256, Curve::kBrainpoolP256r1));
  bench.prepare();  // requires signatures, challenge, address and transaction
  CHECK(bench.smdp.client->matching_id->text() == "TOKEN-1");
  CHECK(bench.smdp.client->device_info.tac == from_hex("35290611").value());
  CHECK(bench.smdp.client->euicc_info2.ci_ids_for_signing ==
        std::vector<Bytes>{bench.smdp.ci_key_id});
}

TEST_CASE("the card refuses an altered server signature", "[euicc][R43]") {
  Bench bench;
  auto request = bench.smdp.initiate(bench.card->euicc_challenge());
  request.server_signature1.back() ^= 1;
  CHECK(authenticate(bench, request) == AuthenticateError::kInvalidSignature);
}

TEST_CASE("the card refuses altered signed data", "[euicc][R43]") {
  Bench bench;
  auto request = bench.smdp.initiate(bench.card->euicc_challenge());
  request.server_signed1.back() ^= 1;  // the server's challenge
  CHECK(authenticate(bench, request) == AuthenticateError::kInvalidSignature);
}

TEST_CASE("the card refuses a challenge that is not its own", "[euicc][R43]") {
  Bench bench;
  (void)bench.card->euicc_challenge();
  CHECK(authenticate(bench, bench.smdp.initiate(Bytes(16, 7))) ==
        AuthenticateError::kEuiccChallengeMismatch);
}

TEST_CASE("a replayed authentication finds no session", "[euicc][R43]") {
  Bench bench;
  const auto request = bench.smdp.initiate(bench.card->euicc_challenge());
  CHECK_FALSE(authenticate(bench, request).has_value());
  CHECK(authenticate(bench, request) == AuthenticateError::kNoSessionContext);
  (void)bench.card->euicc_challenge();
  CHECK(authenticate(bench, request) == AuthenticateError::kEuiccChallengeMismatch);
  // A failed one spent the challenge, too.
  CHECK(authenticate(bench, request) == AuthenticateError::kNoSessionContext);
}

TEST_CASE("the card refuses every certificate that is not a DPauth under its CI", "[euicc][R43]") {
  Bench bench;
  const auto with = [&](testpki::ServerRequest request) {
    bench.smdp.auth = std::move(*bench.ci.issue_server(std::move(request)));
    return authenticate(bench, bench.smdp.initiate(bench.card->euicc_challenge()));
  };
  CHECK(with({.role = ServerRole::kDpPb}) == AuthenticateError::kInvalidOid);
  CHECK(with({.role = ServerRole::kDpTls, .dns_names = {"smdp.example.com"}}) ==
        AuthenticateError::kInvalidOid);
  CHECK(with({.role = ServerRole::kDpAuth, .flaw = Flaw::kBrokenSignature}) ==
        AuthenticateError::kInvalidCertificate);
  CHECK(with({.role = ServerRole::kDpAuth, .flaw = Flaw::kExpired}) ==
        AuthenticateError::kInvalidCertificate);
  CHECK(with({.role = ServerRole::kDpAuth, .flaw = Flaw::kUnsupportedCurve}) ==
        AuthenticateError::kUnsupportedCurve);
  CHECK(with({.role = ServerRole::kDpAuth, .flaw = Flaw::kWrongAuthorityKeyId}) ==
        AuthenticateError::kCiPkUnknown);
  CHECK(with({.role = ServerRole::kDpAuth, .flaw = Flaw::kUnknownCriticalExtension}).has_value());
  CHECK(with({.role = ServerRole::kDpAuth, .flaw = Flaw::kTrailingOctet}).has_value());
  CHECK_FALSE(with({.role = ServerRole::kDpAuth}).has_value());
}

TEST_CASE("a card without a clock accepts an expired server", "[euicc]") {
  Bench bench;
  CardState state = bench.initial;
  state.options.check_certificate_dates = false;
  bench.card = std::move(*Card::open(state, bench.store, bench.random, bench.clock));
  bench.smdp.auth =
      std::move(*bench.ci.issue_server({.role = ServerRole::kDpAuth, .flaw = Flaw::kExpired}));
  CHECK_FALSE(authenticate(bench, bench.smdp.initiate(bench.card->euicc_challenge())).has_value());
}

TEST_CASE("a server of a CI the card does not trust is refused", "[euicc][R43]") {
  Bench bench;
  Bench other;
  CHECK(authenticate(bench, other.smdp.initiate(bench.card->euicc_challenge())) ==
        AuthenticateError::kCiPkUnknown);
  auto request = bench.smdp.initiate(bench.card->euicc_challenge());
  request.ci_key_id_to_be_used = tlv(0x04, Bytes(20, 9));
  CHECK(authenticate(bench, request) == AuthenticateError::kCiPkUnknown);
}

TEST_CASE("octets that are no ServerSigned1 are refused without harm", "[euicc]") {
  Bench bench;
  for (const char* text : {"", "3000", "30800000", "048101", "3003800100"}) {
    auto request = bench.smdp.initiate(bench.card->euicc_challenge());
    request.server_signed1 = from_hex(text).value();
    CHECK(authenticate(bench, request) == AuthenticateError::kUndefined);
  }
}

// The card's answer to PrepareDownload after `alter` changed what the server sent.
template <class Alter>
std::optional<DownloadError> prepare(Bench& bench, Alter alter) {
  const auto authenticated =
      bench.card->authenticate_server(bench.smdp.initiate(bench.card->euicc_challenge()));
  REQUIRE_FALSE(authenticated->error.has_value());
  PrepareDownloadRequest request = bench.smdp.authenticate(authenticated->der);
  alter(request);
  const auto answer = bench.card->prepare_download(request);
  REQUIRE(answer.ok());
  if (answer->error) {
    const auto parsed = rsp::sgp22::parse_prepare_download_response(answer->der);
    REQUIRE(parsed.ok());
    CHECK(std::get<rsp::sgp22::PrepareDownloadError>(*parsed).error_code ==
          static_cast<std::uint64_t>(*answer->error));
  }
  return answer->error;
}

TEST_CASE("the card refuses an altered smdpSignature2", "[euicc][R43]") {
  Bench bench;
  CHECK(prepare(bench, [](auto& request) { request.smdp_signature2.back() ^= 1; }) ==
        DownloadError::kInvalidSignature);
}

TEST_CASE("smdpSignature2 must cover this session's euiccSignature1", "[euicc][R43]") {
  Bench bench;
  CHECK(prepare(bench, [&](auto& request) {
          Bytes message = request.smdp_signed2;
          append(message, tlv(0x5F37, Bytes(64, 1)));
          request.smdp_signature2 = tlv(0x5F37, testpki::sign_raw(bench.smdp.pb.key, message));
        }) == DownloadError::kInvalidSignature);
}

TEST_CASE("DPpb must have its role, the OID of DPauth and the same CI", "[euicc][R43]") {
  Bench bench;
  const auto with = [&](testpki::ServerRequest request) {
    bench.smdp.pb = std::move(*bench.ci.issue_server(std::move(request)));
    return prepare(bench, [](auto&) {});
  };
  CHECK(with({.role = ServerRole::kDpPb, .registered_id = "2.999.12"}) ==
        DownloadError::kInvalidCertificate);
  CHECK(with({.role = ServerRole::kDpAuth}) == DownloadError::kInvalidCertificate);
  CHECK(with({.role = ServerRole::kDpPb, .flaw = Flaw::kBrokenSignature}) ==
        DownloadError::kInvalidCertificate);
  CHECK(with({.role = ServerRole::kDpPb, .flaw = Flaw::kUnsupportedCurve}) ==
        DownloadError::kUnsupportedCurve);
  CHECK_FALSE(with({.role = ServerRole::kDpPb}).has_value());

  // Both CIs trusted, yet DPauth and DPpb must be of one.
  Bench other;
  CardState state = bench.initial;
  state.ci_certificates.push_back(other.ci.issued().certificate);
  bench.card = std::move(*Card::open(state, bench.store, bench.random, bench.clock));
  bench.smdp.pb = std::move(*other.ci.issue_server({.role = ServerRole::kDpPb}));
  CHECK(prepare(bench, [](auto&) {}) == DownloadError::kInvalidCertificate);
}

TEST_CASE("smdpSigned2 of another transaction is refused", "[euicc][R43]") {
  Bench bench;
  CHECK(prepare(bench, [&](auto& request) {
          request.smdp_signed2 = rsp::sgp22::encode_smdp_signed2(
              *TransactionId::from_octets(Bytes(16, 3)), false, std::nullopt);
          Bytes message = request.smdp_signed2;
          append(message, tlv(0x5F37, bench.smdp.client->signature1));
          request.smdp_signature2 = tlv(0x5F37, testpki::sign_raw(bench.smdp.pb.key, message));
        }) == DownloadError::kInvalidTransactionId);
}

TEST_CASE("PrepareDownload without authentication finds no session", "[euicc]") {
  Bench bench;
  CHECK(bench.card->prepare_download({})->error == DownloadError::kNoSessionContext);
  (void)bench.card->euicc_challenge();
  CHECK(bench.card->prepare_download({})->error == DownloadError::kNoSessionContext);
}

TEST_CASE("a repeated PrepareDownload keeps the one-time key", "[euicc]") {
  Bench bench;
  bench.prepare();
  const Bytes first = bench.smdp.prepared->euicc_otpk;
  PrepareDownloadRequest again{
      rsp::sgp22::encode_smdp_signed2(*bench.smdp.transaction, false, std::nullopt),
      bench.smdp.smdp_signature2, bench.smdp.pb.certificate, Bytes(32, 5)};
  bench.smdp.accept_prepared(bench.card->prepare_download(again)->der);
  CHECK(bench.smdp.prepared->euicc_otpk == first);
  CHECK(bench.smdp.prepared->hash_cc == Bytes(32, 5));
}

TEST_CASE("a cancelled session is signed, names the server's OID and is over", "[euicc][R43]") {
  Bench bench;
  bench.prepare();
  const TransactionId transaction = *bench.smdp.transaction;
  const TransactionId foreign = *TransactionId::from_octets(Bytes(16, 1));
  CHECK(bench.card->cancel_session(foreign, 0)->error == CancelError::kInvalidTransactionId);
  const std::uint8_t reason = GENERATE(std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{127});
  const auto answer = bench.card->cancel_session(transaction, reason);
  const auto parsed = rsp::sgp22::parse_cancel_session_response(answer->der);
  REQUIRE(parsed.ok());
  const auto& cancelled = std::get<rsp::sgp22::CancelSessionOk>(*parsed);
  CHECK(cancelled.smdp_oid == "2.999.10");
  CHECK(cancelled.reason == reason);
  CHECK(cancelled.transaction_id == transaction);
  const auto key = rsp::pki::Certificate::parse(bench.euicc_certificate.certificate)->public_key();
  CHECK(key.verify({cancelled.signed_part}, cancelled.signature));
  // A postponed order may be bound to the same key later.
  CHECK(bench.card->state().retry_keys.size() == (reason == 1 ? 1U : 0U));
  CHECK(bench.card->cancel_session(transaction, 0)->error == CancelError::kInvalidTransactionId);
  CHECK_FALSE(bench.card->load_bound_profile_package({}).ok());
}

}  // namespace
}  // namespace berth::euicc
