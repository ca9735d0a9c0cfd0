#include "tools/berth-lpa/es9_asn1.h"

#include <catch2/catch.hpp>
#include <random>

#include "kernel/rsp/der/der.h"
#include "kernel/rsp/sgp22/es9_asn1.h"
#include "tests/kernel/rsp/sgp22_vectors.h"

namespace berth::lpa {
namespace {

using rsp::der::tlv;
using rsp::sgp22::Es9Function;
using vectors::hex;

const TransactionId kTransaction = *TransactionId::parse_hex(vectors::kTransactionId);

Bytes server_authentication() {
  return rsp::sgp22::to_asn1(rsp::sgp22::InitiateAuthenticationResponse{
      kTransaction, hex(vectors::kServerSigned1), hex(vectors::kServerSignature1Raw), Bytes(20, 1),
      hex("3001AA")});
}

TEST_CASE("requests are what the standard writes", "[berth_lpa]") {
  CHECK(to_hex(asn1::initiate_authentication(Bytes(2, 0xAB), "a.b", hex("BF2000"))) ==
        "A20FBF390C8102ABAB8303612E62BF2000");
  const TransactionId id = *TransactionId::parse_hex("01");
  CHECK(to_hex(asn1::authenticate_client(id, hex("BF3800"))) == "A209BF3B06800101BF3800");
  CHECK(to_hex(asn1::get_bound_profile_package(id, hex("BF2100"))) == "A209BF3A06800101BF2100");
  CHECK(to_hex(asn1::cancel_session(id, hex("BF4103810105"))) == "A20BBF4108800101A103810105");
  CHECK(to_hex(asn1::handle_notification(hex("BF3700"))) == "A208BF3D05A003BF3700");
}

TEST_CASE("the server's parser reads a cancel of the vectors", "[berth_lpa]") {
  const auto request = rsp::sgp22::parse_rsp_request(
      asn1::cancel_session(kTransaction, hex(vectors::kCancelSessionResponseBf41)));
  REQUIRE(request.ok());
  const auto& cancel = std::get<rsp::sgp22::CancelSessionRequest>(request->function);
  CHECK(to_hex(std::get<rsp::sgp22::CancelSessionOk>(cancel.response).signed_part) ==
        vectors::kEuiccCancelSessionSigned);
}

TEST_CASE("answers are read element by element", "[berth_lpa]") {
  const auto answer =
      asn1::read_answer(asn1::Function::kInitiateAuthentication, server_authentication());
  REQUIRE(answer.ok());
  const auto server = asn1::to_server_authentication(*answer);
  REQUIRE(server.ok());
  CHECK(server->transaction_id == kTransaction);
  CHECK(to_hex(server->server_signed1) == vectors::kServerSigned1);
  CHECK(to_hex(server->server_signature1) == vectors::kServerSignature1Tlv);
  CHECK(server->ci_key_id_to_be_used == tlv(0x04, Bytes(20, 1)));
  CHECK_FALSE(asn1::to_client_authentication(*answer).ok());
  const auto package = asn1::read_answer(
      asn1::Function::kGetBoundProfilePackage,
      rsp::sgp22::to_asn1(rsp::sgp22::GetBoundProfilePackageResponse{kTransaction, hex("BF3600")}));
  REQUIRE(package.ok());
  CHECK(to_hex(*asn1::to_bound_package(*package, kTransaction)) == "BF3600");
  CHECK_FALSE(asn1::to_bound_package(*package, *TransactionId::parse_hex("02")).ok());
}

TEST_CASE("what is no answer to the function is refused", "[berth_lpa]") {
  const Bytes whole = server_authentication();
  CHECK_FALSE(asn1::read_answer(asn1::Function::kAuthenticateClient, whole).ok());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK_FALSE(
        asn1::read_answer(asn1::Function::kInitiateAuthentication, ByteView(whole).first(size))
            .ok());
  }
  for (const char* text : {"A206BF3903810100", "A205BF3902A200", "A203BF3900"}) {
    CHECK_FALSE(asn1::read_answer(asn1::Function::kInitiateAuthentication, hex(text)).ok());
  }
  const auto empty =
      asn1::read_answer(asn1::Function::kInitiateAuthentication, hex("A205BF3902A000"));
  REQUIRE(empty.ok());
  CHECK_FALSE(asn1::to_server_authentication(*empty).ok());
  const unsigned seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 2'000; ++round) {
    Bytes noisy = whole;
    noisy[random() % noisy.size()] = static_cast<std::uint8_t>(random());
    const auto answer = asn1::read_answer(asn1::Function::kInitiateAuthentication, noisy);
    if (answer) (void)asn1::to_server_authentication(*answer).ok();
  }
}

TEST_CASE("the pair behind each integer is one the server would map to it", "[berth_lpa]") {
  const std::pair<asn1::Function, Es9Function> functions[] = {
      {asn1::Function::kInitiateAuthentication, Es9Function::kInitiateAuthentication},
      {asn1::Function::kAuthenticateClient, Es9Function::kAuthenticateClient},
      {asn1::Function::kGetBoundProfilePackage, Es9Function::kGetBoundProfilePackage},
      {asn1::Function::kCancelSession, Es9Function::kCancelSession}};
  std::size_t known = 0;
  for (const auto& [ours, theirs] : functions) {
    for (int error = 1; error <= 127; ++error) {
      const asn1::Pair pair = asn1::pair_of(ours, error);
      if (pair.subject_code.empty()) continue;
      ++known;
      CHECK(rsp::sgp22::asn1_error(theirs, {std::string(pair.subject_code),
                                            std::string(pair.reason_code), ""}) == error);
    }
  }
  CHECK(known == 3 + 11 + 7 + 2);
}

}  // namespace
}  // namespace berth::lpa
