#include "kernel/base/digest.h"

#include <catch2/catch.hpp>

using berth::as_bytes;
using berth::to_hex;

TEST_CASE("SHA-256 agrees with FIPS 180-2", "[base]") {
  CHECK(to_hex(berth::sha256({})) ==
        "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855");
  CHECK(to_hex(berth::sha256(as_bytes("abc"))) ==
        "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");
  CHECK(
      to_hex(berth::sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))) ==
      "248D6A61D20638B8E5C026930C3E6039A33CE45964FF2167F6ECEDD419DB06C1");
}

TEST_CASE("a digest does not depend on how its input is cut", "[base]") {
  const auto whole = berth::sha256(as_bytes("message digest"));
  berth::Sha256Stream stream;
  stream.update(as_bytes("mess")).update({}).update(as_bytes("age ")).update(as_bytes("digest"));
  CHECK(stream.finish() == whole);
  berth::Sha256Stream empty;
  CHECK(empty.finish() == berth::sha256({}));
}

TEST_CASE("HMAC-SHA-256 agrees with RFC 4231", "[base]") {
  CHECK(to_hex(berth::hmac_sha256(berth::Bytes(20, 0x0B), as_bytes("Hi There"))) ==
        "B0344C61D8DB38535CA8AFCEAF0BF12B881DC200C9833DA726E9376C2E32CFF7");
  CHECK(to_hex(berth::hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))) ==
        "5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843");
  // A key longer than a block is hashed first.
  CHECK(to_hex(berth::hmac_sha256(
            berth::Bytes(131, 0xAA),
            as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))) ==
        "60E431591EE0B67F0D8A26AACBF5B77F8E0BC6213728C5140546040F0EE37F54");
}

TEST_CASE("HMAC-SHA-256 accepts an empty key and empty data", "[base]") {
  CHECK(to_hex(berth::hmac_sha256({}, {})) ==
        "B613679A0814D9EC772F95D778C35FC5FF1697C493715653C6C712144292C5AD");
}
