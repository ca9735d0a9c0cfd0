// Contexts of three tenants over one routing table, with parts that are real but idle.

#pragma once

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>

#include "kernel/base/random.h"
#include "kernel/context/tenants.h"
#include "kernel/ledger/host_ledger.h"
#include "tests/kernel/vault/fakes.h"

namespace berth::context::testing {

template <class T>
T must(Result<T> result) {
  if (!result) FAIL(std::string(result.error().reason()) + ": " + result.error().message());
  return std::move(result).value();
}

inline tenancy::Route route(const std::string& name, const std::string& prefix,
                            const std::string& plmn, std::vector<HostName> former_realms = {}) {
  return {must(TenantId::parse(name)),
          {{prefix}},
          {tenancy::OperatorIdentity{must(MccMnc::parse(plmn)), "", ""}},
          must(HostName::parse("rsp." + name + ".example")),
          "https://rsp." + name + ".example/gsma/rsp2",
          std::move(former_realms)};
}

// "alpha" (once at old.alpha.example) manages 89049032, "bravo" 89049088; "open" is consumer-open
// with 89049099.
struct Scene {
  Scene() {
    std::string name = (std::filesystem::temp_directory_path() / "berth-context.XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
    ledger::LedgerOptions options;
    options.folder = folder;
    host_ledger = must(ledger::HostLedger::open(options, clock, random));
    identities = must(trust::SmdpIdentities::load({}, hsm, clock.now_ms()));
    routes = std::make_shared<const tenancy::RouteTable>(must(tenancy::RouteTable::build(
        {route("alpha", "89049032", "00101", {must(HostName::parse("old.alpha.example"))}),
         route("bravo", "89049088", "00102"), route("open", "89049099", "00103")})));
    tenants = std::make_unique<Tenants>(routes);
    for (const char* id : {"alpha", "bravo", "open"}) add(id);
  }
  ~Scene() {
    ledgers.clear();
    host_ledger.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  void add(const std::string& name) {
    const TenantId id = must(TenantId::parse(name));
    const plugins::Op op{"test", "", std::chrono::nanoseconds::max()};
    ledgers.push_back(must(host_ledger->open_tenant(id)));
    const auto key = must(vault::create_data_key(hsm, op, "kek", id, 1, random));
    vaults.push_back(must(vault::Vault::open(id, hsm, op, "kek", {key}, store, random)));
    tenancy::TenantConfiguration configuration{.source = {}, .id = id, .display_name = name};
    configuration.eid_policy =
        name == "open" ? tenancy::EidPolicy::kConsumerOpen : tenancy::EidPolicy::kManaged;
    tenants->add(
        std::make_unique<TenantContext>(TenantContext::Parts{.configuration = configuration,
                                                             .route = *routes->by_tenant(id),
                                                             .routes = routes,
                                                             .policies = policies,
                                                             .ledger = *ledgers.back(),
                                                             .vault = *vaults.back(),
                                                             .hsm = hsm,
                                                             .identities = *identities,
                                                             .identity_hsm = hsm,
                                                             .clock = clock,
                                                             .random = random}));
  }
  TenantContext& at(const std::string& name) {
    const auto found = tenants->find(must(TenantId::parse(name)));
    REQUIRE(found != nullptr);
    return *found;
  }

  ManualClock clock{1'790'000'000'000};
  SystemRandom random;
  std::filesystem::path folder;
  vault::testing::FakeHsm hsm;
  vault::testing::FakeStore store;
  std::unique_ptr<ledger::HostLedger> host_ledger;
  std::unique_ptr<trust::SmdpIdentities> identities;
  std::shared_ptr<const tenancy::RouteTable> routes;
  std::shared_ptr<const std::map<TenantId, tenancy::EidPolicy>> policies =
      std::make_shared<const std::map<TenantId, tenancy::EidPolicy>>();
  std::vector<std::unique_ptr<ledger::TenantLedger>> ledgers;
  std::vector<std::unique_ptr<vault::Vault>> vaults;
  std::unique_ptr<Tenants> tenants;
};

}  // namespace berth::context::testing
