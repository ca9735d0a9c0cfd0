// The GSMA's published test profiles (TS.48), when they are at hand.

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "tests/kernel/saip/package_support.h"

namespace {

using namespace berth;              // NOLINT: the tests name nearly everything in it
using namespace berth::saip;        // NOLINT
using namespace berth::saip::test;  // NOLINT
namespace fs = std::filesystem;

struct Fact {
  const char* file;
  std::size_t size;
  const char* iccid;
  int minor;
  std::size_t elements;
  const char* more_services;  // beyond usim, isim, csim, usim-test-algorithm; in any order
};

constexpr const char* kProtected = "get-identity profile-a-x25519 profile-b-p256";
constexpr const char* kProtectedTlv = "ber-tlv get-identity profile-a-x25519 profile-b-p256";
constexpr const char* kShared = "89000123456789012341";

const Fact kFacts[] = {
    {"TS48V1-A-UNIQUE.der", 11768, "8949449999999990023", 1, 28, "javacard"},
    {"TS48V1-B-UNIQUE.der", 11785, "8949449999999990031", 1, 29, "javacard"},
    {"TS48V2-SAIP2-1-BERTLV-UNIQUE.der", 12257, "8949449999999990049", 1, 28, "ber-tlv"},
    {"TS48V2-SAIP2-1-NOBERTLV-UNIQUE.der", 12207, "8949449999999990007", 1, 28, ""},
    {"TS48V2-SAIP2-3-BERTLV-UNIQUE.der", 12309, "8949449999999990056", 3, 30, kProtectedTlv},
    {"TS48V2-SAIP2-3-NOBERTLV-UNIQUE.der", 12251, "8949449999999990015", 3, 30, kProtected},
    {"TS48V3-SAIP2-1-BERTLV-UNIQUE.der", 12117, "8949449999999990064", 1, 28, "ber-tlv"},
    {"TS48V3-SAIP2-1-NOBERTLV-UNIQUE.der", 12065, "8949449999999990072", 1, 28, ""},
    {"TS48V3-SAIP2-3-BERTLV-UNIQUE.der", 12166, "8949449999999990080", 3, 30, kProtectedTlv},
    {"TS48V3-SAIP2-3-NOBERTLV-UNIQUE.der", 12105, "8949449999999990098", 3, 30, kProtected},
    {"TS48V4-SAIP2-1A-NOBERTLV-UNIQUE.der", 12079, "8949449999999990106", 1, 28, ""},
    {"TS48V4-SAIP2-1B-NOBERTLV-UNIQUE.der", 12096, "8949449999999990114", 1, 29, ""},
    {"TS48V4-SAIP2-3-BERTLV-UNIQUE.der", 12180, "8949449999999990122", 3, 30, kProtectedTlv},
    {"TS48V4-SAIP2-3-NOBERTLV-UNIQUE.der", 12119, "8949449999999990130", 3, 30, kProtected},
    {"TS48V5-SAIP2-1A-NOBERTLV-UNIQUE.der", 12060, "8949449999999990148", 1, 28, ""},
    {"TS48V5-SAIP2-1B-NOBERTLV-UNIQUE.der", 12140, "8949449999999990155", 1, 29, ""},
    {"TS48V5-SAIP2-3-BERTLV-SUCI-UNIQUE.der", 12284, "8949449999999990163", 3, 30, kProtectedTlv},
    {"TS48V5-SAIP2-3-NOBERTLV-UNIQUE.der", 12163, "8949449999999990171", 3, 30, kProtected},
    {"TS48v1_A.der", 11768, kShared, 1, 28, "javacard"},
    {"TS48v1_B.der", 11785, kShared, 1, 29, "javacard"},
    {"TS48v2_SAIP2.1_BERTLV.der", 12257, kShared, 1, 28, "ber-tlv"},
    {"TS48v2_SAIP2.1_NoBERTLV.der", 12207, "89000123456789012358", 1, 28, ""},
    {"TS48v2_SAIP2.3_BERTLV.der", 12309, kShared, 3, 30, kProtectedTlv},
    {"TS48v2_SAIP2.3_NoBERTLV.der", 12251, kShared, 3, 30, kProtected},
    {"TS48v3_SAIP2.1_BERTLV.der", 12117, kShared, 1, 28, "ber-tlv"},
    {"TS48v3_SAIP2.1_NoBERTLV.der", 12065, kShared, 1, 28, ""},
    {"TS48v3_SAIP2.3_BERTLV.der", 12166, kShared, 3, 30, kProtectedTlv},
    {"TS48v3_SAIP2.3_NoBERTLV.der", 12105, kShared, 3, 30, kProtected},
    {"TS48v4_SAIP2.1A_NoBERTLV.der", 12079, kShared, 1, 28, ""},
    {"TS48v4_SAIP2.1B_NoBERTLV.der", 12096, kShared, 1, 29, ""},
    {"TS48v4_SAIP2.3_BERTLV.der", 12180, kShared, 3, 30, kProtectedTlv},
    {"TS48v4_SAIP2.3_NoBERTLV.der", 12119, kShared, 3, 30, kProtected},
    {"TS48v5_SAIP2.1A_NoBERTLV.der", 12060, kShared, 1, 28, ""},
    {"TS48v5_SAIP2.1B_NoBERTLV.der", 12140, kShared, 1, 29, ""},
    {"TS48v5_SAIP2.3_BERTLV_SUCI.der", 12284, kShared, 3, 30, kProtectedTlv},
    {"TS48v5_SAIP2.3_NoBERTLV.der", 12163, kShared, 3, 30, kProtected},
};

std::optional<fs::path> folder() {
  const char* data = std::getenv("BERTH_TEST_DATA");
  if (data == nullptr) return std::nullopt;
  return fs::path(data) / "upp";
}

Bytes read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string extra_services(const Package& package) {
  std::vector<std::string> extra;
  for (const std::string& service : package.mandatory_services) {
    if (service != "usim" && service != "isim" && service != "csim" &&
        service != "usim-test-algorithm") {
      extra.push_back(service);
    }
  }
  std::sort(extra.begin(), extra.end());
  std::string text;
  for (const std::string& service : extra) text += (text.empty() ? "" : " ") + service;
  return text;
}

}  // namespace

