#include "kernel/host/plugin_desk.h"

#include <catch2/catch.hpp>

#include "tests/scenario/world.h"

namespace berth::host {
namespace {

namespace fs = std::filesystem;
using scenario::World;

struct Fixture {
  Fixture()
      : desk(world.host().configuration().host, world.host().tenant_files(),
             world.host().bindings(), world.host().ledger(), world.clock()) {}

  const fs::path& storage() { return world.host().configuration().host.storage.library; }
  // The plugin once more, under a path of its own.
  fs::path copy_of(const fs::path& library) {
    const fs::path folder = world.folder() / "copies";
    fs::create_directories(folder);
    const std::string name = library.stem().string();
    for (const auto& file : fs::directory_iterator(library.parent_path())) {
      if (file.path().filename().string().starts_with(name + ".")) {
        fs::copy(file.path(), folder / file.path().filename(), fs::copy_options::skip_existing);
      }
    }
    return folder / library.filename();
  }
  api::PluginInstanceFacts listed(const std::string& tenant, const std::string& slot) {
    for (const auto& one : desk.list()) {
      if (one.tenant == tenant && one.slot == slot) return one;
    }
    FAIL("not listed");
    return {};
  }
  std::string refused(const api::PluginSwap& wanted) {
    const auto done = desk.swap(wanted);
    return done ? "" : std::string(done.error().reason());
  }
  std::string last_audit() {
    const auto records = world.host().ledger().audit_records(0, 1000);
    REQUIRE(records);
    return records->back().type + " " + records->back().payload.value_or("");
  }
  static bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  World world;
  PluginDesk desk;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "every binding is listed with what serves it", "[host]") {
  const auto all = desk.list();
  REQUIRE(all.size() == 3);
  CHECK(all[0].tenant + all[0].slot == "hosthsm");
  CHECK(all[0].plugin.id == "berth.hsm.softkeys");
  CHECK(all[0].state == "serving");
  CHECK(all[0].calls > 0);
  CHECK(all[0].max_concurrency == 64);
  CHECK(all[1].tenant + all[1].slot == "alphastorage");
  CHECK(all[1].plugin.library == storage().string());
}

TEST_CASE_METHOD(Fixture, "a swap is done, audited, and says what a restart needs", "[host]") {
  world.order("alpha");  // there is a package in its store
  const fs::path copy = copy_of(storage());
  const auto done = desk.swap({"alpha", "storage", copy.string()});
  if (!done) FAIL(done.error().message());
  CHECK(done->from.id == done->to.id);
  CHECK(done->file == (world.folder() / "tenants/alpha.json").string());
  CHECK(done->library == copy.string());
  CHECK(listed("alpha", "storage").plugin.library == copy.string());
  CHECK(listed("bravo", "storage").plugin.library == storage().string());
  const std::string audit = last_audit();
  CHECK(audit.starts_with("plugin.swapped "));
  for (const char* part : {R"("tenant":"alpha")", R"("slot":"storage")", "toSha256", "copies"}) {
    CHECK(has(audit, part));
  }
  CHECK(world.host().check_store(world.tenant("alpha").id()));
}

TEST_CASE_METHOD(Fixture, "a store without the tenant's packages does not take over", "[host]") {
  world.order("alpha");
  const fs::path empty = world.folder() / "elsewhere";
  fs::create_directory(empty);
  fs::permissions(empty, fs::perms::owner_all);
  const api::PluginSwap wanted{"alpha", "storage", "", R"({"folder":")" + empty.string() + "\"}"};
  CHECK(refused(wanted) == "storage.not_found");
  CHECK(has(last_audit(), "plugin.swap_refused"));
  CHECK(has(last_audit(), "storage.not_found"));
  CHECK(world.host().check_store(world.tenant("alpha").id()));
  // One that has none yet may go where it likes.
  CHECK(desk.swap({"bravo", "storage", "", wanted.config_json}));
}

TEST_CASE_METHOD(Fixture, "an HSM without the host's keys does not take over", "[host]") {
  const auto config = [&](const std::string& name) {
    const fs::path folder = world.folder() / name;
    fs::create_directory(folder);
    fs::permissions(folder, fs::perms::owner_all);
    return R"({"folder":")" + folder.string() + R"(","masterKeyFile":")" +
           (world.folder() / "keys.hex").string() + "\"}";
  };
  CHECK(refused({"host", "hsm", "", config("no-keys")}) == "plugin.swap_keys");
  // The certificates' keys alone are not enough: what the vaults rest on must be there, too.
  const std::string some = config("some-keys");
  const std::string all = config("all-keys");
  for (const auto& key : fs::directory_iterator(world.folder() / "keys")) {
    const fs::path name = key.path().filename();
    fs::copy(key.path(), world.folder() / "all-keys" / name);
    if (name != "berth-kek.key") fs::copy(key.path(), world.folder() / "some-keys" / name);
  }
  const auto without_kek = desk.swap({"host", "hsm", "", some});
  REQUIRE_FALSE(without_kek);
  CHECK(has(without_kek.error().message(), "tenant alpha"));
  CHECK(without_kek.error().reason() == "vault.no_wrapping_key");
  CHECK(desk.swap({"host", "hsm", "", all}));
  CHECK(listed("host", "hsm").state == "serving");
}

TEST_CASE_METHOD(Fixture, "a configuration the plugin's schema refuses changes nothing", "[host]") {
  CHECK(refused({"alpha", "storage", "", R"({"foldr":"/x"})"}) == "plugin.config");
  CHECK(refused({"alpha", "storage", "/nowhere/x.so"}) == "plugin.not_found");
  CHECK(listed("alpha", "storage").state == "serving");
}

TEST_CASE_METHOD(Fixture, "a binding that is not there is not swapped", "[host]") {
  const auto done = desk.swap({"alpha", "hsm", ""});
  REQUIRE_FALSE(done);
  CHECK(done.error().reason() == "plugin.no_binding");
  CHECK(has(done.error().message(), "the host's serves"));
  CHECK(refused({"nobody", "storage", ""}) == "plugin.no_binding");
  CHECK(refused({"host", "rating", ""}) == "plugin.no_binding");
}

TEST_CASE_METHOD(Fixture,
                 "production refuses what is built and watched, and an HSM nobody declared",
                 "[host]") {
  tenancy::HostConfiguration production = world.host().configuration().host;
  production.profile = tenancy::Profile::kProduction;
  PluginDesk strict(production, world.host().tenant_files(), world.host().bindings(),
                    world.host().ledger(), world.clock());
  const auto reason = [&](const api::PluginSwap& wanted) {
    const auto done = strict.swap(wanted);
    return done ? "" : std::string(done.error().reason());
  };
  const std::string hsm = copy_of(world.host().configuration().host.hsm.library).string();
  CHECK(reason({.tenant = "alpha", .slot = "storage", .library = "", .watched = true}) ==
        "plugin.watch_in_production");
  CHECK(reason({"host", "hsm", hsm}) == "plugin.hsm_not_certified");
  CHECK(reason({.tenant = "host", .slot = "hsm", .library = hsm, .fips140_level = 2}) ==
        "plugin.hsm_not_certified");
  CHECK(reason({"host", "hsmNext", hsm}) == "plugin.no_binding");
  CHECK(reason({.tenant = "host", .slot = "hsm", .library = hsm, .fips140_level = 3}).empty());
  CHECK(has(last_audit(), R"("declaredFips140Level":"3")"));
  CHECK(reason({"host", "hsm", ""}).empty());  // the one that is declared, started anew
}

}  // namespace berth::host
