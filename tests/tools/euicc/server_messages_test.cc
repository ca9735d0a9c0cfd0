#include "tools/euicc/server_messages.h"

#include <catch2/catch.hpp>

#include "tests/kernel/rsp/sgp22_vectors.h"

namespace berth::euicc {
namespace {

using vectors::hex;

TEST_CASE("the vectors' server messages are read", "[euicc][R43]") {
  const Bytes signed1 = hex(vectors::kServerSigned1);
  const auto first = read_server_signed1(signed1);
  REQUIRE(first.ok());
  CHECK(first->transaction_id.hex() == vectors::kTransactionId);
  CHECK(to_hex(first->euicc_challenge) == vectors::kEuiccChallenge);
  CHECK(first->server_address == "testsmdpplus1.example.com");
  CHECK(to_hex(first->server_challenge) == vectors::kServerChallenge);

  const auto second = read_smdp_signed2(hex(vectors::kSmdpSigned2));
  REQUIRE(second.ok());
  CHECK(second->confirmation_code_required);
  CHECK_FALSE(second->bpp_euicc_otpk.has_value());

  const Bytes bf23 = hex(vectors::kBf23);
  const auto request = read_secure_channel_request(bf23);
  REQUIRE(request.ok());
  CHECK(request->remote_operation == 1);
  CHECK(to_hex(request->host_id) == vectors::kHostId);
  CHECK(request->crt_supported);
  CHECK(to_hex(request->smdp_otpk) == vectors::kOtpkDp);

  const Bytes bf26 = hex(vectors::kReplaceSessionKeysPlain);
  const auto keys = read_replace_session_keys(bf26);
  REQUIRE(keys.ok());
  CHECK(to_hex(keys->initial_mcv) == vectors::kPpkInitialMcv);
  CHECK(to_hex(keys->ppk_enc) == vectors::kPpkEnc);
  CHECK(to_hex(keys->ppk_cmac) == vectors::kPpkCmac);
}

TEST_CASE("every cut of a server message is refused", "[euicc]") {
  const Bytes signed1 = hex(vectors::kServerSigned1);
  const Bytes bf23 = hex(vectors::kBf23);
  for (std::size_t size = 0; size < bf23.size(); ++size) {
    CHECK_FALSE(read_secure_channel_request(ByteView(bf23).first(size)).ok());
    if (size < signed1.size()) CHECK_FALSE(read_server_signed1(ByteView(signed1).first(size)).ok());
  }
}

TEST_CASE("signatures, keys and control references of the wrong shape are told apart", "[euicc]") {
  CHECK_FALSE(read_signature(hex("5F3702AABB")).ok());
  CHECK_FALSE(read_key_identifier(hex("0500")).ok());
  CHECK_FALSE(check_configure_isdp(hex("BF2500")).ok());
  CHECK_FALSE(check_configure_isdp(hex("BF2402B800")).ok());  // no OID inside
  CHECK(check_configure_isdp(hex("BF2407B805800388370A")).ok());
  CHECK(check_configure_isdp(hex("BF2400")).ok());
}

}  // namespace
}  // namespace berth::euicc
