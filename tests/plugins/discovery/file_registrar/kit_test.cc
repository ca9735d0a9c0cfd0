// Where the conformance kit runs against file-registrar, as it answers by default.

#include "tests/plugins/discovery/file_registrar/file_registrar_fixture.h"

std::unique_ptr<berth::discovery_kit::Place> berth::discovery_kit::make_place() {
  return std::make_unique<file_registrar_test::FolderPlace>();
}
