#include "kernel/rsp/sgp22/activation_code.h"

#include <catch2/catch.hpp>
#include <random>
#include <set>

namespace berth::rsp::sgp22 {
namespace {

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(unsigned seed) : generator_(seed) {}
  void fill(std::span<std::uint8_t> target) override {
    for (auto& octet : target) octet = static_cast<std::uint8_t>(generator_());
  }

 private:
  std::mt19937 generator_;
};

std::string reason_of(std::string_view text) {
  const auto code = ActivationCode::parse(text);
  return code ? std::string("accepted") : std::string(code.error().reason());
}

TEST_CASE("the specification's own examples are read and written back", "[rsp][sgp22]") {
  for (const std::string_view text :
       {"1$SMDP.EXAMPLE.COM$04386-AGYFT", "1$SMDP.EXAMPLE.COM$04386-AGYFT$$1",
        "1$SMDP.EXAMPLE.COM$04386-AGYFT$1.3.6.1.4.1.31746$1", "1$SMDP.EXAMPLE.COM$",
        "1$SMDP.EXAMPLE.COM$04386-AGYFT$1.3.6.1.4.1.31746"}) {
    const auto code = ActivationCode::parse(text);
    REQUIRE(code);
    CHECK(code->text().value() == text);
    CHECK(ActivationCode::parse("LPA:" + std::string(text))->text().value() == text);
  }
}

TEST_CASE("the parts of an activation code come apart", "[rsp][sgp22]") {
  const auto code = ActivationCode::parse("LPA:1$smdp.Example.com$ab_12$2.999.10$1");
  REQUIRE(code);
  CHECK(code->smdp_address == "smdp.Example.com");
  CHECK(code->matching_id->text() == "ab_12");
  CHECK(code->smdp_oid == "2.999.10");
  CHECK(code->confirmation_code_required);
  CHECK_FALSE(ActivationCode::parse("1$a.b$T$$0")->confirmation_code_required);
  CHECK_FALSE(ActivationCode::parse("1$a.b$")->matching_id);
}

TEST_CASE("fields that later releases append are ignored", "[rsp][sgp22]") {
  const auto code = ActivationCode::parse("1$a.b$T$$1$F5417$1$more");
  REQUIRE(code);
  CHECK(code->text().value() == "1$a.b$T$$1");
}

TEST_CASE("what is no activation code is refused", "[rsp][sgp22]") {
  for (const std::string_view text :
       {"", "1", "1$", "1$a.b", "2$a.b$T", "LPA:", "lpa:1$a.b$T", "1$$T", "1$-a.b$T", "1$a b$T",
        "1$a.b$T T", "1$a.b$T$2.x", "1$a.b$T$3.1", "1$a.b$\x80", " 1$a.b$T"}) {
    CAPTURE(text);
    CHECK(reason_of(text) == "activation_code.invalid");
  }
}

TEST_CASE("255 characters are an activation code, 256 are not", "[rsp][sgp22]") {
  const std::string head = "1$a.b$";
  CHECK(reason_of(head + std::string(255 - head.size(), 'T')) == "accepted");
  CHECK(reason_of("LPA:" + head + std::string(255 - head.size(), 'T')) == "accepted");
  CHECK(reason_of(head + std::string(256 - head.size(), 'T')) == "activation_code.too_long");

  ActivationCode code;
  code.smdp_address = "a.b";
  code.matching_id = MatchingId::parse(std::string(249, 'T')).value();
  CHECK(code.text().value().size() == 255);
  code.matching_id = MatchingId::parse(std::string(250, 'T')).value();
  CHECK(code.text().error().reason() == "activation_code.too_long");
}

TEST_CASE("an unusable address or OID is never written into a code", "[rsp][sgp22]") {
  ActivationCode code;
  CHECK(code.text().error().reason() == "activation_code.invalid");
  code.smdp_address = "a$b";
  CHECK(code.text().error().reason() == "activation_code.invalid");
  code.smdp_address = "a.b";
  code.smdp_oid = "9.9";
  CHECK(code.text().error().reason() == "activation_code.invalid");
}

TEST_CASE("generated tokens fit a QR code's alphanumeric mode and never repeat",
          "[rsp][sgp22][R101]") {
  SeededRandom random(1);
  std::set<std::string> seen;
  for (int i = 0; i < 20000; ++i) {
    const std::string token = generate_matching_id(random).text();
    REQUIRE(token.size() <= 64);
    REQUIRE(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567-") == std::string::npos);
    REQUIRE_FALSE(token.starts_with("ACR-"));
    REQUIRE(token.front() != '-');
    REQUIRE(token.back() != '-');
    REQUIRE(seen.insert(token).second);
  }
}

TEST_CASE("a token carries 140 bits: all 28 characters follow the generator",
          "[rsp][sgp22][R101]") {
  // Every character changes when, and only when, the octet behind it does.
  class FixedRandom final : public Random {
   public:
    Bytes octets = Bytes(28, 0);
    void fill(std::span<std::uint8_t> target) override {
      REQUIRE(target.size() == octets.size());
      std::copy(octets.begin(), octets.end(), target.begin());
    }
  } random;
  const std::string zero = generate_matching_id(random).text();
  CHECK(zero == "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA");
  for (std::size_t at = 0; at < 28; ++at) {
    std::set<char> values;
    for (int value = 0; value < 32; ++value) {
      random.octets.assign(28, 0);
      random.octets[at] = static_cast<std::uint8_t>(value);
      values.insert(generate_matching_id(random).text()[at + at / 4]);
    }
    CHECK(values.size() == 32);
  }
}

}  // namespace
}  // namespace berth::rsp::sgp22
