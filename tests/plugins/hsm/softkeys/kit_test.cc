// Where the conformance kit runs against softkeys.

#include "tests/plugins/hsm/softkeys/softkeys_fixture.h"

std::unique_ptr<berth::hsm_kit::Place> berth::hsm_kit::make_place() {
  return std::make_unique<softkeys_test::Place>();
}
