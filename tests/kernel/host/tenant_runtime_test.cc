#include "kernel/host/tenant_runtime.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/kernel/host/next_hsm.h"

namespace berth::host {
namespace {

using scenario::World;

// A host's foundations taken from a running world, with a ledger folder of their own.
struct Foundations {
  explicit Foundations(World& from)
      : world(from), registry({&from.clock(), nullptr}, {.keys = {}, .allow_unsigned = true}) {
    ledger::LedgerOptions options;
    options.folder = world.folder() / "second";
    auto opened = ledger::HostLedger::open(options, world.clock(), world.random());
    REQUIRE(opened.ok());
    host_ledger = std::move(*opened);
    auto bound = HostKeys::open(world.host().configuration().host, registry,
                                {"test", "", std::chrono::nanoseconds::max()});
    REQUIRE(bound.ok());
    keys = std::move(*bound);
  }
  TenantFoundations get() {
    return {*host_ledger,  registry,      *keys, world.host().configuration().host,
            world.clock(), world.random()};
  }
  tenancy::TenantConfiguration alpha() { return world.tenant("alpha").configuration(); }

  World& world;
  plugins::Registry registry;
  std::unique_ptr<ledger::HostLedger> host_ledger;
  std::unique_ptr<HostKeys> keys;
};

}  // namespace

TEST_CASE("a tenant whose plugin does not start leaves no ledger behind", "[host]") {
  World world;
  Foundations foundations(world);
  for (const auto member :
       {&tenancy::TenantConfiguration::storage, &tenancy::TenantConfiguration::hsm,
        &tenancy::TenantConfiguration::bss}) {
    auto tenant = foundations.alpha();
    tenant.*member = tenancy::PluginBinding{world.folder() / "nowhere.so", "{}"};
    const auto refused = start_tenant(foundations.get(), tenant);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().reason() == "plugin.not_found");
    CHECK(foundations.host_ledger->tenants()->empty());
  }
  CHECK(start_tenant(foundations.get(), foundations.alpha()).ok());
}

TEST_CASE("a tenant's first data key is made once and recorded", "[host][R128:part]") {
  World world;
  Foundations foundations(world);
  Bytes sealed;
  {
    const auto runtime = start_tenant(foundations.get(), foundations.alpha());
    REQUIRE(runtime.ok());
    CHECK((*runtime)->wrapping.hsm == &foundations.keys->hsm());
    const auto keys = (*runtime)->ledger->data_keys();
    REQUIRE(keys.ok());
    REQUIRE(keys->size() == 1);
    CHECK(keys->front().key_id == 1);
    const auto audit = (*runtime)->ledger->audit(0, 10);
    REQUIRE(audit.ok());
    REQUIRE(audit->size() == 1);
    CHECK(audit->front().type == "vault.data_key_created");
    sealed = (*runtime)->vault->seal("purpose", Bytes{1, 2, 3});
  }
  const auto again = start_tenant(foundations.get(), foundations.alpha());
  REQUIRE(again.ok());
  CHECK((*again)->ledger->data_keys()->size() == 1);
  CHECK((*again)->vault->unseal("purpose", sealed).ok());
}

TEST_CASE("a tenant that cannot start is named", "[host]") {
  World world;
  Foundations foundations(world);
  auto tenant = foundations.alpha();
  tenant.storage = tenancy::PluginBinding{world.folder() / "no-such-plugin.so", "{}"};
  const auto failed = start_tenant(foundations.get(), tenant);
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().message().starts_with("tenant alpha: "));
  CHECK(failed.error().message().find("no-such-plugin.so") != std::string::npos);
}

TEST_CASE("a tenant may have an HSM of its own, with keys of its own", "[host]") {
  World world;
  Foundations foundations(world);
  const std::filesystem::path keys = world.folder() / "alpha-keys";
  std::filesystem::create_directory(keys);
  std::filesystem::permissions(keys, std::filesystem::perms::owner_all);
  auto tenant = foundations.alpha();
  tenant.hsm =
      tenancy::PluginBinding{world.host().configuration().host.hsm.library,
                             R"({"folder": ")" + keys.string() + R"(", "masterKeyFile": ")" +
                                 (world.folder() / "keys.hex").string() + R"("})"};
  {
    const auto runtime = start_tenant(foundations.get(), tenant);
    if (!runtime) FAIL(runtime.error().message());
    CHECK((*runtime)->own_hsm != nullptr);
    CHECK_FALSE(std::filesystem::is_empty(keys));
  }
  // The data key was wrapped by that HSM; the host's does not open it.
  tenant.hsm.reset();
  CHECK_FALSE(start_tenant(foundations.get(), tenant).ok());
}

TEST_CASE("an HSM may take over once the data keys are wrapped for it, before the switch and after",
          "[host][R128:part]") {
  World world;
  testing::bind_next(world);
  Foundations foundations(world);
  const plugins::Op op{"test", "", std::chrono::nanoseconds::max()};
  const auto runtime = start_tenant(foundations.get(), foundations.alpha());
  if (!runtime) FAIL(runtime.error().message());
  const TenantWrapping& wrapping = (*runtime)->wrapping;
  const TenantId alpha = *TenantId::parse("alpha");
  const auto fits = [&](plugins::Hsm& candidate) {
    return check_vault(**runtime, alpha, "berth-kek", candidate, world.random(), op);
  };
  REQUIRE(wrapping.next_hsm != nullptr);
  CHECK(fits(*wrapping.hsm));
  CHECK_FALSE(fits(*wrapping.next_hsm));
  REQUIRE(rewrap_data_keys({*(*runtime)->ledger, wrapping, world.random()}, op));
  CHECK(fits(*wrapping.hsm));
  CHECK(fits(*wrapping.next_hsm));
}

}  // namespace berth::host
