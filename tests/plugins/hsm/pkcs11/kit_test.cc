// Where the conformance kit runs against pkcs11 on SoftHSM2.

#include "tests/plugins/hsm/pkcs11/token_place.h"

std::unique_ptr<berth::hsm_kit::Place> berth::hsm_kit::make_place() {
  return std::make_unique<pkcs11_test::TokenPlace>();
}
