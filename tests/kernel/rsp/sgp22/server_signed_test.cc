#include <catch2/catch.hpp>

#include "tests/kernel/rsp/sgp22/messages_from_vectors.h"

namespace berth::rsp::sgp22 {
namespace {

using namespace vectors;

TransactionId transaction() { return TransactionId::parse_hex(kTransactionId).value(); }

TEST_CASE("serverSigned1 equals the known octets", "[rsp][sgp22]") {
  CHECK(to_hex(encode_server_signed1(transaction(), hex(kEuiccChallenge),
                                     "testsmdpplus1.example.com", hex(kServerChallenge))) ==
        kServerSigned1);
}

TEST_CASE("serverSigned1 keeps the client's spelling of the address", "[rsp][sgp22]") {
  const Bytes signed1 = encode_server_signed1(transaction(), hex(kEuiccChallenge), "SMDP.Example.",
                                              hex(kServerChallenge));
  CHECK(to_hex(signed1).find(to_hex(as_bytes("SMDP.Example."))) != std::string::npos);
}

TEST_CASE("smdpSigned2 equals the known octets", "[rsp][sgp22]") {
  CHECK(to_hex(encode_smdp_signed2(transaction(), true, std::nullopt)) == kSmdpSigned2);
}

TEST_CASE("smdpSigned2 says no confirmation code and names the kept one-time key", "[rsp][sgp22]") {
  const Bytes signed2 = encode_smdp_signed2(transaction(), false, hex(kOtpkEuicc));
  CHECK(to_hex(signed2) ==
        "30598010" + std::string(kTransactionId) + "0101005F4941" + std::string(kOtpkEuicc));
}

}  // namespace
}  // namespace berth::rsp::sgp22
