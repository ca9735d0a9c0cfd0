#include "kernel/ledger/data_keys.h"

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

TEST_CASE("data keys come back oldest first", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  CHECK(must(ledger.data_keys()).empty());
  committed(fixture.put({InsertDataKey{{2, {0, 2}, 0}}}));
  committed(fixture.put({InsertDataKey{{1, {0, 1}, kNow - 9}}}));
  const auto keys = must(ledger.data_keys());
  REQUIRE(keys.size() == 2);
  CHECK(keys[0].key_id == 1);
  CHECK(keys[0].wrapped == Bytes{0, 1});
  CHECK(keys[0].created_ms == kNow - 9);
  CHECK(keys[1].key_id == 2);
  CHECK(keys[1].created_ms == kNow);
}

}  // namespace
}  // namespace berth::ledger