TEST_CASE("the published test profiles are understood, each in its published facts", "[saip]") {
  const auto upp = folder();
  if (!upp) {
    WARN("SKIPPED: BERTH_TEST_DATA is not set, so there are no outside profile packages");
    return;
  }
  CHECK(std::size(kFacts) == 36);
  for (const Fact& fact : kFacts) {
    const Bytes bytes = read(*upp / fact.file);
    const auto package = validate(bytes);
    CAPTURE(fact.file, message(package));
    CHECK(bytes.size() == fact.size);
    REQUIRE(package);
    CHECK(package->iccid.text() == fact.iccid);
    CHECK(package->ef_iccid == package->iccid);
    CHECK(package->major_version == 2);
    CHECK(package->minor_version == fact.minor);
    CHECK(package->elements.size() == fact.elements);
    CHECK(package->profile_type == "GSMA Generic eUICC Test Profile");
    CHECK(package->imsi == "001010123456063");
    CHECK(extra_services(*package) == fact.more_services);
    for (const char* service : {"usim", "isim", "csim", "usim-test-algorithm"}) {
      CHECK(std::count(package->mandatory_services.begin(), package->mandatory_services.end(),
                       service) == 1);
    }
  }
}

TEST_CASE("published test profiles cut short or mutated are refused or within bounds",
          "[saip][R112]") {
  const auto upp = folder();
  if (!upp) {
    WARN("SKIPPED: BERTH_TEST_DATA is not set, so there are no outside profile packages");
    return;
  }
  const Bytes good = read(*upp / "TS48v5_SAIP2.3_NoBERTLV.der");
  for (std::size_t size = 0; size < good.size(); size += 7) {
    REQUIRE_FALSE(validate(ByteView(good).first(size)));
  }
  constexpr unsigned kSeed = 48;
  CAPTURE(kSeed);
  std::mt19937 random(kSeed);
  for (int round = 0; round < 4'000; ++round) {
    Bytes bytes = good;
    for (std::size_t edits = 1 + random() % 3; edits > 0; --edits) {
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    }
    const auto package = validate(bytes);
    if (package) continue;
    REQUIRE(reason(package).starts_with("saip."));
  }
}
