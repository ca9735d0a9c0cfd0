#include "kernel/ledger/head.h"
#include "kernel/ledger/open_tenant.h"
#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

struct ChainFixture {
  ScratchFolder folder;
  ManualClock clock{kNow};
  SystemRandom random;
  std::function<void(Session&)> on_write_session;
  std::filesystem::path file = folder.path() / "c.db";

  Result<OpenedChain> open(std::string chain, std::string component) {
    return open_chain({file, std::move(chain), std::move(component)}, {}, clock, random, {},
                      on_write_session);
  }
};

TEST_CASE("a chain opens with a schema, a head of its own and connections to read",
          "[ledger][sqlite]") {
  ChainFixture fixture;
  OpenedChain chain = must(fixture.open("aurora", "tenant"));
  const auto head = chain.reads->read([](Session& s) { return load_head(s, "aurora"); });
  CHECK(must(head).epoch == 1);
  CHECK(must(chain.reads->read([](Session& s) {
          return s.query({"select iccid from profile", "t"}, {}).size();
        })) == 0);
}

TEST_CASE("a host's chain has the host's tables only", "[ledger][sqlite]") {
  ChainFixture fixture;
  OpenedChain chain = must(fixture.open(std::string(kHostChain), "host"));
  const auto ask = [&](const char* sql) {
    return chain.reads->read([sql](Session& s) { return s.query({sql, "t"}, {}).size(); }).ok();
  };
  CHECK(ask("select tenant_id from tenant"));
  CHECK_FALSE(ask("select iccid from profile"));
}

TEST_CASE("the wrong tenant, damage and a hook that fails are errors that name the file",
          "[ledger][sqlite]") {
  ChainFixture fixture;
  REQUIRE(fixture.open("aurora", "tenant").ok());
  const auto foreign = fixture.open("borealis", "tenant");
  REQUIRE_FALSE(foreign.ok());
  CHECK(foreign.error().reason() == "ledger.corrupt_row");
  CHECK(foreign.error().message().find("c.db") != std::string::npos);

  fixture.on_write_session = [](Session&) { throw DatabaseError("no connection"); };
  CHECK(fixture.open("aurora", "tenant").error().reason() == "ledger.unavailable");
  fixture.on_write_session = {};

  fixture.file = fixture.folder.path() / "garbage.db";
  std::ofstream(fixture.file) << std::string(5000, 'x');
  CHECK(fixture.open("aurora", "tenant").error().reason() == "ledger.unavailable");
  fixture.file = fixture.folder.path() / "none" / "c.db";
  CHECK(fixture.open("aurora", "tenant").error().reason() == "ledger.folder");
}

}  // namespace
}  // namespace berth::ledger
