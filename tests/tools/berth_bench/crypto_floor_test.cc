// Goal: the floor is measured for both curves and for packages of any size, and never comes out as
// nothing. How small it is belongs to the machine.

#include "tools/berth-bench/crypto_floor.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "tools/berth-bench/memory_handshake.h"

namespace {

using namespace berth::bench;  // NOLINT: a test of this room
using berth::Curve;

}  // namespace

TEST_CASE("every part of the floor costs something, on one thread and on several", "[bench]") {
  for (const std::size_t threads : {0U, 1U, 2U}) {
    const CryptoFloor floor = measure_floor(Curve::kP256, 12'000, threads, 2);
    for (const double part : {floor.handshake, floor.sign, floor.verify, floor.generate,
                              floor.agree, floor.encrypt, floor.mac}) {
      CHECK(part > 0);
    }
    CHECK(floor.ms() > floor.without_handshake_ms());
  }
}

TEST_CASE("signatures on brainpool cost more than on P-256", "[bench]") {
  CHECK(measure_floor(Curve::kBrainpoolP256r1, 1'000, 1, 2).sign >
        measure_floor(Curve::kP256, 1'000, 1, 2).sign);
}

TEST_CASE("a handshake through memory can be repeated", "[bench]") {
  MemoryHandshake handshake;
  CHECK(handshake.server_cpu_us() > 0);
  CHECK(handshake.server_cpu_us() > 0);
}
