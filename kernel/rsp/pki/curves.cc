#include "kernel/rsp/pki/curves.h"

#include "kernel/base/assert.h"

namespace berth::rsp::pki {
namespace {

struct Names {
  Curve curve;
  std::string_view oid;
  const char* group;
};

// SGP.22 §2.6.7.1
constexpr Names kCurves[] = {
    {Curve::kP256, "1.2.840.10045.3.1.7", "prime256v1"},
    {Curve::kBrainpoolP256r1, "1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"},
};

const Names& names(Curve curve) {
  for (const Names& known : kCurves) {
    if (known.curve == curve) return known;
  }
  assertion_failed("a curve of the enumeration", __FILE__, __LINE__);
}

}  // namespace

std::string_view curve_oid(Curve curve) { return names(curve).oid; }

std::optional<Curve> curve_from_oid(std::string_view oid) {
  for (const Names& known : kCurves) {
    if (known.oid == oid) return known.curve;
  }
  return std::nullopt;
}

const char* openssl_group_name(Curve curve) { return names(curve).group; }

}  // namespace berth::rsp::pki
