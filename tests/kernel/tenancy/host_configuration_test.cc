#include <catch2/catch.hpp>

#include "kernel/tenancy/configuration_files.h"
#include "tests/kernel/tenancy/files_support.h"
#include "tests/kernel/tenancy/routes_support.h"

namespace {

using namespace berth;                 // NOLINT: the tests name nearly everything in it
using namespace berth::tenancy;        // NOLINT
using namespace berth::tenancy::test;  // NOLINT
using Catch::Contains;
using nlohmann::json;

}  // namespace

TEST_CASE("paths of a host file are relative to its folder, wherever it is read from",
          "[tenancy]") {
  const Folder folder;
  const auto host = read_host_file(folder.write("etc/host.json", host_json()));
  INFO(message_of(host));
  REQUIRE(host);
  CHECK(host->data_folder == folder.path() / "etc/data");
  CHECK(host->routes == folder.path() / "etc/routes.json");
  CHECK(host->tenant_files[1] == folder.path() / "etc/tenants/b.json");
  CHECK(host->certificate_issuers[0] == folder.path() / "etc/pki/ci.pem");
  CHECK(host->smdp[0].dp_pb.certificate == folder.path() / "etc/pki/pb.der");
  CHECK(host->smdp[0].dp_auth.key_reference == "dp-auth");
  CHECK(host->hsm.library == folder.path() / "lib/softkeys.so");
  CHECK(host->storage.library == "/opt/filesystem.so");
  CHECK(host->storage.config_json == "{}");
}

TEST_CASE("a plugin's own configuration passes unchanged, except for relative paths", "[tenancy]") {
  const Folder folder;
  json host = host_json();
  host["hsm"]["config"] = json::parse(R"({
    "keyFile": "./keys/k", "up": "../x", "plain": "keys/k", "dot": ".", "hidden": ".keys",
    "deep": {"list": ["./a", 7, null, true, {"b": "../../b"}]}
  })");
  const auto read = read_host_file(folder.write("etc/host.json", host));
  REQUIRE(read);
  const json config = json::parse(read->hsm.config_json);
  const std::string base = folder.path().string();
  CHECK(config["keyFile"] == base + "/etc/keys/k");
  CHECK(config["up"] == base + "/x");
  CHECK(config["plain"] == "keys/k");
  CHECK(config["dot"] == ".");
  CHECK(config["hidden"] == ".keys");
  CHECK(config["deep"]["list"][0] == base + "/etc/a");
  CHECK(config["deep"]["list"][1] == 7);
  CHECK(config["deep"]["list"][4]["b"] == (folder.path().parent_path() / "b").string());
}

TEST_CASE("where a plugin runs and what its process sees is read as it is written", "[tenancy]") {
  const Folder folder;
  json host = host_json();
  host["hsm"].update({{"isolation", "process"}, {"memoryMb", 512}, {"network", true}});
  host["hsm"]["environment"] = {{"B_CONF", "/etc/b"}, {"A_LEVEL", "=1"}};
  host["hsmNext"] = host["hsm"];
  const auto read = read_host_file(folder.write("etc/host.json", host));
  INFO(message_of(read));
  REQUIRE(read);
  for (const PluginBinding& hsm : {read->hsm, *read->hsm_next}) {
    CHECK(hsm.isolation == PluginIsolation::kProcess);
    CHECK(hsm.memory_mb == 512);
    CHECK(hsm.network);
    CHECK(hsm.environment == std::vector<std::string>{"A_LEVEL==1", "B_CONF=/etc/b"});
  }
  CHECK(read->storage.environment.empty());
}

