#include "kernel/ledger/bindings.h"

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

BindingRecord binding_for(std::string order_id) {
  BindingRecord binding{.iccid = iccid(1), .order_id = std::move(order_id), .eid = eid(1)};
  binding.euicc_otpk = Bytes(65, 4);
  binding.dp_otpk = Bytes(65, 0);
  binding.sealed_session_keys = to_bytes(as_bytes("SEALED-KEYS-CANARY"));
  binding.metadata = {0xBF, 0x25, 0x00};
  binding.ci_key_id_hex = "F54172BD";
  return binding;
}

TEST_CASE("a binding is put once, replaced under guard, and dropped", "[ledger][R109]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  committed(fixture.put({InsertProfile{profile(1)}, InsertOrder{order("o-1", 1)}}));
  BindingRecord binding = binding_for("o-1");
  committed(fixture.put({PutBinding{binding, 0}}));
  const BindingRecord read = must(ledger.binding(iccid(1))).value();
  CHECK(read.euicc_otpk == binding.euicc_otpk);
  CHECK(read.dp_otpk == binding.dp_otpk);
  CHECK(read.control_ref_template.empty());
  CHECK(read.sealed_session_keys == binding.sealed_session_keys);
  CHECK(read.metadata == binding.metadata);
  CHECK(read.ci_key_id_hex == "F54172BD");
  CHECK(read.order_id == "o-1");
  CHECK(read.eid == eid(1));

  CHECK(refused(fixture.put({PutBinding{binding, 0}})) == RefusalReason::kDuplicate);
  binding.revision = 2;
  binding.dp_otpk = Bytes(65, 9);
  committed(fixture.put({PutBinding{binding, 1}}));
  CHECK(refused(fixture.put({PutBinding{binding, 1}})) == RefusalReason::kGuard);
  CHECK(must(ledger.binding(iccid(1)))->dp_otpk == Bytes(65, 9));

  committed(fixture.put({DropBinding{iccid(1)}}));
  CHECK_FALSE(must(ledger.binding(iccid(1))).has_value());
  committed(fixture.put({DropBinding{iccid(1)}}));  // gone is gone
}

TEST_CASE("a dropped binding's keys are not left in the file", "[ledger][sqlite]") {
  TenantFixture fixture;
  fixture.open();
  committed(fixture.put({InsertProfile{profile(1)}, InsertOrder{order("o-1", 1)},
                         PutBinding{binding_for("o-1"), 0}}));
  committed(fixture.put({DropBinding{iccid(1)}}));
  fixture.ledger.reset();  // folds the log into the file
  CHECK(read_file(fixture.file()).find("SEALED-KEYS-CANARY") == std::string::npos);
}

}  // namespace
}  // namespace berth::ledger
