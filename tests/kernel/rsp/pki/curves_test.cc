#include "kernel/rsp/pki/curves.h"

#include <catch2/catch.hpp>

namespace berth::rsp::pki {

TEST_CASE("the two curves and their names belong together", "[rsp][pki][R22]") {
  for (const Curve curve : {Curve::kP256, Curve::kBrainpoolP256r1}) {
    CHECK(curve_from_oid(curve_oid(curve)) == curve);
  }
  CHECK(curve_oid(Curve::kP256) == "1.2.840.10045.3.1.7");
  CHECK(curve_oid(Curve::kBrainpoolP256r1) == "1.3.36.3.3.2.8.1.1.7");
  CHECK(std::string_view(openssl_group_name(Curve::kP256)) == "prime256v1");
  CHECK(std::string_view(openssl_group_name(Curve::kBrainpoolP256r1)) == "brainpoolP256r1");
  CHECK_FALSE(curve_from_oid("1.3.132.0.34").has_value());
  CHECK_FALSE(curve_from_oid("").has_value());
}

}  // namespace berth::rsp::pki
