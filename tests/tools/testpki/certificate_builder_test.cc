#include "tools/testpki/certificate_builder.h"

#include <catch2/catch.hpp>
#include <random>

#include "kernel/rsp/pki/certificate.h"

namespace berth::testpki {
namespace {

constexpr UnixMs kJune2026Ms = 1'780'272'000'000;  // 2026-06-01T00:00:00Z

bool contains(const Bytes& whole, const Bytes& part) {
  return std::search(whole.begin(), whole.end(), part.begin(), part.end()) != whole.end();
}

}  // namespace

TEST_CASE("the EUM's constraint is octet for octet the published form", "[testpki][R20]") {
  SystemRandom random;
  const ManualClock clock(kJune2026Ms);
  auto ci = TestCi::create(Curve::kP256, "CI", clock, random);
  REQUIRE(ci.ok());
  const auto eum = ci->issue_eum({.organization = "RSP Test EUM"});
  REQUIRE(eum.ok());
  // Extension 2.5.29.30, critical, as in the SGP.26 EUM certificate.
  const Bytes published = from_hex(
                              "303E0603551D1E0101FF04343032A030302EA42C302A31153013060355040A0C0C52"
                              "535020546573742045554D3111300F060355040513083839303439303332")
                              .value();
  CHECK(contains(eum->issued().certificate, published));
}

TEST_CASE("dates are UTCTime through 2049 and GeneralizedTime after", "[testpki]") {
  SystemRandom random;
  const ManualClock clock(kJune2026Ms);
  const Validity validity{kJune2026Ms, 2'524'608'000'000};  // to 2050-01-01
  const auto ci = TestCi::create(Curve::kP256, "CI", clock, random, {.validity = validity});
  REQUIRE(ci.ok());
  const std::string_view text = as_text(ci->issued().certificate);
  CHECK(text.find("\x17\x0D"
                  "260601000000Z\x18\x0F"
                  "20500101000000Z") != std::string_view::npos);
}

TEST_CASE("a name that cannot be encoded is a bad request", "[testpki]") {
  CHECK(encode_name({{"O", "a"}, {"CN", std::string(64, 'b')}}).ok());
  for (const std::string& bad : {std::string(), std::string(65, 'b'), std::string("a\nb")}) {
    CHECK(encode_name({{"CN", bad}}).error().reason() == "testpki.bad_request");
  }
}

TEST_CASE("a key identifier is the SHA-1 of the point", "[testpki]") {
  KeyPair key;
  key.point = Bytes{'a', 'b', 'c'};
  CHECK(to_hex(key_id_of(key)) == "A9993E364706816ABA3E25717850C26C9CD0D89D");
}

TEST_CASE("a certificate's subject is found in it", "[testpki]") {
  SystemRandom random;
  const ManualClock clock(kJune2026Ms);
  const auto ci = TestCi::create(Curve::kP256, "CI", clock, random);
  const auto name = encode_name({{"CN", "CI"}, {"O", "Berth Test"}});
  CHECK(subject_of(ci->issued().certificate).value() == name.value());
  CHECK_FALSE(subject_of({}).ok());
}

}  // namespace berth::testpki
