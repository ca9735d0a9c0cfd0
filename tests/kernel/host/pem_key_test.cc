#include "kernel/host/pem_key.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <catch2/catch.hpp>
#include <memory>

#include "tools/testpki/key_pair.h"

namespace berth::host {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

std::string text_of(const Bio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

Key ec_key(const char* group) {
  Key key(EVP_EC_gen(group), EVP_PKEY_free);
  REQUIRE(key != nullptr);
  return key;
}

std::string pkcs8(const Key& key, const EVP_CIPHER* cipher = nullptr) {
  const Bio out(BIO_new(BIO_s_mem()), BIO_free);
  char passphrase[] = "secret";
  REQUIRE(PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), cipher,
                                        cipher == nullptr ? nullptr : passphrase,
                                        cipher == nullptr ? 0 : 6, nullptr, nullptr) == 1);
  return text_of(out);
}

std::string reason(std::string_view pem) {
  const auto parsed = parse_pem_key(pem);
  if (parsed) return "ok";
  CHECK(parsed.error().code() == ErrorCode::kInvalidArgument);
  CHECK(parsed.error().message().find("PRIVATE") == std::string::npos);  // never echoes the text
  return std::string(parsed.error().reason());
}

}  // namespace

TEST_CASE("a key is read from SEC1 and from PKCS#8, on both curves", "[host][R22]") {
  SystemRandom random;
  for (const Curve curve : {Curve::kP256, Curve::kBrainpoolP256r1}) {
    const testpki::KeyPair pair = testpki::generate_key(curve, random);
    const SecretBytes sec1 = testpki::key_to_pem(pair);
    const auto parsed = parse_pem_key(as_text(sec1.view()));
    REQUIRE(parsed.ok());
    CHECK(parsed->curve == curve);
    CHECK(equal(parsed->scalar.view(), pair.scalar.view()));

    const Bio in(BIO_new_mem_buf(sec1.view().data(), static_cast<int>(sec1.size())), BIO_free);
    const Key key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
    const auto again = parse_pem_key(pkcs8(key));
    REQUIRE(again.ok());
    CHECK(again->curve == curve);
    CHECK(equal(again->scalar.view(), pair.scalar.view()));
  }
}

TEST_CASE("a scalar with leading zeros keeps its 32 octets", "[host]") {
  Bytes scalar(32);
  scalar.back() = 5;
  const auto pair = testpki::key_from_scalar(Curve::kP256, scalar);
  REQUIRE(pair.ok());
  const SecretBytes pem = testpki::key_to_pem(*pair);
  const auto parsed = parse_pem_key(as_text(pem.view()));
  REQUIRE(parsed.ok());
  CHECK(equal(parsed->scalar.view(), scalar));
}

TEST_CASE("what is no unencrypted private key on our curves is refused", "[host]") {
  CHECK(reason("") == "key.invalid");
  CHECK(reason("hello") == "key.invalid");
  CHECK(reason("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n") == "key.invalid");
  CHECK(reason(std::string(17 * 1024, 'A')) == "key.invalid");
  const Key p256 = ec_key("P-256");
  const std::string good = pkcs8(p256);
  CHECK(reason(good) == "ok");
  CHECK(reason(good.substr(0, good.size() / 2)) == "key.invalid");
  CHECK(reason(pkcs8(p256, EVP_aes_256_cbc())) == "key.invalid");  // nobody is asked for it
  CHECK(reason(pkcs8(ec_key("P-384"))) == "key.invalid");
  CHECK(reason(pkcs8(ec_key("secp256k1"))) == "key.invalid");
  const Key rsa(EVP_RSA_gen(2048), EVP_PKEY_free);
  CHECK(reason(pkcs8(rsa)) == "key.invalid");
  const Bio public_half(BIO_new(BIO_s_mem()), BIO_free);
  REQUIRE(PEM_write_bio_PUBKEY(public_half.get(), p256.get()) == 1);
  CHECK(reason(text_of(public_half)) == "key.invalid");
}

}  // namespace berth::host
