// Keys as the token holds them: attributes, names, URIs, and what is erased when.

#include <iomanip>
#include <sstream>

#include "tests/plugins/hsm/pkcs11/token_place.h"

namespace {

using namespace berth::pkcs11_test;

constexpr std::uint32_t kSymmetric = 0;

std::string percent(const std::string& octets) {
  std::ostringstream out;
  for (unsigned char octet : octets) {
    out << '%' << std::hex << std::setw(2) << std::setfill('0') << int{octet};
  }
  return out.str();
}

std::size_t keys_inside(Inside& inside) {
  return inside.objects(CKO_PRIVATE_KEY).size() + inside.objects(CKO_PUBLIC_KEY).size() +
         inside.objects(CKO_SECRET_KEY).size();
}

}  // namespace

TEST_CASE("keys are born in the token and cannot leave it", "[pkcs11][R11:part]") {
  TokenPlace place;
  Hsm hsm(place);
  std::vector<std::unique_ptr<Key>> keys;
  for (std::string_view label : {"", "lasting"}) {
    for (std::uint32_t curve : {std::uint32_t{BERTH_CURVE_P256},
                                std::uint32_t{BERTH_CURVE_BRAINPOOL_P256R1}, kSymmetric}) {
      std::uint32_t usage = curve == 0 ? BERTH_KEY_WRAP | BERTH_KEY_UNWRAP : BERTH_KEY_SIGN;
      std::string name = label.empty() ? "" : std::string(label) + std::to_string(curve);
      keys.push_back(std::make_unique<Key>(hsm.table(), hsm.instance().handle()));
      REQUIRE(hsm.generate(spec_of(curve, usage, name), *keys.back()).ok());
    }
  }
  Inside inside(place);
  const std::string yes(1, CK_TRUE);
  const std::string no(1, CK_FALSE);
  std::size_t checked = 0;
  for (CK_OBJECT_CLASS type : {CKO_PRIVATE_KEY, CKO_SECRET_KEY}) {
    for (CK_OBJECT_HANDLE object : inside.objects(type)) {
      CHECK(inside.attribute(object, CKA_SENSITIVE) == yes);
      CHECK(inside.attribute(object, CKA_ALWAYS_SENSITIVE) == yes);
      CHECK(inside.attribute(object, CKA_EXTRACTABLE) == no);
      CHECK(inside.attribute(object, CKA_NEVER_EXTRACTABLE) == yes);
      CHECK(inside.attribute(object, CKA_PRIVATE) == yes);
      CHECK(inside.attribute(object, CKA_VALUE) == "refused");
      bool lasting = inside.attribute(object, CKA_LABEL).starts_with("lasting");
      CHECK(inside.attribute(object, CKA_TOKEN) == (lasting ? yes : no));
      ++checked;
    }
  }
  CHECK(checked == 6);
}

TEST_CASE("only a slot that is hardware makes a key hardware-bound", "[pkcs11]") {
  Fake fake;
  TokenPlace place(FAKE_MODULE_SO);
  for (bool hardware : {false, true}) {
    fake.flags(0, hardware ? CKF_HW_SLOT : 0);
    Hsm hsm(place);
    Key key = hsm.key();
    REQUIRE(hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN), key).ok());
    berth_hsm_key_info info{};
    info.struct_size = sizeof info;
    REQUIRE(run([&](const berth_op* op) {
              return hsm.table()->describe_key(hsm.instance().handle(), op, key.get(), &info);
            }).ok());
    CHECK(info.hardware_bound == hardware);
  }
}

