#include "kernel/routing/route_signer.h"

#include "tests/kernel/routing/book_fixture.h"

namespace berth::routing::testing {

TEST_CASE("the key is made once, signs, and nobody else's signature verifies", "[routing][R53]") {
  Scene scene;
  const RouteSigner signer(scene.hsm, scene.clock);
  const auto signature = must(signer.sign("text"));
  CHECK(signature.value_hex.size() == 128);
  CHECK(must(signer.verify("text", signature.value_hex)));
  CHECK_FALSE(must(signer.verify("Text", signature.value_hex)));
  std::string changed = signature.value_hex;
  changed[5] = changed[5] == '0' ? '1' : '0';
  CHECK_FALSE(must(signer.verify("text", changed)));
  CHECK_FALSE(must(signer.verify("text", "")));
  CHECK_FALSE(must(signer.verify("text", "zz")));
  CHECK(scene.hsm.generated == 1);
  SigningHsm other;
  CHECK_FALSE(must(RouteSigner(other, scene.clock).verify("text", signature.value_hex)));
  CHECK(must(signer.public_key_pem()).starts_with("-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0C"));
  scene.hsm.astray = true;
  CHECK_FALSE(must(signer.verify("text", signature.value_hex)));
}

}  // namespace berth::routing::testing
