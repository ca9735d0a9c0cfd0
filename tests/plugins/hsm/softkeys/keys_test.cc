// The life of lasting keys: described, imported; and their files.

#include <algorithm>
#include <thread>

#include "tests/plugins/hsm/softkeys/softkeys_fixture.h"

namespace {

using namespace berth::softkeys_test;
namespace fs = std::filesystem;

}  // namespace

TEST_CASE("a taken label is refused to an import, too, and a destroyed key's file is gone",
          "[softkeys]") {
  Place place;
  Softkeys hsm(place);
  Key key = hsm.key();
  REQUIRE(hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN, "only"), key).ok());
  CHECK(
      hsm.import("only", spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN, "only"), Octets(32, 1)).status ==
      BERTH_ALREADY_EXISTS);
  CHECK(fs::exists(place.key_file("only")));
  CHECK(hsm.destroy("only").ok());
  CHECK_FALSE(fs::exists(place.key_file("only")));
}

TEST_CASE("references that could leave the folder are refused", "[softkeys]") {
  Place place;
  Softkeys hsm(place);
  std::string longest(64, 'a');
  Key key = hsm.key();
  CHECK(hsm.generate(spec_of(0, BERTH_KEY_WRAP, longest), key).ok());
  for (std::string reference :
       {std::string(""), std::string("."), std::string(".."), std::string(".master"),
        std::string("../x"), std::string("a/b"), std::string("/etc/passwd"), std::string("A"),
        std::string("a b"), std::string("a\0b", 3), std::string("\xC3\xA4"), longest + "a"}) {
    CAPTURE(reference);
    Key out = hsm.key();
    CHECK(hsm.open(reference, out).reason == "hsm.bad_reference");
    CHECK(hsm.destroy(reference).reason == "hsm.bad_reference");
    CHECK(hsm.import(reference, spec_of(0, BERTH_KEY_WRAP, "x"), Octets(32)).reason ==
          "hsm.bad_reference");
  }
}

TEST_CASE("describing a key tells what it is for", "[softkeys]") {
  Place place;
  Softkeys hsm(place);
  REQUIRE(hsm.import("kek", spec_of(0, BERTH_KEY_WRAP | BERTH_KEY_UNWRAP), Octets(32, 1)).reason ==
          "hsm.key_spec");  // ephemeral
  REQUIRE(
      hsm.import("kek", spec_of(0, BERTH_KEY_WRAP | BERTH_KEY_UNWRAP, "kek"), Octets(32, 1)).ok());
  Key key = hsm.key();
  REQUIRE(hsm.open("kek", key).ok());
  berth_hsm_key_info info{};
  info.struct_size = sizeof info;
  REQUIRE(run([&](const berth_op* op) {
            return hsm.table()->describe_key(hsm.instance().handle(), op, key.get(), &info);
          }).ok());
  CHECK(info.curve == 0);
  CHECK(info.bits == 256);
  CHECK(info.usage == (BERTH_KEY_WRAP | BERTH_KEY_UNWRAP));
  CHECK_FALSE(info.hardware_bound);
  Octets point(65);
  berth_buf buffer{point.data(), point.size(), 0};
  CHECK(run([&](const berth_op* op) {
          return hsm.table()->public_point(hsm.instance().handle(), op, key.get(), &buffer);
        }).reason == "hsm.no_public_point");
}

TEST_CASE("imports of scalars outside the group are refused", "[softkeys][R22]") {
  Place place;
  Softkeys hsm(place);
  struct Case {
    std::uint32_t curve;
    const char* order;
  };
  for (Case c :
       {Case{BERTH_CURVE_P256, "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"},
        Case{BERTH_CURVE_BRAINPOOL_P256R1,
             "A9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7"}}) {
    CAPTURE(c.curve);
    auto spec = spec_of(c.curve, BERTH_KEY_SIGN, "imported");
    Octets order = from_hex(c.order);
    for (const Octets& bad :
         {Octets(32, 0), order, Octets(32, 0xFF), Octets(31, 1), Octets(33, 1), Octets{}}) {
      CHECK(hsm.import("imported", spec, bad).reason == "hsm.bad_scalar");
    }
    Octets largest = order;
    --largest.back();
    CHECK(hsm.import("imported", spec, largest).ok());
    CHECK(hsm.destroy("imported").ok());
  }
  CHECK(hsm.import("kek", spec_of(0, BERTH_KEY_WRAP, "kek"), Octets(16)).status ==
        BERTH_INVALID_ARGUMENT);
  CHECK(hsm.import("kek", spec_of(0, BERTH_KEY_WRAP, "other"), Octets(32)).reason ==
        "hsm.key_spec");
}

TEST_CASE("key files are private and hold no clear secret", "[softkeys]") {
  Place place;
  Octets scalar = from_hex("0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF");
  Softkeys hsm(place);
  REQUIRE(hsm.import("secret", spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN, "secret"), scalar).ok());
  CHECK(fs::status(place.keys()).permissions() == fs::perms::owner_all);
  for (const auto& entry : fs::directory_iterator(place.keys())) {
    CAPTURE(entry.path());
    CHECK(fs::status(entry).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    std::string content = read_file(entry.path().string());
    for (std::size_t from = 0; from + 8 <= scalar.size(); ++from) {
      CHECK(content.find(std::string(scalar.begin() + static_cast<std::ptrdiff_t>(from),
                                     scalar.begin() + static_cast<std::ptrdiff_t>(from + 8))) ==
            std::string::npos);
    }
    CHECK(content.find("correct horse") == std::string::npos);
  }
}

TEST_CASE("altered, cut, swapped and foreign key files are data loss", "[softkeys]") {
  Place place;
  {
    Softkeys hsm(place);
    Octets one(32, 1);
    Octets two(32, 2);
    REQUIRE(hsm.import("one", spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN, "one"), one).ok());
    REQUIRE(hsm.import("two", spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN, "two"), two).ok());
  }
  Softkeys hsm(place);
  std::string good = read_file(place.key_file("one"));
  auto opens = [&](const std::string& content) {
    write_file(place.key_file("one"), content, 0600);
    Key key = hsm.key();
    Outcome outcome = hsm.open("one", key);
    if (!outcome.ok()) CHECK(outcome.reason == "softkeys.key_file");
    return outcome.ok();
  };
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string altered = good;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    CAPTURE(i);
    CHECK_FALSE(opens(altered));
  }
  CHECK_FALSE(opens(""));
  CHECK_FALSE(opens(good.substr(0, good.size() - 1)));
  CHECK_FALSE(opens(good + "x"));
  CHECK_FALSE(opens(read_file(place.key_file("two"))));  // another key under this name
  CHECK(opens(good));
}
