#include "tools/sample-profile/seeded_random.h"

#include <catch2/catch.hpp>

using namespace berth;                  // NOLINT: the tests name nearly everything in it
using namespace berth::sample_profile;  // NOLINT

TEST_CASE("the same seed repeats, another does not", "[sample_profile]") {
  SeededRandom one("a");
  SeededRandom again("a");
  SeededRandom other("b");
  const Bytes first = one.bytes(100);
  CHECK(first == again.bytes(100));
  CHECK(first != other.bytes(100));
  CHECK(first != one.bytes(100));
}
