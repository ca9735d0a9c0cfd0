#include "kernel/base/random.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

namespace {

class FixedRandom final : public berth::Random {
 public:
  explicit FixedRandom(std::uint8_t octet) : octet_(octet) {}
  void fill(std::span<std::uint8_t> target) override {
    std::fill(target.begin(), target.end(), octet_);
  }

 private:
  std::uint8_t octet_;
};

}  // namespace

TEST_CASE("a UUID carries version 4 and the RFC 4122 variant whatever the octets", "[base]") {
  CHECK(FixedRandom(0x00).uuid() == "00000000-0000-4000-8000-000000000000");
  CHECK(FixedRandom(0xFF).uuid() == "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

TEST_CASE("a UUID of a moment carries it, version 7 and the variant", "[base]") {
  // RFC 9562, appendix A.6: 2022-02-22 14:22:22 at UTC-5.
  CHECK(FixedRandom(0x00).uuid_at(1645557742000) == "017f22e2-79b0-7000-8000-000000000000");
  CHECK(FixedRandom(0xFF).uuid_at(0) == "00000000-0000-7fff-bfff-ffffffffffff");
}

TEST_CASE("the system generator repeats nothing and gives as much as is asked", "[base]") {
  berth::SystemRandom random;
  std::set<berth::Bytes> seen;
  for (int i = 0; i < 1000; ++i) REQUIRE(seen.insert(random.bytes(16)).second);
  CHECK(random.bytes(0).empty());
  CHECK(random.bytes(100000).size() == 100000);
}

TEST_CASE("the system generator fills the last octet too", "[base]") {
  berth::SystemRandom random;
  bool first = false;
  bool last = false;
  for (int i = 0; i < 64; ++i) {
    const berth::Bytes octets = random.bytes(33);
    first = first || octets.front() != 0;
    last = last || octets.back() != 0;
  }
  CHECK(first);
  CHECK(last);
}
