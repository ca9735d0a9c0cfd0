// The kit: key agreement as SGP.22 Annex G uses it, against OpenSSL and against itself.

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <memory>

#include "kit/hsm/hsm_kit.h"

namespace {

using namespace berth::hsm_kit;
using Pkey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using PkeyCtx = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;

Pkey openssl_pair(std::uint32_t curve) {
  return {EVP_EC_gen(curve == BERTH_CURVE_P256 ? "prime256v1" : "brainpoolP256r1"), EVP_PKEY_free};
}

Octets openssl_point(const Pkey& key) {
  Octets point(65);
  std::size_t length = 0;
  REQUIRE(EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                          point.size(), &length) == 1);
  REQUIRE(length == point.size());
  return point;
}

// The other side, by another implementation: ECDH, then X9.63 with SHA-256.
Octets openssl_agree(const Pkey& own, const Octets& peer_point, Octets info, std::size_t size) {
  Pkey peer(EVP_PKEY_new(), EVP_PKEY_free);
  REQUIRE(EVP_PKEY_copy_parameters(peer.get(), own.get()) == 1);
  REQUIRE(EVP_PKEY_set1_encoded_public_key(peer.get(), peer_point.data(), peer_point.size()) == 1);
  PkeyCtx context(EVP_PKEY_CTX_new(own.get(), nullptr), EVP_PKEY_CTX_free);
  Octets shared(32);
  std::size_t length = shared.size();
  REQUIRE(EVP_PKEY_derive_init(context.get()) == 1);
  REQUIRE(EVP_PKEY_derive_set_peer(context.get(), peer.get()) == 1);
  REQUIRE(EVP_PKEY_derive(context.get(), shared.data(), &length) == 1);
  std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> kdf(EVP_KDF_fetch(nullptr, "X963KDF", nullptr),
                                                        EVP_KDF_free);
  std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> run(EVP_KDF_CTX_new(kdf.get()),
                                                                EVP_KDF_CTX_free);
  char digest[] = "SHA256";
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, shared.data(), shared.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      OSSL_PARAM_construct_end()};
  Octets out(size);
  REQUIRE(EVP_KDF_derive(run.get(), out.data(), out.size(), params) == 1);
  return out;
}

}  // namespace

TEST_CASE("agreement yields what another implementation derives on the other side",
          "[hsm-kit][R22]") {
  auto place = make_place();
  Hsm hsm(*place);
  for (std::uint32_t curve : {BERTH_CURVE_P256, BERTH_CURVE_BRAINPOOL_P256R1}) {
    CAPTURE(curve);
    Key one_time = hsm.key();
    Key lasting = hsm.key();
    REQUIRE(hsm.generate(spec_of(curve, BERTH_KEY_AGREE), one_time).ok());
    REQUIRE(hsm.generate(spec_of(curve, BERTH_KEY_AGREE, "agree-" + std::to_string(curve)), lasting)
                .ok());
    for (const Key* key : {&one_time, &lasting}) {
      for (std::size_t size : {1u, 32u, 48u, 1024u}) {
        CAPTURE(size);
        Pkey card = openssl_pair(curve);
        Octets info = {0x88, 0x10, 5, static_cast<std::uint8_t>(size)};
        Octets derived(size);
        REQUIRE(hsm.agree(*key, openssl_point(card), info, derived).ok());
        CHECK(derived == openssl_agree(card, hsm.point(*key), info, size));
      }
    }
  }
}

TEST_CASE("ephemeral keys agree with each other and only with each other", "[hsm-kit][R22]") {
  auto place = make_place();
  Hsm hsm(*place);
  for (std::uint32_t curve : {BERTH_CURVE_P256, BERTH_CURVE_BRAINPOOL_P256R1}) {
    Key one = hsm.key();
    Key two = hsm.key();
    Key three = hsm.key();
    for (Key* key : {&one, &two, &three}) {
      REQUIRE(hsm.generate(spec_of(curve, BERTH_KEY_AGREE), *key).ok());
    }
    Octets info = {1, 2, 3};
    Octets left(33);
    Octets right(33);
    Octets other(33);
    REQUIRE(hsm.agree(one, hsm.point(two), info, left).ok());
    REQUIRE(hsm.agree(two, hsm.point(one), info, right).ok());
    REQUIRE(hsm.agree(one, hsm.point(three), info, other).ok());
    CHECK(left == right);
    CHECK(left != other);
    REQUIRE(hsm.agree(one, hsm.point(two), {}, other).ok());
    CHECK(left != other);
  }
}

