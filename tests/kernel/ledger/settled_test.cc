#include "kernel/ledger/settled.h"

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

TEST_CASE("a read is refused when doubt stands before it or begins during it", "[ledger][sqlite]") {
  ScratchFolder folder;
  ManualClock clock{kNow};
  SystemRandom random;
  std::atomic<CommitFault> fault{CommitFault::kNone};
  std::atomic<bool> connected{false};
  WriterHooks hooks;
  hooks.at_commit = [&] { return fault.load(); };
  hooks.at_settle = [&] {
    if (!connected) throw DatabaseError("no connection");
  };
  OpenedChain chain = must(open_chain({folder.path() / "h.db", std::string(kHostChain), "host"}, {},
                                      clock, random, hooks, {}));
  const auto write = [&] {
    Unit unit;
    unit.commit_id = to_hex(random.bytes(16));
    unit.audit = {"config.loaded", {SubjectKind::kHost, "host"}, "{}"};
    return chain.writer->commit({std::move(unit)});
  };
  int asked = 0;
  const auto read = [&] {
    return read_settled(*chain.reads, *chain.writer, [&](Session&) { return ++asked; });
  };
  CHECK(must(read()) == 1);

  fault = CommitFault::kAfter;
  const auto during = read_settled(*chain.reads, *chain.writer, [&](Session&) {
    return std::holds_alternative<Unknown>(write());
  });
  REQUIRE_FALSE(during.ok());
  CHECK(during.error().reason() == "ledger.in_doubt");
  const auto after = read();
  REQUIRE_FALSE(after.ok());
  CHECK(after.error().reason() == "ledger.in_doubt");
  CHECK(after.error().code() == ErrorCode::kUnavailable);
  CHECK(asked == 1);

  connected = true;
  fault = CommitFault::kNone;
  committed(write());
  CHECK(must(read()) == 2);
}

}  // namespace
}  // namespace berth::ledger
