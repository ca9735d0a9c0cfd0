#include "kernel/api/personalisation.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace berth;
using namespace berth::api;
using nlohmann::json;

namespace {

const std::string kK = "000102030405060708090A0B0C0D0E0F";

json good() {
  return {{"iccid", "8931440000000000014"},
          {"imsi", "001010123456789"},
          {"mncDigits", 2},
          {"accessClass", "8200"},
          {"pin1", "1234"},
          {"puk1", "12345678"},
          {"adm1", "11223344"},
          {"k", kK},
          {"opc", "f0" + kK.substr(2)}};
}
Result<std::optional<saip::Personalisation>> read(const json& member) {
  const auto body =
      JsonRequest::parse(json{{"personalisation", member}}.dump(), {"personalisation"});
  REQUIRE(body.ok());
  return read_personalisation(*body);
}
json with(const char* name, const json& value) {
  json member = good();
  member[name] = value;
  return member;
}

}  // namespace

TEST_CASE("a personalisation is read, secrets as octets", "[api]") {
  const auto values = read(good());
  REQUIRE(values);
  REQUIRE(*values);
  CHECK((*values)->iccid.text() == "8931440000000000014");
  CHECK((*values)->imsi == "001010123456789");
  CHECK((*values)->mnc_digits == 2);
  CHECK((*values)->access_class == 0x8200);
  CHECK(as_text((*values)->pin1.view()) == "1234");
  CHECK(as_text((*values)->puk1.view()) == "12345678");
  CHECK(as_text((*values)->adm1.view()) == "11223344");
  CHECK(to_hex((*values)->k.view()) == kK);
  CHECK(to_hex((*values)->opc.view()) == "F0" + kK.substr(2));
  CHECK((*values)->op.empty());
}

TEST_CASE("ADM1 may be eight octets in hexadecimal", "[api]") {
  const auto values = read(with("adm1", "00ff112233445566"));
  REQUIRE(values);
  CHECK(to_hex((*values)->adm1.view()) == "00FF112233445566");
}

TEST_CASE("what is not there is left to the template, and without the member there is nothing",
          "[api]") {
  const auto values = read({{"iccid", "8931440000000000014"}, {"imsi", "001010123456789"}});
  REQUIRE(values);
  CHECK_FALSE((*values)->mnc_digits);
  CHECK_FALSE((*values)->access_class);
  for (const SecretBytes* one : {&(*values)->pin1, &(*values)->puk1, &(*values)->adm1,
                                 &(*values)->k, &(*values)->opc, &(*values)->op}) {
    CHECK(one->empty());
  }
  const auto body = JsonRequest::parse("{}", {"personalisation"});
  REQUIRE(body.ok());
  const auto none = read_personalisation(*body);
  REQUIRE(none);
  CHECK_FALSE(none->has_value());
}

TEST_CASE("members of a wrong kind are refused and secrets not shown", "[api][R112]") {
  for (const json& member : {json("text"),
                             json::array(),
                             json(),
                             json::object(),
                             with("CANARY", 1),
                             with("imsi", 1),
                             with("imsi", ""),
                             with("imsi", std::string(16, '1')),
                             with("mncDigits", "2"),
                             with("mncDigits", 4),
                             with("mncDigits", -1),
                             with("accessClass", "82"),
                             with("accessClass", "820G"),
                             with("accessClass", 512),
                             with("pin1", 1234),
                             with("pin1", "123456789"),
                             with("puk1", nullptr),
                             with("adm1", "CANARY-CANARY-CA"),
                             with("adm1", std::string(17, '1')),
                             with("k", "CANARY"),
                             with("k", "0"),
                             with("opc", std::string(66, '0')),
                             with("op", json::array())}) {
    CAPTURE(member.dump());
    const auto values = read(member);
    REQUIRE_FALSE(values.ok());
    CHECK(values.error().reason() == "api.request");
    CHECK(values.error().message().find("CANARY") == std::string::npos);
  }
}

TEST_CASE("a mistyped ICCID is named as such", "[api]") {
  for (const char* iccid : {"8931440000000000015", "893144", "893144000000000001X"}) {
    const auto values = read(with("iccid", iccid));
    REQUIRE_FALSE(values.ok());
    CHECK(values.error().reason() == "api.iccid");
  }
}
