// A route book over a real ledger and an HSM in memory, with documents in one line each.

#pragma once

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "kernel/base/random.h"
#include "kernel/routing/route_book.h"
#include "tests/kernel/routing/signing_hsm.h"

namespace berth::routing::testing {

template <class T>
T must(Result<T> result) {
  if (!result) FAIL(std::string(result.error().reason()) + ": " + result.error().message());
  return std::move(result).value();
}
template <class T>
std::string reason_of(const Result<T>& result) {
  return result ? "ok" : std::string(result.error().reason());
}

inline Eid eid(std::string prefix, char fill = '0') {
  prefix.resize(32, fill);
  return must(Eid::parse(prefix));
}

// Two tenants: alpha with 8904 and bravo with this prefix.
inline std::string document(const std::string& bravos_prefix) {
  const auto route = [](const char* id, const std::string& prefix, const char* mcc_mnc) {
    return nlohmann::json{{"tenantId", id},
                          {"eidPrefix", prefix},
                          {"mccMnc", {mcc_mnc}},
                          {"activationRealm", std::string("rsp.") + id + ".example"},
                          {"smdpEndpoint", "https://dp.example/"}};
  };
  return nlohmann::json{
      {"tenantRoutes", {route("alpha", "8904", "23450"), route("bravo", bravos_prefix, "52512")}},
      {"defaultAction", "reject"}}
      .dump();
}

struct Scene {
  Scene() {
    std::string name = (std::filesystem::temp_directory_path() / "berth-routes.XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
    ledger::LedgerOptions options;
    options.folder = folder;
    options.batch_window = std::chrono::microseconds(0);
    ledger = must(ledger::HostLedger::open(options, clock, random));
  }
  ~Scene() {
    ledger.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  std::unique_ptr<RouteBook> book(std::size_t people) {
    return std::make_unique<RouteBook>(
        *ledger, hsm, clock, std::make_shared<const Policies>(), people,
        RouteHooks{.fits = [this](const tenancy::RouteTable& table) -> Result<void> {
                     if (table.by_tenant(must(TenantId::parse("alpha"))) != nullptr) return {};
                     return Error(ErrorCode::kInvalidArgument, "test.misfit", "alpha is missing");
                   },
                   .prepare = [this](std::shared_ptr<const tenancy::RouteTable> table)
                       -> Result<std::function<void()>> {
                     if (unprepared) return *unprepared;
                     return std::function<void()>([this, table] { taken_up.push_back(table); });
                   }});
  }

  ManualClock clock{1'790'000'000'000};
  SystemRandom random;
  std::filesystem::path folder;
  std::unique_ptr<ledger::HostLedger> ledger;
  SigningHsm hsm;
  std::optional<Error> unprepared;
  std::vector<std::shared_ptr<const tenancy::RouteTable>> taken_up;
};

}  // namespace berth::routing::testing