TEST_CASE("what a host file leaves out has the documented default", "[tenancy]") {
  const Folder folder;
  const auto host = read_host_file(folder.write("host.json", host_json()));
  REQUIRE(host);
  CHECK(host->key_encryption_key == "berth-kek");
  CHECK(host->limits.max_connections == 2000);
  CHECK(host->limits.worker_threads == 16);
  CHECK(host->session_lifetime_ms == 900'000);
  json other = host_json();
  other["limits"] = {{"maxConnections", 5}, {"requestDeadlineMs", 250}};
  other["sessionLifetimeMs"] = 1000;
  other["maxSessionsPerTenant"] = 3;
  other["keyEncryptionKey"] = "kek-2";
  const auto changed = read_host_file(folder.write("host.json", other));
  REQUIRE(changed);
  CHECK(changed->limits.max_connections == 5);
  CHECK(changed->limits.request_deadline_ms == 250);
  CHECK(changed->limits.max_body_bytes == 128 * 1024);
  CHECK(changed->session_lifetime_ms == 1000);
  CHECK(changed->max_sessions_per_tenant == 3);
  CHECK(changed->key_encryption_key == "kek-2");
}

TEST_CASE("a bad host member is refused with file, path and reason", "[tenancy]") {
  const auto [pointer, value, path] = GENERATE(table<std::string, json, std::string>({
      {"/es9Listen", "127.0.0.1", "es9Listen"},
      {"/es9Listen", "127.0.0.1:65536", "es9Listen"},
      {"/es9Listen", "::1:443", "es9Listen"},
      {"/es9Listen", "[x]:443", "es9Listen"},
      {"/es9Listen", 443, "es9Listen"},
      {"/operatorSocket", std::string(200, 's'), "operatorSocket"},
      {"/certificateIssuers", json::array(), "certificateIssuers"},
      {"/smdp/0/dpPb", json::object(), "smdp[0].dpPb: the member 'certificate' is missing"},
      {"/smdp/0/dpPb/key", "", "smdp[0].dpPb.key"},
      {"/hsm/config", "text", "hsm.config"},
      {"/hsm/confg", json::object(),
       "hsm: unknown member \"confg\"; the members here are breaker, config"},
      {"/limits", {{"maxConnections", 0}}, "limits.maxConnections"},
      {"/limits", {{"maxBodyBytes", 1.5}}, "limits.maxBodyBytes"},
      {"/limits", {{"workerThreads", -1}}, "limits.workerThreads"},
      {"/sessionLifetimeMs", 86'400'001, "sessionLifetimeMs"},
      {"/tenants", 7, "tenants"},
      {"/tenants/0", "", "tenants[0]"},
      {"/profile", "staging", "profile"},
      {"/plugins",
       {{"trustedKeys", json(std::vector<std::string>(17, "k"))}},
       "plugins.trustedKeys"},
      {"/plugins", {{"revokedLibraries", {std::string(64, 'A')}}}, "plugins.revokedLibraries[0]"},
      {"/plugins", {{"allowUnsigned", "yes"}}, "plugins.allowUnsigned"},
      {"/hsm/fips140", {{"level", 5}, {"certificate", "1"}}, "hsm.fips140.level"},
      {"/hsm/fips140", {{"level", 3}}, "hsm.fips140: the member 'certificate' is missing"},
      {"/storage/fips140", {{"level", 3}}, "storage: unknown member"},
      {"/hsm/limits", {{"maxConcurrency", 0}}, "hsm.limits.maxConcurrency"},
      {"/hsm/limits", {{"maxConcurrency", 1025}}, "hsm.limits.maxConcurrency"},
      {"/storage/limits", {{"maxWaiting", 10001}}, "storage.limits.maxWaiting"},
      {"/storage/limits", {{"callDeadlineMs", 9}}, "storage.limits.callDeadlineMs"},
      {"/storage/limits", {{"calls", 9}}, "storage.limits: unknown member"},
      {"/storage/breaker", {{"failures", 0}}, "storage.breaker.failures"},
      {"/storage/breaker", {{"openMs", 600001}}, "storage.breaker.openMs"},
  }));
  const Folder folder;
  json host = host_json();
  host[json::json_pointer(pointer)] = value;
  const auto file = folder.write("host.json", host);
  const auto read = read_host_file(file);
  CAPTURE(pointer, message_of(read));
  CHECK(reason_of(read) == "configuration.invalid");
  CHECK_THAT(message_of(read), Catch::StartsWith(file.string() + ": " + path));
}

TEST_CASE("each member that a host file must have is named when it is missing", "[tenancy]") {
  const std::string name = GENERATE("dataFolder", "es9Listen", "operatorSocket", "routes",
                                    "tenants", "certificateIssuers", "smdp", "hsm", "storage");
  const Folder folder;
  json host = host_json();
  host.erase(name);
  const auto read = read_host_file(folder.write("host.json", host));
  CHECK(reason_of(read) == "configuration.invalid");
  CHECK_THAT(message_of(read), Contains("the member '" + name + "' is missing; it is"));
}

TEST_CASE("both address families and names can be listened on", "[tenancy]") {
  const std::string address = GENERATE("0.0.0.0:443", "[::]:443", "[::1]:0", "berth.example:8443");
  const Folder folder;
  json host = host_json();
  host["es9Listen"] = address;
  const auto read = read_host_file(folder.write("host.json", host));
  REQUIRE(read);
  CHECK(read->es9_listen == address);
}

TEST_CASE("revocation lists are files beside the host file", "[tenancy]") {
  const Folder folder;
  json host = host_json();
  host["revocationLists"] = {"pki/ci.crl", "/pki/eum.crl"};
  const auto read = read_host_file(folder.write("host.json", host));
  REQUIRE(read);
  CHECK(read->revocation_lists ==
        std::vector<std::filesystem::path>{folder.path() / "pki/ci.crl", "/pki/eum.crl"});
}

TEST_CASE("the plugins that are trusted are told by files, digests and a switch", "[tenancy]") {
  const Folder folder;
  json host = host_json();
  const auto plain = read_host_file(folder.write("host.json", host));
  REQUIRE(plain);
  CHECK(plain->plugins.trusted_keys.empty());
  CHECK_FALSE(plain->plugins.allow_unsigned);
  host.erase("profile");
  host["plugins"] = {{"trustedKeys", {"keys/a.pub", "/b.pub"}},
                     {"revokedLibraries", {std::string(64, 'a')}},
                     {"allowUnsigned", true}};
  const auto read = read_host_file(folder.write("host.json", host));
  REQUIRE(read);
  CHECK(read->profile == Profile::kProduction);
  CHECK(read->plugins.trusted_keys ==
        std::vector<std::filesystem::path>{folder.path() / "keys/a.pub", "/b.pub"});
  CHECK(read->plugins.revoked_libraries == std::vector<std::string>{std::string(64, 'a')});
  CHECK(read->plugins.allow_unsigned);
}
