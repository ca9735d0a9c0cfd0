// Goal: what a host loads is what its operator trusts, and each load and refusal is on record.

#include "kernel/host/plugin_loading.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "kernel/host/operator_desk.h"
#include "tests/kernel/manifest/plugin_folder.h"
#include "tests/scenario/world.h"

namespace berth::host {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using manifest::testing::PluginFolder;
using scenario::World;

// A host whose plugins lie in a folder of its own, signed by a key it trusts, in production.
struct ProductionWorld {
  World world;
  manifest::SigningKey key = manifest::SigningKey::generate();
  fs::path plugins = world.folder() / "plugins";
  Json host = Json::parse(PluginFolder::read(world.folder() / "host.json"));

  ProductionWorld() {
    fs::create_directory(plugins);
    for (const char* slot : {"hsm", "storage"}) {
      const fs::path built = host[slot]["library"].get<std::string>();
      for (const char* file : {".so", ".manifest.json", ".config.schema.json"}) {
        const std::string name = built.stem().string() + file;
        fs::copy_file(built.parent_path() / name, plugins / name);
      }
      const fs::path library = plugins / built.filename();
      sign(library);
      host[slot]["library"] = library.string();
    }
    PluginFolder::write(world.folder() / "signer.pub", key.public_pem());
    host["profile"] = "production";
    host["plugins"] = {{"trustedKeys", {"signer.pub"}}};
    host["hsm"]["fips140"] = {{"level", 3}, {"certificate", "none: a test's declaration"}};
    world.stop();
  }
  void sign(const fs::path& library) {
    const fs::path manifest = manifest::manifest_path(library);
    const Bytes signature = key.sign(as_bytes(PluginFolder::read(manifest)));
    PluginFolder::write(manifest::signature_path(manifest), as_text(signature));
  }
  // The reason for which the host does not start; empty when it does.
  std::string start() {
    PluginFolder::write(world.folder() / "host.json", host.dump());
    const auto started = Host::start(world.folder() / "host.json", world.clock(), world.random());
    return started ? "" : std::string(started.error().reason());
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
      if (!record.type.starts_with("plugin.")) continue;
      const Json details = Json::parse(*record.payload);
      lines.push_back(record.type + " " +
                      fs::path(details.at("library").get<std::string>()).filename().string() + " " +
                      details.value("reason", details.value("signedBy", "")));
    }
    return lines;
  }
};

}  // namespace

TEST_CASE("a production host starts on signed plugins, and records whose they are", "[host]") {
  ProductionWorld production;
  REQUIRE(production.start().empty());
  const std::string signer =
      manifest::PublicKey::from_pem(production.key.public_pem())->fingerprint();
  const auto lines = production.recorded();
  REQUIRE(lines.size() >= 2);
  CHECK(lines.end()[-2] == "plugin.loaded softkeys.so " + signer);
  CHECK(lines.end()[-1] == "plugin.loaded filesystem.so " + signer);
}

TEST_CASE("a production host refuses a plugin that is unsigned or altered, and records it",
          "[host]") {
  ProductionWorld production;
  const fs::path softkeys = production.plugins / "softkeys.so";
  const fs::path signature = manifest::signature_path(manifest::manifest_path(softkeys));
  const std::string good = PluginFolder::read(signature);
  fs::remove(signature);
  CHECK(production.start() == "plugin.unsigned");
  CHECK(production.recorded().back() == "plugin.refused softkeys.so plugin.unsigned");
  PluginFolder::write(signature, good);
  const std::string code = PluginFolder::read(softkeys);
  PluginFolder::write(softkeys, code + "x");
  CHECK(production.start() == "plugin.altered");
  CHECK(production.recorded().back() == "plugin.refused softkeys.so plugin.altered");
  PluginFolder::write(softkeys, code);
  production.host["plugins"]["trustedKeys"] = Json::array();
  CHECK(production.start() == "plugin.signature");
  production.host["plugins"] = {{"trustedKeys", {"nowhere.pub"}}};
  CHECK(production.start() == "plugin_key.unreadable");
  production.host["plugins"] = {
      {"trustedKeys", {"signer.pub"}},
      {"revokedLibraries", {manifest::digits_of(sha256(as_bytes(PluginFolder::read(softkeys))))}}};
  CHECK(production.start() == "plugin.revoked");
  production.host["plugins"].erase("revokedLibraries");
  CHECK(production.start().empty());
}

TEST_CASE("production refuses development's liberties and an HSM without its certificate",
          "[host][R13:part]") {
  ProductionWorld production;
  production.host["plugins"]["allowUnsigned"] = true;
  CHECK(production.start() == "configuration.unsigned_in_production");
  production.host["plugins"].erase("allowUnsigned");
  production.host["hsm"].erase("fips140");
  CHECK(production.start() == "configuration.hsm_not_certified");
  production.host.erase("profile");  // production is what a host is that does not say
  CHECK(production.start() == "configuration.hsm_not_certified");
  production.host["profile"] = "development";
  CHECK(production.start().empty());
}

TEST_CASE("an unsigned plugin is a warning in the log, in the status and to the doctor", "[host]") {
  World world;
  std::ostringstream text;
  spdlog::logger log("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text));
  plugins::Registry registry({&world.clock(), nullptr}, {.keys = {}, .allow_unsigned = true},
                             plugin_observer(world.host().ledger(), log));
  REQUIRE(registry.module(world.host().configuration().host.hsm.library));
  CHECK(text.str().find("UNSIGNED PLUGIN") != std::string::npos);

  OperatorDesk desk(world.host(), world.clock());
  std::size_t warned = 0;
  for (const api::Finding& finding : desk.examine().findings) {
    const bool about = finding.name == "plugin berth.hsm.softkeys" || finding.name == "profile";
    warned += about && finding.grade == api::Grade::kWarn ? 1 : 0;
  }
  CHECK(warned == 2);
  ingress::HttpRequest request;
  request.request_id = "test";
  request.method = "GET";
  request.path = "/v1/status";
  const Json status = Json::parse(desk.handle(request).body);
  CHECK(status.at("profile") == "development");
  REQUIRE(status.at("plugins").size() == 2);
  for (const Json& plugin : status.at("plugins")) {
    CHECK(plugin.at("signedBy").is_null());
    CHECK(plugin.at("sha256").get<std::string>().size() == 64);
  }
}

}  // namespace berth::host
