#include "kernel/api/tenant_exit.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/kernel/api/fakes.h"

namespace berth::api {
namespace {

using nlohmann::json;

// A host that is killed, or whose store or ledger is away, at the step a test wants.
class FakeDeparture final : public Departure {
 public:
  std::vector<std::string> done;
  std::string fails;  // the next call of this name
  context::Tenants* tenants = nullptr;

  std::filesystem::path folder(const TenantId&) override { return "/nonexistent"; }
  Result<std::size_t> sessions(const TenantId&) override { return std::size_t{0}; }
  Result<void> close(const TenantId& tenant) override {
    tenants->remove(tenant);
    return note("close");
  }
  Result<TenantSecrets> secrets(const TenantId&) override {
    const bool gone = std::find(done.begin(), done.end(), "destroy") != done.end();
    TenantSecrets found{{{1, 1000, "ab"}, {2, 2000, "cd"}}, 7};
    if (gone) found = {};
    if (auto noted = note("secrets"); !noted) return noted.error();
    return found;
  }
  Result<void> destroy_keys(const TenantId&) override { return note("destroy"); }
  Result<void> remove_objects(const TenantId&) override { return note("remove"); }
  Result<ledger::TenantHead> erase_rows(const TenantId&) override {
    if (auto noted = note("erase"); !noted) return noted.error();
    return ledger::TenantHead{7, 12, Bytes{0xAB}, 1, 2};
  }

 private:
  // It was done, and then the host could not say so.
  Result<void> note(const char* name) {
    done.emplace_back(name);
    if (fails != name) return {};
    fails.clear();
    return Error(ErrorCode::kUnavailable, "test.away", "as the test wants");
  }
};

const Approval kAgreed = [] {
  Approval agreed;
  agreed.id = "approval-1";
  agreed.requester = "anna";
  agreed.decided_by = "bert";
  agreed.reason = "contract ended";
  return agreed;
}();

struct Exit {
  Exit() {
    departure.tenants = &host.tenants;
    REQUIRE(life.suspend(*host.tenants.all().front(), {"anna", {}, std::nullopt}, "ends").ok());
    host.host_ledger.kept[{kExitRecords, "tenant-a"}] = {
        kExitRecords, "tenant-a", 1, "exported",
        R"({"export":{"manifestSha256":"ff","sequence":9,"hash":"abcd"}})"};
  }
  // The program that serves; a new one is a restart.
  TenantExit start() {
    return {host.host_ledger, host.tenants, life, departure, host.clock, [](std::string_view) {
              return Result<routing::RouteSigner::Signature>({"51", "6b"});
            }};
  }
  std::string state() const { return host.host_ledger.kept.at({kExitRecords, "tenant-a"}).state; }

  test::FakeHost host;
  TenantLife life{host.host_ledger, host.tenants, false};
  FakeDeparture departure;
  const TenantId tenant = *TenantId::parse("tenant-a");
};

json line(const std::string& text, std::size_t number) {
  std::istringstream lines(text);
  std::string found;
  for (std::size_t i = 0; i <= number; ++i) std::getline(lines, found);
  return json::parse(found);
}

}  // namespace

TEST_CASE("an exit that fails or is killed at any step is taken up there, and comes to one end",
          "[api]") {
  for (const char* step : {"", "close", "secrets", "destroy", "remove", "erase"}) {
    CAPTURE(step);
    Exit one;
    one.departure.fails = step;
    {
      TenantExit exit = one.start();
      const auto ended = exit.end(one.tenant, {}, kAgreed);
      CHECK(ended.ok() == std::string(step).empty());
      if (!ended) CHECK(ended.error().reason() == "exit.going_on");
    }
    TenantExit again = one.start();
    REQUIRE(again.end(one.tenant, {}, kAgreed).ok());
    REQUIRE(one.state() == "ended");
    CHECK(one.host.tenants.all().empty());
    const auto certificate = again.certificate(one.tenant);
    REQUIRE(certificate.ok());
    CHECK(line(*certificate, 0).at("agreedBy") == "bert");
    CHECK(line(*certificate, 0).at("objectsRemoved") == 7);
    CHECK(line(*certificate, 1).at("wrappedSha256") == "ab");
    CHECK(line(*certificate, 2).at("key") == 2);
    CHECK(line(*certificate, 3).at("history").at("sequence") == 12);
    // Asked once more nothing is done, and what was written stays.
    const std::size_t calls = one.departure.done.size();
    CHECK(again.end(one.tenant, {}, kAgreed).ok());
    CHECK(one.departure.done.size() == calls);
    CHECK(*again.certificate(one.tenant) == *certificate);
  }
}

TEST_CASE("a begun exit has no way back, and no other agreement goes on with it", "[api]") {
  Exit one;
  one.departure.fails = "destroy";
  TenantExit exit = one.start();
  CHECK_FALSE(exit.end(one.tenant, {}, kAgreed).ok());
  CHECK(one.state() == "closed");
  Approval other = kAgreed;
  other.id = "approval-2";
  const auto refused = exit.end(one.tenant, {}, other);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().reason() == "exit.begun");
  CHECK(exit.certificate(one.tenant).error().reason() == "exit.not_ended");
  const auto leaving = leaving_tenants(one.host.host_ledger);
  REQUIRE(leaving.ok());
  CHECK(*leaving == std::vector{one.tenant});
  const auto facts =
      one.life.resume(*test::FakeHost().tenants.all().front(), {"anna", {}, std::nullopt});
  REQUIRE_FALSE(facts.ok());
  CHECK(facts.error().reason() == "tenant.standing");
}

TEST_CASE("a tenant that is not suspended is not ended, and one nobody knows has no exit",
          "[api]") {
  Exit one;
  REQUIRE(one.life.resume(*one.host.tenants.all().front(), {"anna", {}, std::nullopt}).ok());
  const auto ended = one.life.end(one.tenant, "anna");
  REQUIRE_FALSE(ended.ok());
  CHECK(ended.error().reason() == "tenant.standing");
  TenantExit exit = one.start();
  CHECK(exit.plan(*TenantId::parse("nobody")).error().reason() == "api.unknown_tenant");
  CHECK(exit.certificate(*TenantId::parse("nobody")).error().reason() == "exit.not_ended");
  CHECK(exit.export_part(one.tenant, "../../etc/passwd", 0, 10).error().reason() == "exit.no_file");
}

}  // namespace berth::api
