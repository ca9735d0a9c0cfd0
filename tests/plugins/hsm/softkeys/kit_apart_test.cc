// Where the conformance kit runs against softkeys in a process of its own.

#include "tests/plugins/hsm/softkeys/softkeys_fixture.h"
#include "tests/plugins/plugin_apart.h"

namespace {

struct PlaceApart final : berth::hsm_kit::Place {
  std::string plugin() const override { return berth::plugin_test::plugin_apart(SOFTKEYS_SO); }
  std::string config() const override { return inner.config(); }
  berth::softkeys_test::Place inner;
};

}  // namespace

std::unique_ptr<berth::hsm_kit::Place> berth::hsm_kit::make_place() {
  return std::make_unique<PlaceApart>();
}
