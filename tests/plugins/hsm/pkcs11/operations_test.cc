// What keys do where modules differ: the KDF inside or outside, mechanisms that are missing,
// answers that are odd.

#include "tests/plugins/hsm/pkcs11/token_place.h"

namespace {

using namespace berth::pkcs11_test;

// Two one-time keys of one instance that agree with each other.
struct Agreement {
  explicit Agreement(Hsm& backend) : hsm(backend), one(hsm.key()), two(hsm.key()) {
    REQUIRE(hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_AGREE), one).ok());
    REQUIRE(hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_AGREE), two).ok());
  }
  Octets derive(std::size_t size) {
    Octets out(size);
    REQUIRE(hsm.agree(one, hsm.point(two), {1, 2, 3}, out).ok());
    return out;
  }
  Hsm& hsm;
  Key one;
  Key two;
};

}  // namespace

TEST_CASE("a KDF inside the token is used once it proved to be X9.63", "[pkcs11]") {
  Fake fake;
  TokenPlace place(FAKE_MODULE_SO);
  Hsm hsm(place);
  Agreement agreement(hsm);
  fake.kdf(1);
  Octets first = agreement.derive(48);
  CHECK(fake.calls("C_DeriveKey") == 1);
  CHECK(fake.calls("C_DeriveKey inside") == 1);
  CHECK(agreement.derive(48) == first);
  CHECK(agreement.derive(100).size() == 100);
  CHECK(fake.calls("C_DeriveKey") == 1);  // the shared secret stayed inside
  CHECK(fake.calls("C_DeriveKey inside") == 3);
}

TEST_CASE("a KDF inside that derives something else, or none at all, is not used", "[pkcs11]") {
  Fake fake;
  TokenPlace place(FAKE_MODULE_SO);
  for (int kind : {0, 2}) {
    CAPTURE(kind);
    fake.reset();
    Hsm hsm(place);
    Agreement agreement(hsm);
    fake.kdf(kind);
    Octets first = agreement.derive(48);
    CHECK(agreement.derive(48) == first);
    CHECK(fake.calls("C_DeriveKey") == 2);
    CHECK(fake.calls("C_DeriveKey inside") == 1);
  }
}

TEST_CASE("what the token does not offer is unsupported, by name", "[pkcs11]") {
  Fake fake;
  TokenPlace place(FAKE_MODULE_SO);
  fake.answer("C_GetMechanismInfo", CKR_MECHANISM_INVALID, 100);
  Hsm hsm(place);
  std::uint32_t ids[8] = {};
  std::size_t count = 9;
  REQUIRE(run([&](const berth_op* op) {
            return hsm.table()->mechanisms(hsm.instance().handle(), op, ids, 8, &count);
          }).ok());
  CHECK(count == 0);
  Key signer = hsm.key();
  Key kek = hsm.key();
  REQUIRE(hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN), signer).ok());
  REQUIRE(hsm.generate(spec_of(0, BERTH_KEY_WRAP), kek).ok());
  Octets out;
  Outcome outcome = hsm.sign(signer, Octets(32, 1), out);
  CHECK(outcome.status == BERTH_UNSUPPORTED);
  CHECK(outcome.reason == "hsm.mechanism");
  CHECK(hsm.wrap(kek, BERTH_MECH_AES_KW, "", Octets(32), out).reason == "hsm.mechanism");

  fake.answer("C_GenerateKeyPair", CKR_CURVE_NOT_SUPPORTED);
  Key none = hsm.key();
  outcome = hsm.generate(spec_of(BERTH_CURVE_BRAINPOOL_P256R1, BERTH_KEY_SIGN), none);
  CHECK(outcome.status == BERTH_UNSUPPORTED);
  CHECK(outcome.reason == "pkcs11.unsupported");
  CHECK(outcome.message.find("CKR_CURVE_NOT_SUPPORTED") != std::string::npos);
}

TEST_CASE("odd answers become one story each", "[pkcs11]") {
  Fake fake;
  TokenPlace place(FAKE_MODULE_SO);
  Hsm hsm(place);
  Key signer = hsm.key();
  REQUIRE(hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN, "signer"), signer).ok());
  struct Case {
    CK_RV answer;
    berth_status status;
    const char* reason;
  };
  Octets out;
  for (Case c : {Case{CKR_DEVICE_ERROR, BERTH_UNAVAILABLE, "pkcs11.device"},
                 Case{CKR_FUNCTION_FAILED, BERTH_UNAVAILABLE, "pkcs11.device"},
                 Case{CKR_DEVICE_MEMORY, BERTH_RESOURCE_EXHAUSTED, "pkcs11.full"},
                 Case{CKR_KEY_FUNCTION_NOT_PERMITTED, BERTH_PERMISSION_DENIED, "hsm.key_usage"},
                 Case{CKR_MECHANISM_INVALID, BERTH_UNSUPPORTED, "pkcs11.unsupported"},
                 Case{0x80000042, BERTH_INTERNAL, "pkcs11.call"}}) {
    CAPTURE(c.answer);
    fake.answer("C_SignInit", c.answer);
    Outcome outcome = hsm.sign(signer, Octets(32, 1), out);
    CHECK(outcome.status == c.status);
    CHECK(outcome.reason == c.reason);
    CHECK(outcome.message.find("C_SignInit answered") != std::string::npos);
    CHECK(hsm.sign(signer, Octets(32, 1), out).ok());
  }
  fake.answer("C_SignInit", 0x80000042);
  CHECK(hsm.sign(signer, Octets(32, 1), out).message.find("0x80000042") != std::string::npos);
}

TEST_CASE("a broken device is not taken for broken octets", "[pkcs11]") {
  Fake fake;
  TokenPlace place(FAKE_MODULE_SO);
  Hsm hsm(place);
  Key kek = hsm.key();
  REQUIRE(hsm.generate(spec_of(0, BERTH_KEY_WRAP | BERTH_KEY_UNWRAP, "kek"), kek).ok());
  Octets wrapped;
  Octets out;
  REQUIRE(hsm.wrap(kek, BERTH_MECH_AES_GCM, "a", Octets(32, 5), wrapped).ok());
  // The module says the same in both cases; only whether the token answers tells them apart.
  fake.answer("C_Decrypt", CKR_GENERAL_ERROR);
  CHECK(hsm.unwrap(kek, BERTH_MECH_AES_GCM, "a", wrapped, out).reason == "hsm.unwrap_failed");
  fake.answer("C_Decrypt", CKR_GENERAL_ERROR, 3);
  fake.answer("C_GetSessionInfo", CKR_DEVICE_ERROR, 1000);
  Outcome outcome = hsm.unwrap(kek, BERTH_MECH_AES_GCM, "a", wrapped, out);
  CHECK(outcome.status == BERTH_UNAVAILABLE);
  CHECK(outcome.reason == "pkcs11.device");
}
