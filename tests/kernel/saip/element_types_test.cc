#include "kernel/saip/element_types.h"

#include <catch2/catch.hpp>

using namespace berth::saip;  // NOLINT: the test names nearly everything in it

TEST_CASE("elements have the names of the format", "[saip]") {
  CHECK(element_type(0xA0)->name == "header");
  CHECK(element_type(0xB4)->name == "opt-usim");
  CHECK(element_type(0xBF21)->name == "opt-iot");
  CHECK(element_type(0xAB) == nullptr);
  CHECK(element_type(0) == nullptr);
}

TEST_CASE("services have the names of the format, unknown ones their tag", "[saip]") {
  CHECK(service_name(0x80) == "contactless");
  CHECK(service_name(0x84) == "milenage");
  CHECK(service_name(0x91) == "usim-test-algorithm");
  CHECK(service_name(0x9D) == "eaka");
  CHECK(service_name(0x9E) == "service-9E");
  CHECK(service_name(0x9F1F) == "service-9F1F");
}
