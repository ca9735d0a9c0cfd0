#include "kernel/manifest/signature.h"

#include <catch2/catch.hpp>

#include "tests/kernel/manifest/plugin_folder.h"

namespace {

using namespace berth;                     // NOLINT
using namespace berth::manifest;           // NOLINT
using namespace berth::manifest::testing;  // NOLINT
namespace fs = std::filesystem;

// RFC 8032, section 7.1, test 2, as OpenSSL writes such keys.
constexpr const char* kRfcPrivate =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7\n"
    "-----END PRIVATE KEY-----\n";
constexpr const char* kRfcSignature =
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
constexpr const char* kEcKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n"
    "6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n"
    "-----END PUBLIC KEY-----\n";

}  // namespace

TEST_CASE("signatures are those of RFC 8032", "[manifest]") {
  const auto key = SigningKey::from_pem(kRfcPrivate);
  INFO(message_of(key));
  REQUIRE(key);
  const Bytes message = {0x72};
  CHECK(digits_of(key->sign(message)) == kRfcSignature);
  const auto half = PublicKey::from_pem(key->public_pem());
  REQUIRE(half);
  CHECK(half->verifies(message, *from_hex(kRfcSignature)));
}

TEST_CASE("a signature holds for its message and key alone", "[manifest]") {
  const auto key = SigningKey::generate();
  const auto other = SigningKey::generate();
  const auto half = *PublicKey::from_pem(key.public_pem());
  const Bytes message = to_bytes(as_bytes("a manifest"));
  const Bytes signature = key.sign(message);
  CHECK(half.verifies(message, signature));
  CHECK_FALSE(half.verifies(message, other.sign(message)));
  CHECK_FALSE(half.verifies(as_bytes("a manifes"), signature));
  CHECK_FALSE(half.verifies(message, {}));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    Bytes changed = signature;
    changed[i] ^= 1;
    INFO(i);
    CHECK_FALSE(half.verifies(message, changed));
  }
  Bytes longer = signature;
  longer.push_back(0);
  CHECK_FALSE(half.verifies(message, longer));
  CHECK_FALSE(half.verifies(message, ByteView(signature).first(63)));
}

TEST_CASE("a key goes through PEM and back, and its fingerprint is that of a pin", "[manifest]") {
  const auto key = SigningKey::generate();
  const SecretBytes pem = key.private_pem();
  const auto again = SigningKey::from_pem(as_text(pem.view()));
  REQUIRE(again);
  CHECK(again->public_pem() == key.public_pem());
  const std::string fingerprint = PublicKey::from_pem(key.public_pem())->fingerprint();
  CHECK(fingerprint.size() == 64);
  CHECK(fingerprint != PublicKey::from_pem(SigningKey::generate().public_pem())->fingerprint());
}

TEST_CASE("what is no Ed25519 key in PEM is refused", "[manifest]") {
  const SecretBytes secret = SigningKey::generate().private_pem();
  for (const std::string& bad : {std::string(), std::string("no key"), std::string(kEcKey),
                                 std::string(20'000, '-'), std::string(as_text(secret.view()))}) {
    CHECK(reason_of(PublicKey::from_pem(bad)) == "plugin_key.invalid");
  }
  for (const std::string& bad :
       {std::string(), std::string(kEcKey), SigningKey::generate().public_pem()}) {
    CHECK(reason_of(SigningKey::from_pem(bad)) == "plugin_key.invalid");
  }
}

TEST_CASE("a private key open to others signs nothing, and no message repeats it", "[manifest]") {
  const PluginFolder folder;
  const fs::path file = folder.path() / "key.pem";
  const auto key = SigningKey::generate();
  const SecretBytes pem = key.private_pem();
  PluginFolder::write(file, as_text(pem.view()));
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
  const auto open = SigningKey::read(file);
  CHECK(reason_of(open) == "plugin_key.open_to_others");
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  REQUIRE(SigningKey::read(file));
  CHECK(SigningKey::read(file)->public_pem() == key.public_pem());
  CHECK(reason_of(SigningKey::read(folder.path() / "nowhere")) == "plugin_key.unreadable");
  CHECK(reason_of(PublicKey::read(folder.path())) == "plugin_key.unreadable");
  PluginFolder::write(file, std::string(as_text(pem.view())).substr(10));
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  const auto cut = SigningKey::read(file);
  CHECK(reason_of(cut) == "plugin_key.invalid");
  CHECK(message_of(cut).find(file.string()) != std::string::npos);
  CHECK(message_of(cut).find("MC4CAQ") == std::string::npos);
}
