// Where the conformance kit runs against s3 on radosgw.

#include "tests/plugins/storage/s3/radosgw_place.h"

std::unique_ptr<berth::storage_kit::Place> berth::storage_kit::make_place() {
  return std::make_unique<s3_test::RadosgwPlace>();
}
