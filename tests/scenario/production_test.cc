// Goal: a production host loads what its operator trusts and nothing else, and keeps keys in a
// device that is declared certified, once and the same everywhere.

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "kernel/host/plugin_desk.h"
#include "tests/kernel/manifest/plugin_folder.h"
#include "tests/scenario/token.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT
namespace fs = std::filesystem;
using Json = nlohmann::json;
using manifest::testing::PluginFolder;

// A host whose plugins lie in a folder of its own, signed by a key it trusts, in production.
struct ProductionWorld {
  Token token{"production"};
  World world{on(token)};
  manifest::SigningKey key = manifest::SigningKey::generate();
  fs::path plugins = world.folder() / "plugins";
  Json host = Json::parse(PluginFolder::read(world.folder() / "host.json"));

  ProductionWorld() {
    fs::create_directory(plugins);
    for (const char* slot : {"hsm", "storage"}) {
      host[slot]["library"] = take(host[slot]["library"].get<std::string>());
    }
    PluginFolder::write(world.folder() / "signer.pub", key.public_pem());
    host["profile"] = "production";
    host["operators"] = {{{"name", "anna"}, {"roles", {"operator"}}, {"uid", ::getuid()}},
                         {{"name", "bert"}, {"roles", {"approver"}}, {"uid", 65533}}};
    trust({{"trustedKeys", {"signer.pub"}}});
    host["hsm"]["fips140"] = {{"level", 3}, {"certificate", "none: a test's declaration"}};
    world.stop();
  }
  // Whose plugins are taken; where they run apart stays.
  void trust(Json plugins_member) {
    plugins_member["hostProgram"] = host["plugins"]["hostProgram"];
    host["plugins"] = std::move(plugins_member);
  }
  static WorldOptions on(const Token& token) {
    WorldOptions options;
    options.import_keys = false;
    options.host_members = Json{{"hsm", token.binding()}, {"smdp", Json::array()}}.dump();
    return options;
  }
  // A signed copy of a built plugin; its library.
  std::string take(const fs::path& built) {
    for (const char* file : {".so", ".manifest.json", ".config.schema.json"}) {
      const std::string name = built.stem().string() + file;
      fs::copy_file(built.parent_path() / name, plugins / name);
    }
    const fs::path library = plugins / built.filename();
    sign(library);
    return library.string();
  }
  void sign(const fs::path& library) {
    const fs::path manifest = manifest::manifest_path(library);
    const Bytes signature = key.sign(as_bytes(PluginFolder::read(manifest)));
    PluginFolder::write(manifest::signature_path(manifest), as_text(signature));
  }
  // The reason for which the host does not start; empty when it does.
  std::string start() {
    PluginFolder::write(world.folder() / "host.json", host.dump());
    const auto started =
        host::Host::start(world.folder() / "host.json", world.clock(), world.random());
    return started ? "" : std::string(started.error().reason());
  }
  // The reason for which it does not swap while it serves; empty when it does.
  std::string swap(const api::PluginSwap& wanted) {
    const auto started =
        host::Host::start(world.folder() / "host.json", world.clock(), world.random());
    if (!started) FAIL(started.error().message());
    host::Host& serving = **started;
    host::PluginDesk desk(serving.configuration().host, serving.tenant_files(), serving.bindings(),
                          serving.ledger(), world.clock());
    const auto done = desk.swap(wanted);
    return done ? "" : std::string(done.error().reason());
  }
  // "plugin.refused softkeys.so plugin.altered", newest last.
  std::vector<std::string> recorded() {
    ledger::LedgerOptions options;
    options.folder = world.folder() / "data";
    auto opened = ledger::HostLedger::open(options, world.clock(), world.random());
    REQUIRE(opened);
    std::vector<std::string> lines;
    const auto records = (*opened)->audit_records(0, 1000);
    REQUIRE(records);
    for (const auto& record : *records) {
      if (record.type != "plugin.loaded" && record.type != "plugin.refused") continue;
      const Json details = Json::parse(*record.payload);
      lines.push_back(record.type + " " +
                      fs::path(details.at("library").get<std::string>()).filename().string() + " " +
                      details.value("reason", details.value("signedBy", "")));
    }
    return lines;
  }
};

}  // namespace

TEST_CASE("a production host starts on signed plugins, and records whose they are", "[scenario]") {
  ProductionWorld production;
  REQUIRE(production.start().empty());
  const std::string signer =
      manifest::PublicKey::from_pem(production.key.public_pem())->fingerprint();
  const auto lines = production.recorded();
  REQUIRE(lines.size() >= 2);
  CHECK(lines.end()[-2] == "plugin.loaded pkcs11.so " + signer);
  CHECK(lines.end()[-1] == "plugin.loaded filesystem.so " + signer);
}

