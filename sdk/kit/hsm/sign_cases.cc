// The kit: ECDSA through the plugin, verified by OpenSSL as an independent reader of r||s.

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <memory>
#include <set>
#include <thread>

#include "kit/hsm/hsm_kit.h"

namespace {

using namespace berth::hsm_kit;

bool verifies(std::uint32_t curve, const Octets& point, const Octets& digest,
              const Octets& signature) {
  std::string group = curve == BERTH_CURVE_P256 ? "prime256v1" : "brainpoolP256r1";
  Octets public_point = point;
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, public_point.data(),
                                        public_point.size()),
      OSSL_PARAM_construct_end()};
  EVP_PKEY* raw = nullptr;
  std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> maker(
      EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), EVP_PKEY_CTX_free);
  REQUIRE(EVP_PKEY_fromdata_init(maker.get()) == 1);
  REQUIRE(EVP_PKEY_fromdata(maker.get(), &raw, EVP_PKEY_PUBLIC_KEY, params) == 1);
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(raw, EVP_PKEY_free);

  std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> parsed(ECDSA_SIG_new(), ECDSA_SIG_free);
  ECDSA_SIG_set0(parsed.get(), BN_bin2bn(signature.data(), 32, nullptr),
                 BN_bin2bn(signature.data() + 32, 32, nullptr));
  std::uint8_t der[80];
  std::uint8_t* cursor = der;
  int length = i2d_ECDSA_SIG(parsed.get(), &cursor);
  std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> verifier(
      EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr), EVP_PKEY_CTX_free);
  REQUIRE(EVP_PKEY_verify_init(verifier.get()) == 1);
  return EVP_PKEY_verify(verifier.get(), der, static_cast<std::size_t>(length), digest.data(),
                         digest.size()) == 1;
}

}  // namespace

TEST_CASE("signatures on both curves verify outside and fit no other digest", "[hsm-kit][R22]") {
  auto place = make_place();
  Hsm hsm(*place);
  for (std::uint32_t curve : {BERTH_CURVE_P256, BERTH_CURVE_BRAINPOOL_P256R1}) {
    CAPTURE(curve);
    Key key = hsm.key();
    REQUIRE(
        hsm.generate(spec_of(curve, BERTH_KEY_SIGN, "signer-" + std::to_string(curve)), key).ok());
    Octets point = hsm.point(key);
    CHECK(point[0] == 4);
    std::set<Octets> seen;
    // Enough of them to meet an r or s with a leading zero octet now and then.
    for (std::uint8_t round = 0; round < 40; ++round) {
      Octets digest(32, round);
      Octets signature;
      REQUIRE(hsm.sign(key, digest, signature).ok());
      CHECK(verifies(curve, point, digest, signature));
      digest[31] ^= 1;
      CHECK_FALSE(verifies(curve, point, digest, signature));
      seen.insert(signature);
    }
    CHECK(seen.size() == 40);
  }
}

TEST_CASE("one key signs on many threads at once", "[hsm-kit][R22]") {
  auto place = make_place();
  Hsm hsm(*place);
  Key key = hsm.key();
  REQUIRE(hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN, "shared"), key).ok());
  Octets digest(32, 7);
  constexpr std::size_t kThreads = 8;
  constexpr std::size_t kRounds = 25;
  std::vector<std::vector<Octets>> made(kThreads, std::vector<Octets>(kRounds, Octets(64)));
  std::vector<std::thread> threads;
  for (auto& mine : made) {
    threads.emplace_back([&] {
      for (Octets& signature : mine) {
        berth::kit::FakeOp op;
        berth_buf buffer{signature.data(), signature.size(), 0};
        hsm.table()->sign(hsm.instance().handle(), op.raw(), key.get(), BERTH_MECH_ECDSA_SHA256,
                          berth::kit::octets(digest), &buffer);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Octets point = hsm.point(key);
  for (const auto& mine : made) {
    for (const Octets& signature : mine)
      CHECK(verifies(BERTH_CURVE_P256, point, digest, signature));
  }
}

TEST_CASE("signing refuses digests, mechanisms and keys that do not fit", "[hsm-kit][R22]") {
  auto place = make_place();
  Hsm hsm(*place);
  Key signer = hsm.key();
  Key agreer = hsm.key();
  Key wrapper = hsm.key();
  REQUIRE(hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN), signer).ok());
  REQUIRE(hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_AGREE), agreer).ok());
  REQUIRE(hsm.generate(spec_of(0, BERTH_KEY_WRAP), wrapper).ok());
  Octets signature;
  for (std::size_t length : {0u, 20u, 31u, 33u, 64u}) {
    auto outcome = hsm.sign(signer, Octets(length, 1), signature);
    CHECK(outcome.status == BERTH_INVALID_ARGUMENT);
    CHECK(outcome.reason == "hsm.digest_length");
  }
  Octets digest(32, 1);
  CHECK(hsm.sign(signer, digest, signature, BERTH_MECH_AES_GCM).status == BERTH_UNSUPPORTED);
  CHECK(hsm.sign(signer, digest, signature, 0).status == BERTH_UNSUPPORTED);
  CHECK(hsm.sign(signer, digest, signature, 9999).status == BERTH_UNSUPPORTED);
  CHECK(hsm.sign(agreer, digest, signature).reason == "hsm.key_usage");
  CHECK(hsm.sign(wrapper, digest, signature).reason == "hsm.key_usage");
}

TEST_CASE("a short signature buffer learns the size and nothing is written beyond it",
          "[hsm-kit]") {
  auto place = make_place();
  Hsm hsm(*place);
  Key key = hsm.key();
  REQUIRE(hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN), key).ok());
  Octets digest(32, 1);
  for (std::size_t cap : {std::size_t{0}, std::size_t{63}, std::size_t{64}}) {
    Octets memory(80, 0xEE);
    berth_buf buffer{memory.data(), cap, 0};
    auto outcome = run([&](const berth_op* op) {
      return hsm.table()->sign(hsm.instance().handle(), op, key.get(), BERTH_MECH_ECDSA_SHA256,
                               berth::kit::octets(digest), &buffer);
    });
    CHECK(outcome.status == (cap < 64 ? BERTH_BUFFER_TOO_SMALL : BERTH_OK));
    CHECK(buffer.len == 64);
    for (std::size_t i = cap; i < memory.size(); ++i) CHECK(memory[i] == 0xEE);
  }
}

TEST_CASE("a cancelled call does not sign", "[hsm-kit]") {
  auto place = make_place();
  Hsm hsm(*place);
  Key key = hsm.key();
  REQUIRE(hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN), key).ok());
  berth::kit::FakeOp op;
  op.cancel();
  Octets digest(32, 1);
  Octets signature(64);
  berth_buf buffer{signature.data(), signature.size(), 0};
  CHECK(hsm.table()->sign(hsm.instance().handle(), op.raw(), key.get(), BERTH_MECH_ECDSA_SHA256,
                          berth::kit::octets(digest), &buffer) == BERTH_CANCELLED);
  CHECK(op.fails() == 1);
}
