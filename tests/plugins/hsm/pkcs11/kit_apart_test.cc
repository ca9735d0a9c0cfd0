// Where the conformance kit runs against pkcs11 on SoftHSM2, in a process of its own as every host
// runs it.

#include "tests/plugins/hsm/pkcs11/token_place.h"
#include "tests/plugins/plugin_apart.h"

namespace {

struct PlaceApart final : berth::hsm_kit::Place {
  std::string plugin() const override {
    return berth::plugin_test::plugin_apart(
        PKCS11_SO, {std::string("SOFTHSM2_CONF=") + std::getenv("SOFTHSM2_CONF")});
  }
  std::string config() const override { return inner.config(); }
  berth::pkcs11_test::TokenPlace inner;
};

}  // namespace

std::unique_ptr<berth::hsm_kit::Place> berth::hsm_kit::make_place() {
  return std::make_unique<PlaceApart>();
}