TEST_CASE("a key is found by label, by id, and by a URI of both", "[pkcs11]") {
  TokenPlace place;
  Hsm hsm(place);
  Key made = hsm.key();
  REQUIRE(hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN, "dp auth/1"), made).ok());
  Inside inside(place);
  std::string id = percent(inside.attribute(inside.objects(CKO_PRIVATE_KEY).at(0), CKA_ID));
  for (const std::string& reference :
       {std::string("dp auth/1"), std::string("pkcs11:object=dp%20auth%2f1"), "pkcs11:id=" + id,
        "pkcs11:token=" + place.label() + ";object=dp%20auth/1;type=private;id=" + id}) {
    CAPTURE(reference);
    Key found = hsm.key();
    REQUIRE(hsm.open(reference, found).ok());
    CHECK(hsm.point(found) == hsm.point(made));
  }
  Key none = hsm.key();
  CHECK(hsm.open("pkcs11:object=dp%20auth%2f1;id=%01", none).reason == "hsm.key_not_found");
  for (const std::string& reference :
       {std::string(), std::string("a\0b", 3), std::string("a\nb"), std::string(129, 'a'),
        std::string("berth.destroyed"), std::string("pkcs11:"), std::string("pkcs11:object="),
        std::string("pkcs11:object=a%2"), std::string("pkcs11:object=a%zz"),
        std::string("pkcs11:object=berth.destroyed"), std::string("pkcs11:object=a;token=other"),
        std::string("pkcs11:object=a;serial=1"), std::string("pkcs11:object=a?pin-value=1234"),
        std::string("pkcs11:object=a;slot-id=0"), std::string("pkcs11:object=a;type=cert"),
        std::string("pkcs11:id="), std::string("pkcs11:object")}) {
    CAPTURE(reference);
    Outcome outcome = hsm.open(reference, none);
    CHECK(outcome.reason == "hsm.bad_reference");
    CHECK(outcome.message.find("1234") == std::string::npos);
    CHECK(hsm.destroy(reference).reason == outcome.reason);
  }
  CHECK(hsm.generate(spec_of(0, BERTH_KEY_WRAP, "pkcs11:object=x"), none).reason ==
        "hsm.bad_reference");
}

TEST_CASE("two keys of one name, and one that could leave the token, are refused", "[pkcs11]") {
  TokenPlace place;
  Hsm hsm(place);
  for (const char* label : {"one", "two"}) {
    Key key = hsm.key();
    REQUIRE(hsm.generate(spec_of(0, BERTH_KEY_WRAP, label), key).ok());
  }
  Inside inside(place);
  for (CK_OBJECT_HANDLE object : inside.objects(CKO_SECRET_KEY)) {
    inside.set(object, CKA_LABEL, "same");
  }
  Key none = hsm.key();
  CHECK(hsm.open("same", none).reason == "pkcs11.key_ambiguous");
  CHECK(hsm.destroy("same").reason == "pkcs11.key_ambiguous");
  CHECK(hsm.generate(spec_of(0, BERTH_KEY_WRAP, "same"), none).reason == "pkcs11.key_ambiguous");

  CK_OBJECT_CLASS secret = CKO_SECRET_KEY;
  CK_KEY_TYPE aes = CKK_AES;
  CK_BBOOL yes = CK_TRUE;
  CK_BBOOL no = CK_FALSE;
  std::string label = "loose";
  std::string value(32, 'k');
  CK_ATTRIBUTE loose[] = {{CKA_CLASS, &secret, sizeof secret},
                          {CKA_KEY_TYPE, &aes, sizeof aes},
                          {CKA_TOKEN, &yes, 1},
                          {CKA_LABEL, label.data(), 5},
                          {CKA_SENSITIVE, &no, 1},
                          {CKA_EXTRACTABLE, &yes, 1},
                          {CKA_VALUE, value.data(), 32}};
  CK_OBJECT_HANDLE made = 0;
  REQUIRE(inside.call().C_CreateObject(inside.session(), loose, 7, &made) == CKR_OK);
  CHECK(hsm.open("loose", none).reason == "pkcs11.key_extractable");
}