TEST_CASE("a production host refuses a plugin that is unsigned or altered, and records it",
          "[scenario]") {
  ProductionWorld production;
  const fs::path device = production.plugins / "pkcs11.so";
  const fs::path signature = manifest::signature_path(manifest::manifest_path(device));
  const std::string good = PluginFolder::read(signature);
  fs::remove(signature);
  CHECK(production.start() == "plugin.unsigned");
  CHECK(production.recorded().back() == "plugin.refused pkcs11.so plugin.unsigned");
  PluginFolder::write(signature, good);
  const std::string code = PluginFolder::read(device);
  PluginFolder::write(device, code + "x");
  CHECK(production.start() == "plugin.altered");
  CHECK(production.recorded().back() == "plugin.refused pkcs11.so plugin.altered");
  PluginFolder::write(device, code);
  production.host["plugins"]["trustedKeys"] = Json::array();
  CHECK(production.start() == "plugin.signature");
  production.trust({{"trustedKeys", {"nowhere.pub"}}});
  CHECK(production.start() == "plugin_key.unreadable");
  production.trust(
      {{"trustedKeys", {"signer.pub"}},
       {"revokedLibraries", {manifest::digits_of(sha256(as_bytes(PluginFolder::read(device))))}}});
  CHECK(production.start() == "plugin.revoked");
  production.host["plugins"].erase("revokedLibraries");
  CHECK(production.start().empty());
}

TEST_CASE("production refuses development's liberties and an HSM without its certificate",
          "[scenario][R13]") {
  ProductionWorld production;
  production.host["plugins"]["allowUnsigned"] = true;
  CHECK(production.start() == "configuration.unsigned_in_production");
  production.host["plugins"].erase("allowUnsigned");
  production.host["hsm"].erase("fips140");
  CHECK(production.start() == "configuration.hsm_not_certified");
  production.host["hsm"]["config"]["fips140"] = {{"standard", "140-3"}, {"level", 2}};
  CHECK(production.start() == "configuration.hsm_not_certified");
  // One declaration is enough, wherever it stands; two of them agree.
  production.host["hsm"]["config"]["fips140"]["level"] = 3;
  CHECK(production.start().empty());
  production.host["hsm"]["fips140"] = {{"level", 4}, {"certificate", "4703"}};
  CHECK(production.start() == "configuration.fips140_contradiction");
  production.host["hsm"]["fips140"]["level"] = 3;
  CHECK(production.start().empty());
  production.host["hsm"]["config"]["fips140"]["certificate"] = "4704";
  CHECK(production.start() == "configuration.fips140_contradiction");
  production.host["profile"] = "development";  // nor is a desk told two things
  CHECK(production.start() == "configuration.fips140_contradiction");
  production.host["hsm"]["config"].erase("fips140");
  production.host["hsm"].erase("fips140");
  production.host.erase("profile");  // production is what a host is that does not say
  CHECK(production.start() == "configuration.hsm_not_certified");
  production.host["profile"] = "development";
  CHECK(production.start().empty());
}

TEST_CASE(
    "production refuses softkeys whatever is declared of it, present or next, a host's or a "
    "tenant's",
    "[scenario][R13]") {
  ProductionWorld production;
  const Json certified = {{"level", 3}, {"certificate", "4703"}};
  const Json softkeys = {
      {"library", production.take(std::string(BERTH_PLUGIN_DIR) + "/hsm/softkeys.so")},
      {"config",
       {{"folder", (production.world.folder() / "keys").string()},
        {"masterKeyFile", (production.world.folder() / "keys.hex").string()}}},
      {"fips140", certified}};
  const Json device = production.host["hsm"];
  production.host["hsm"] = softkeys;
  CHECK(production.start() == "host.hsm_takes_keys");
  production.host["hsm"] = device;
  production.host["hsmNext"] = softkeys;
  CHECK(production.start() == "host.hsm_takes_keys");
  production.host.erase("hsmNext");
  REQUIRE(production.start().empty());
  CHECK(production.swap({.tenant = "host",
                         .slot = "hsm",
                         .library = softkeys["library"],
                         .config_json = softkeys["config"].dump(),
                         .fips140_level = 3}) == "host.hsm_takes_keys");
  const fs::path file = production.world.folder() / "tenants/alpha.json";
  Json tenant = Json::parse(PluginFolder::read(file));
  tenant["hsm"] = softkeys;
  PluginFolder::write(file, tenant.dump());
  CHECK(production.start() == "host.hsm_takes_keys");
  production.host["profile"] = "development";
  CHECK(production.start() == "vault.no_wrapping_key");  // it is bound; alpha's keys are elsewhere
}
