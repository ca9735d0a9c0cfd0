#include "tools/verify/proof_signature.h"

#include "tests/kernel/routing/book_fixture.h"

namespace berth::verify {

using routing::RouteSigner;
using routing::testing::must;
using routing::testing::SigningHsm;

TEST_CASE("a signature is of one key and one text", "[verify][R54:part]") {
  const ManualClock clock{1};
  SigningHsm hsm;
  SigningHsm other;
  const RouteSigner signer(hsm, clock);
  const auto signature = must(signer.sign("text"));
  const std::string key = must(signer.public_key_pem());
  CHECK(check_signature("text", signature.value_hex, key));
  CHECK(check_signature("texT", signature.value_hex, key).error().reason() == "verify.signature");
  CHECK(check_signature("text", signature.value_hex.substr(2), key).error().reason() ==
        "verify.signature");
  CHECK(check_signature("text", "", key).error().reason() == "verify.signature");
  const std::string others = must(RouteSigner(other, clock).public_key_pem());
  CHECK(check_signature("text", signature.value_hex, others).error().reason() ==
        "verify.signature");
  CHECK(check_signature("text", signature.value_hex, "no key").error().reason() == "verify.key");
}

}  // namespace berth::verify