TEST_CASE("a destroyed key is erased: at once, or with the last handle and the next call",
          "[pkcs11][R32:part]") {
  TokenPlace place;
  Hsm hsm(place);
  Inside inside(place);
  {
    Key key = hsm.key();
    REQUIRE(hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN, "brief"), key).ok());
  }
  REQUIRE(hsm.destroy("brief").ok());
  CHECK(keys_inside(inside) == 0);
  Octets signature;
  {
    Key open = hsm.key();
    Key same = hsm.key();
    REQUIRE(hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN, "brief"), open).ok());
    REQUIRE(hsm.open("brief", same).ok());
    REQUIRE(hsm.destroy("brief").ok());
    CHECK(keys_inside(inside) == 2);
    CHECK(hsm.sign(open, Octets(32, 1), signature).ok());
    Key next = hsm.key();  // the name is free again
    REQUIRE(hsm.generate(spec_of(0, BERTH_KEY_WRAP, "brief"), next).ok());
  }
  Key other = hsm.key();
  REQUIRE(hsm.open("brief", other).ok());
  CHECK(keys_inside(inside) == 1);
}

TEST_CASE("what a crash kept from being erased is erased at the next start", "[pkcs11]") {
  TokenPlace place;
  {
    Hsm hsm(place);
    Key key = hsm.key();
    REQUIRE(hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN, "kept"), key).ok());
    Key left = hsm.key();
    REQUIRE(hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN, "left"), left).ok());
    Inside inside(place);
    for (CK_OBJECT_CLASS type : {CKO_PRIVATE_KEY, CKO_PUBLIC_KEY}) {
      for (CK_OBJECT_HANDLE object : inside.objects(type)) {
        if (inside.attribute(object, CKA_LABEL) == "left") {
          inside.set(object, CKA_LABEL, "berth.destroyed");
        }
      }
    }
  }
  Hsm hsm(place);
  Inside inside(place);
  CHECK(keys_inside(inside) == 2);
  Key kept = hsm.key();
  CHECK(hsm.open("kept", kept).ok());
}

TEST_CASE("closing a one-time key asks nothing of the device; it goes after the next call",
          "[pkcs11]") {
  Fake fake;
  TokenPlace place(FAKE_MODULE_SO);
  Hsm hsm(place);
  Inside inside(place);
  {
    Key key = hsm.key();
    REQUIRE(hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_AGREE), key).ok());
    CHECK(inside.objects(CKO_PUBLIC_KEY).empty());
    int destroyed = fake.calls("C_DestroyObject");
    fake.delay("C_DestroyObject", 5000);
    Key closed = hsm.key();
    std::swap(*closed.out(), *key.out());
    {
      Key gone = hsm.key();
      std::swap(*gone.out(), *closed.out());
    }
    CHECK(fake.calls("C_DestroyObject") == destroyed);
    fake.delay("C_DestroyObject", 0);
  }
  CHECK(inside.objects(CKO_PRIVATE_KEY).size() == 1);
  Key next = hsm.key();
  REQUIRE(hsm.generate(spec_of(0, BERTH_KEY_WRAP), next).ok());
  CHECK(inside.objects(CKO_PRIVATE_KEY).empty());
}

TEST_CASE("a test key that softhsm2-util put in signs, found by label and by id", "[pkcs11]") {
  TokenPlace place;
  ScratchFolder folder;
  for (const char* curve : {"P-256", "brainpoolP256r1"}) {
    const std::string pem = folder / "key.pem";
    const std::string make =
        std::string("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:") + curve +
        " -pkeyopt ec_param_enc:named_curve -out " + pem;
    REQUIRE(std::system((make + " 2>/dev/null").c_str()) == 0);
    const std::string import = "softhsm2-util --import " + pem + " --token " + place.label() +
                               " --label dp-" + curve + " --id " + (curve[0] == 'P' ? "01" : "02") +
                               " --pin " + TokenPlace::kPin + " >/dev/null";
    REQUIRE(std::system(import.c_str()) == 0);
  }
  Hsm hsm(place);
  Octets signature;
  for (const char* reference : {"dp-P-256", "pkcs11:id=%01", "dp-brainpoolP256r1"}) {
    CAPTURE(reference);
    Key key = hsm.key();
    REQUIRE(hsm.open(reference, key).ok());
    CHECK(hsm.point(key).size() == 65);
    CHECK(hsm.sign(key, Octets(32, 1), signature).ok());
  }
}
