// Where the conformance kit runs against flat-rate.

#include "tests/plugins/billing/flat_rate/flat_rate_fixture.h"

std::unique_ptr<berth::rating_kit::Place> berth::rating_kit::make_place() {
  return std::make_unique<flat_rate_test::ListPlace>();
}
