#include "curves.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

#include <algorithm>
#include <array>
#include <memory>

#include "berth/abi/hsm.h"
#include "berth/sdk/error.h"

namespace pkcs11 {
namespace {

using berth::sdk::ByteView;
using berth::sdk::Error;
using Group = std::unique_ptr<EC_GROUP, decltype(&EC_GROUP_free)>;
using Point = std::unique_ptr<EC_POINT, decltype(&EC_POINT_free)>;

// The curves' object identifiers, as DER.
constexpr std::uint8_t kP256[] = {6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7};
constexpr std::uint8_t kBrainpool[] = {6, 9, 0x2B, 0x24, 3, 3, 2, 8, 1, 1, 7};

constexpr std::size_t kDigestOctets = 32;

[[noreturn]] void crypto_failed(const char* what) {
  throw Error(BERTH_INTERNAL, "pkcs11.crypto", std::string(what) + " failed");
}

}  // namespace

ByteView params_of(std::uint32_t curve) {
  if (curve == BERTH_CURVE_P256) return kP256;
  if (curve == BERTH_CURVE_BRAINPOOL_P256R1) return kBrainpool;
  return {};
}

std::uint32_t curve_of(ByteView params) {
  for (std::uint32_t curve : {BERTH_CURVE_P256, BERTH_CURVE_BRAINPOOL_P256R1}) {
    ByteView known = params_of(curve);
    if (std::equal(known.begin(), known.end(), params.begin(), params.end())) return curve;
  }
  return 0;
}

std::vector<std::uint8_t> point_of(ByteView ec_point) {
  constexpr std::uint8_t kOctetString = 4;
  constexpr std::uint8_t kUncompressed = 4;
  if (ec_point.size() == kPointOctets + 2 && ec_point[0] == kOctetString &&
      ec_point[1] == kPointOctets) {
    ec_point = ec_point.subspan(2);
  }
  if (ec_point.size() != kPointOctets || ec_point[0] != kUncompressed) return {};
  return {ec_point.begin(), ec_point.end()};
}

void check_point(std::uint32_t curve, ByteView point) {
  int nid = curve == BERTH_CURVE_P256 ? NID_X9_62_prime256v1 : NID_brainpoolP256r1;
  Group group(EC_GROUP_new_by_curve_name(nid), &EC_GROUP_free);
  Point parsed(group == nullptr ? nullptr : EC_POINT_new(group.get()), &EC_POINT_free);
  if (parsed == nullptr) crypto_failed("EC_POINT_new");
  bool good =
      point.size() == kPointOctets && point[0] == POINT_CONVERSION_UNCOMPRESSED &&
      EC_POINT_oct2point(group.get(), parsed.get(), point.data(), point.size(), nullptr) == 1;
  if (!good) {
    throw Error(BERTH_INVALID_ARGUMENT, "hsm.point_not_on_curve",
                "the peer's public key is not an uncompressed point of the key's curve");
  }
}

void x963(const SecretOctets& shared, ByteView info, std::span<std::uint8_t> out) {
  SecretOctets input(shared);
  input.resize(shared.size() + 4);
  input.insert(input.end(), info.begin(), info.end());
  SecretOctets block(kDigestOctets);
  // 1024 octets at most are derived, so the last octet of the counter is enough.
  for (std::uint8_t counter = 1; !out.empty(); ++counter) {
    input[shared.size() + 3] = counter;
    if (EVP_Digest(input.data(), input.size(), block.data(), nullptr, EVP_sha256(), nullptr) != 1) {
      crypto_failed("SHA-256");
    }
    std::size_t take = std::min(out.size(), block.size());
    std::copy_n(block.begin(), take, out.begin());
    out = out.subspan(take);
  }
}

}  // namespace pkcs11
