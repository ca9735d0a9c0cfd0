// Where the conformance kit runs against file-registrar that answers as an SM-DS of the GSMA.

#include "tests/plugins/discovery/file_registrar/file_registrar_fixture.h"

std::unique_ptr<berth::discovery_kit::Place> berth::discovery_kit::make_place() {
  return std::make_unique<file_registrar_test::FolderPlace>("existence");
}

TEST_CASE("of an event that is there no more is told than that", "[plugins]") {
  berth::file_registrar_test::FolderPlace place("existence");
  berth::discovery_kit::Registrar registrar(place);
  berth::discovery_kit::Event event;
  CHECK(registrar.add(event) == BERTH_REGISTRATION_NEW);
  CHECK(registrar.add(event) == BERTH_REGISTRATION_DUPLICATE);
  event.server_address = "rsp.bravo.example";
  CHECK(registrar.add(event) == BERTH_REGISTRATION_DUPLICATE);
}