TEST_CASE("peer points that are not on the curve are refused", "[hsm-kit][R22]") {
  auto place = make_place();
  Hsm hsm(*place);
  for (std::uint32_t curve : {BERTH_CURVE_P256, BERTH_CURVE_BRAINPOOL_P256R1}) {
    CAPTURE(curve);
    Key key = hsm.key();
    Key peer = hsm.key();
    Key foreign = hsm.key();
    std::uint32_t other_curve =
        curve == BERTH_CURVE_P256 ? BERTH_CURVE_BRAINPOOL_P256R1 : BERTH_CURVE_P256;
    REQUIRE(hsm.generate(spec_of(curve, BERTH_KEY_AGREE), key).ok());
    REQUIRE(hsm.generate(spec_of(curve, BERTH_KEY_AGREE), peer).ok());
    REQUIRE(hsm.generate(spec_of(other_curve, BERTH_KEY_AGREE), foreign).ok());
    Octets good = hsm.point(peer);
    std::vector<Octets> bad;
    bad.push_back(hsm.point(foreign));
    bad.push_back({});
    bad.push_back({0});  // infinity
    bad.push_back(Octets(65, 0));
    bad.push_back(Octets(65, 0xFF));
    Octets compressed(good.begin(), good.begin() + 33);
    compressed[0] = static_cast<std::uint8_t>(2 + (good[64] & 1));
    bad.push_back(compressed);
    Octets hybrid = good;
    hybrid[0] = static_cast<std::uint8_t>(6 + (good[64] & 1));
    bad.push_back(hybrid);
    Octets altered = good;
    altered[64] ^= 1;
    bad.push_back(altered);
    Octets longer = good;
    longer.push_back(0);
    bad.push_back(longer);
    bad.push_back(Octets(good.begin(), good.end() - 1));
    for (const Octets& point : bad) {
      Octets derived(48, 0xEE);
      auto outcome = hsm.agree(key, point, {}, derived);
      CHECK(outcome.status == BERTH_INVALID_ARGUMENT);
      CHECK(outcome.reason == "hsm.point_not_on_curve");
      CHECK(derived == Octets(48, 0xEE));
    }
    Octets derived(48);
    CHECK(hsm.agree(key, good, {}, derived).ok());
  }
}

TEST_CASE("agreement refuses lengths and keys that do not fit", "[hsm-kit]") {
  auto place = make_place();
  Hsm hsm(*place);
  Key key = hsm.key();
  Key signer = hsm.key();
  REQUIRE(hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_AGREE), key).ok());
  REQUIRE(hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN), signer).ok());
  Octets point = hsm.point(key);
  Octets nothing;
  Octets most(1024);
  Octets too_much(1025);
  CHECK(hsm.agree(key, point, {}, nothing).reason == "hsm.agree_length");
  CHECK(hsm.agree(key, point, {}, most).ok());
  CHECK(hsm.agree(key, point, {}, too_much).reason == "hsm.agree_length");
  CHECK(hsm.agree(key, point, Octets(1025), most).reason == "hsm.agree_length");
  CHECK(hsm.agree(signer, point, {}, most).reason == "hsm.key_usage");

  berth_hsm_agree params{};
  params.struct_size = sizeof params;
  params.mechanism = BERTH_MECH_ECKA_X963_SHA256;
  params.output_len = 48;
  Key inside = hsm.key();
  auto outcome = run([&](const berth_op* op) {
    return hsm.table()->agree(hsm.instance().handle(), op, key.get(), &params, nullptr,
                              inside.out());
  });
  CHECK(outcome.status == BERTH_UNSUPPORTED);
}
