// Where the conformance kit runs against the filesystem store in a process of its own.

#include "tests/plugins/plugin_apart.h"
#include "tests/plugins/storage/filesystem/filesystem_fixture.h"

namespace {

struct PlaceApart final : berth::storage_kit::Place {
  std::string plugin() const override { return berth::plugin_test::plugin_apart(FILESYSTEM_SO); }
  std::string config() const override { return inner.config(); }
  berth::filesystem_test::FolderPlace inner;
};

}  // namespace

std::unique_ptr<berth::storage_kit::Place> berth::storage_kit::make_place() {
  return std::make_unique<PlaceApart>();
}
