#include <catch2/catch.hpp>

#include "kernel/tenancy/configuration_files.h"
#include "tests/kernel/tenancy/files_support.h"
#include "tests/kernel/tenancy/routes_support.h"

namespace {

using namespace berth;                 // NOLINT: the tests name nearly everything in it
using namespace berth::tenancy;        // NOLINT
using namespace berth::tenancy::test;  // NOLINT
using nlohmann::json;

}  // namespace

TEST_CASE("a tenant file reads with its defaults", "[tenancy]") {
  const Folder folder;
  const auto read = read_tenant_file(folder.write("tenants/a.json", tenant_json("tenant-a")));
  INFO(message_of(read));
  REQUIRE(read);
  CHECK(read->id == tenant("tenant-a"));
  CHECK(read->eid_policy == EidPolicy::kManaged);
  CHECK(read->tls.certificate_chain == folder.path() / "tls/tenant-a.pem");
  CHECK_FALSE(read->hsm.has_value());
  CHECK(read->order_lifetime_ms == 2'592'000'000);
  CHECK(read->download_attempts_max == 10);
  CHECK(read->confirmation_attempts_max == 3);
}

TEST_CASE("a tenant may have its own plugins, policy and limits", "[tenancy]") {
  const Folder folder;
  json value = tenant_json("tenant-a");
  value["eidPolicy"] = "consumer-open";
  value["hsm"] = {{"library", "own.so"}, {"config", {{"slot", "./s"}}}};
  value["storage"] = {{"library", "/s.so"}};
  value["orderLifetimeMs"] = 31'536'000'000;
  value["downloadAttemptsMax"] = 1;
  value["confirmationAttemptsMax"] = 5;
  const auto read = read_tenant_file(folder.write("a.json", value));
  INFO(message_of(read));
  REQUIRE(read);
  CHECK(read->eid_policy == EidPolicy::kConsumerOpen);
  CHECK(read->hsm->library == folder.path() / "own.so");
  CHECK(json::parse(read->hsm->config_json)["slot"] == (folder.path() / "s").string());
  CHECK(read->storage->library == "/s.so");
  CHECK(read->order_lifetime_ms == 31'536'000'000);
  CHECK(read->download_attempts_max == 1);
  CHECK(read->confirmation_attempts_max == 5);
}

TEST_CASE("retries without end cannot be configured", "[tenancy][R110]") {
  const json value = GENERATE(json(0), json(-1), json(101), json(1e300), json("unlimited"),
                              json(nullptr), json(2.5));
  const Folder folder;
  json tenant_file = tenant_json("tenant-a");
  tenant_file["downloadAttemptsMax"] = value;
  const auto read = read_tenant_file(folder.write("a.json", tenant_file));
  CHECK(reason_of(read) == "configuration.invalid");
  CHECK_THAT(message_of(read), Catch::Contains("downloadAttemptsMax"));
}

TEST_CASE("a bad tenant member is refused with file, path and reason", "[tenancy]") {
  const auto [pointer, value, path] = GENERATE(table<std::string, json, std::string>({
      {"/tenantId", "A tenant", "tenantId"},
      {"/tenantId", 7, "tenantId"},
      {"/displayName", "", "displayName"},
      {"/eidPolicy", "open", "eidPolicy"},
      {"/tls/privateKey", nullptr, "tls.privateKey"},
      {"/tls/extra", 1, "tls: unknown member \"extra\""},
      {"/orderLifetimeMs", 59'999, "orderLifetimeMs"},
      {"/orderLifetimeMs", 31'536'000'001, "orderLifetimeMs"},
      {"/confirmationAttemptsMax", 0, "confirmationAttemptsMax"},
      {"/hsm", json::object(), "hsm: the member 'library' is missing"},
      {"/eidpolicy", "managed", "unknown member \"eidpolicy\""},
  }));
  const Folder folder;
  json tenant_file = tenant_json("tenant-a");
  tenant_file[json::json_pointer(pointer)] = value;
  const auto file = folder.write("a.json", tenant_file);
  const auto read = read_tenant_file(file);
  CAPTURE(pointer, message_of(read));
  CHECK(reason_of(read) == "configuration.invalid");
  CHECK_THAT(message_of(read), Catch::StartsWith(file.string() + ": " + path));
}
