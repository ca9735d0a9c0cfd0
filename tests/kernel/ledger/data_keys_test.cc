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

TEST_CASE("a data key gets and loses its second wrapping, guarded by its revision",
          "[ledger][R128:part]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  committed(fixture.put({InsertDataKey{{1, {0, 1}, kNow - 9}}}));
  DataKeyRecord key = must(ledger.data_keys()).front();
  CHECK(key.next_wrapped.empty());
  REQUIRE(key.revision == 1);
  key.next_wrapped = {0, 2};
  key.revision = 2;
  committed(fixture.put({UpdateDataKey{key, 1}}));
  const DataKeyRecord both = must(ledger.data_keys()).front();
  CHECK(both.wrapped == Bytes{0, 1});
  CHECK(both.next_wrapped == Bytes{0, 2});
  CHECK(both.created_ms == kNow - 9);
  // Read before somebody else's change: nothing is written.
  CHECK(refused(fixture.put({UpdateDataKey{key, 1}})) == RefusalReason::kGuard);
  committed(fixture.put({UpdateDataKey{{1, {0, 2}, 0, {}, 3}, 2}}));
  const DataKeyRecord after = must(ledger.data_keys()).front();
  CHECK(after.wrapped == Bytes{0, 2});
  CHECK(after.next_wrapped.empty());
  CHECK(after.revision == 3);
}

}  // namespace
}  // namespace berth::ledger
