// Where the conformance kit runs against the filesystem store.

#include "tests/plugins/storage/filesystem/filesystem_fixture.h"

std::unique_ptr<berth::storage_kit::Place> berth::storage_kit::make_place() {
  return std::make_unique<filesystem_test::FolderPlace>();
}
