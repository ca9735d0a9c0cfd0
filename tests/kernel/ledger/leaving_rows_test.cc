#include "kernel/ledger/leaving_rows.h"

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

constexpr const char* kCode = "LEAVING-CODE-CANARY";
constexpr const char* kSealed = "LEAVING-SEALED-CANARY";

// Two open orders with a binding and a stored answer, and a closed story about each.
void fill(TenantFixture& fixture) {
  for (int i = 1; i <= 2; ++i) {
    ProfileRecord one = profile(i);
    one.protected_package = {"packages/p", sha256(as_bytes("p")), to_bytes(as_bytes(kSealed))};
    OrderRecord code = order("order-" + std::to_string(i), i);
    code.matching_id = matching_id(kCode + std::string("-") + std::to_string(i));
    code.confirmation_code_sha256 = sha256(as_bytes("1234"));
    BindingRecord binding{.iccid = iccid(i), .order_id = code.order_id, .eid = eid(i)};
    binding.sealed_session_keys = to_bytes(as_bytes(kSealed));
    committed(fixture.put({InsertProfile{one}, InsertOrder{code}, PutBinding{binding, 0}}));
    committed(fixture.put({InsertEvidence{{.eid = eid(i),
                                           .sequence_number = 7,
                                           .digest = sha256(as_bytes("signed")),
                                           .operation = "install",
                                           .iccid = iccid(i),
                                           .notification = {1, 2}}}}));
  }
  Unit answered = fixture.note("{}");
  answered.answer = StoredAnswer{
      {"operator", "order", "one"}, sha256(as_bytes("body")), to_bytes(as_bytes(kSealed))};
  committed(fixture.ledger->commit(std::move(answered)));
}

std::vector<std::string> all(Leaving& leaving, std::string_view name) {
  return must(leaving.rows(name, "")).lines;
}

}  // namespace

TEST_CASE("a tenant is given its rows, without a code or sealed octets", "[ledger]") {
  TenantFixture fixture;
  Leaving& leaving = *leaving_of(fixture.open());
  fill(fixture);
  std::string told;
  for (const std::string_view name : returned_rows()) {
    for (const std::string& line : all(leaving, name)) told += line + "\n";
  }
  CHECK(told.find(kCode) == std::string::npos);
  CHECK(told.find(to_hex(as_bytes(kSealed))) == std::string::npos);
  CHECK(all(leaving, "profiles").size() == 2);
  CHECK(all(leaving, "profiles")[0].starts_with(R"({"iccid":")" + iccid(1).text() +
                                                R"(","state":"Available","profileType":"plain",)"));
  CHECK(all(leaving, "orders").size() == 2);
  CHECK(all(leaving, "evidence").size() == 2);
  CHECK(all(leaving, "events").size() == 4);
  CHECK(all(leaving, "usage").size() == 4);
  CHECK(all(leaving, "audit").size() == 5);
  const auto codes = all(leaving, kCodeRows);
  REQUIRE(codes.size() == 2);
  CHECK(codes[1] == R"({"orderId":"order-2","iccid":")" + iccid(2).text() +
                        R"(","matchingId":"LEAVING-CODE-CANARY-2"})");
}

TEST_CASE("rows follow each other over pages, by whatever key they have", "[ledger]") {
  TenantFixture fixture;
  fixture.forget_durability();
  Leaving& leaving = *leaving_of(fixture.open());
  constexpr std::size_t kMore = kMaxRowsPage + 5;
  for (std::size_t i = 0; i < kMore; i += 101) {
    std::vector<Change> changes;
    for (std::size_t at = i; at < std::min(i + 101, kMore); ++at) {
      changes.emplace_back(InsertEvidence{{.eid = eid(static_cast<int>(at % 3)),
                                           .sequence_number = at,
                                           .digest = sha256(as_bytes("signed")),
                                           .operation = "install",
                                           .notification = {1}}});
    }
    committed(fixture.put(std::move(changes)));
  }
  const RowsPage first = must(leaving.rows("evidence", ""));
  REQUIRE(first.lines.size() == kMaxRowsPage);
  REQUIRE_FALSE(first.next.empty());
  const RowsPage second = must(leaving.rows("evidence", first.next));
  CHECK(second.lines.size() == 5);
  CHECK(second.next.empty());
  CHECK(second.lines.front() > first.lines.back());
  CHECK_FALSE(leaving.rows("evidence", "[1]").ok());
  CHECK_FALSE(leaving.rows("events", "nonsense").ok());
}

TEST_CASE("nothing secret stays in the rows or the file, and the chain still verifies",
          "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  Leaving& leaving = *leaving_of(ledger);
  fill(fixture);
  const TenantHead before = must(ledger.head());
  REQUIRE(leaving.erase_secrets().ok());
  REQUIRE(leaving.erase_secrets().ok());
  CHECK(all(leaving, kCodeRows).empty());
  CHECK(all(leaving, "profiles").size() == 2);
  CHECK(all(leaving, "orders").size() == 2);
  CHECK_FALSE(must(ledger.stored_answer({"operator", "order", "one"})));
  CHECK(must(ledger.profiles("", 10)).front().protected_package.sealed_keys.empty());
  CHECK(must(ledger.head()).last_audit_hash == before.last_audit_hash);
  require_intact(ledger);
  if (berth::testing::on_postgres()) return;
  for (const char* canary : {kCode, kSealed}) {
    CHECK(read_file(fixture.file()).find(canary) == std::string::npos);
    CHECK(read_file(fixture.file().string() + "-wal").find(canary) == std::string::npos);
  }
}

}  // namespace berth::ledger
