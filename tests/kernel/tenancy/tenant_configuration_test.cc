#include <catch2/catch.hpp>

#include "kernel/tenancy/configuration_files.h"
#include "tests/kernel/tenancy/files_support.h"
#include "tests/kernel/tenancy/routes_support.h"

namespace {

using namespace berth;                 // NOLINT: the tests name nearly everything in it
using namespace berth::tenancy;        // NOLINT
using namespace berth::tenancy::test;  // NOLINT
using nlohmann::json;

json progress_json() {
  return {{"url", "https://bss.example:8443/base"},
          {"client", {{"certificateChain", "c.pem"}, {"privateKey", "c.key"}}},
          {"serverCa", "ca.pem"},
          {"requesterIdentifier", "SMDP-1"}};
}

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
  CHECK_FALSE(read->registrar.has_value());
  CHECK_FALSE(read->rating.has_value());
  CHECK_FALSE(read->bss.has_value());
  CHECK(read->order_lifetime_ms == 2'592'000'000);
  CHECK(read->download_attempts_max == 10);
  CHECK(read->confirmation_attempts_max == 3);
  CHECK(read->tls_alternatives.empty());
  CHECK_FALSE(read->progress.has_value());
  CHECK(read->attempt_timeout_ms == 86'400'000);
  CHECK(read->rearm_after_error_max == 0);
  CHECK_FALSE(read->ineligible_ends_order);
  CHECK(read->rebind_with_new_key);
  CHECK(read->protection_keys == ProtectionKeys::kRandom);
}

TEST_CASE("a tenant may have its own plugins, policy and limits", "[tenancy]") {
  const Folder folder;
  json value = tenant_json("tenant-a");
  value["eidPolicy"] = "consumer-open";
  value["hsm"] = {{"library", "own.so"}, {"config", {{"slot", "./s"}}}};
  value["storage"] = {{"library", "/s.so"}};
  value["registrar"] = {{"library", "r.so"}};
  value["rating"] = {{"library", "/rate.so"}, {"config", {{"currency", "EUR"}}}};
  value["bss"] = {{"library", "/b.so"}, {"config", {{"folder", "../feed"}}}};
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
  CHECK(read->registrar->library == folder.path() / "r.so");
  CHECK(json::parse(read->rating->config_json)["currency"] == "EUR");
  CHECK(json::parse(read->bss->config_json)["folder"] ==
        (folder.path() / "../feed").lexically_normal().string());
  CHECK(read->order_lifetime_ms == 31'536'000'000);
  CHECK(read->download_attempts_max == 1);
  CHECK(read->confirmation_attempts_max == 5);
}

TEST_CASE("a tenant may have more certificates and its own ways with downloads", "[tenancy]") {
  const Folder folder;
  json value = tenant_json("tenant-a");
  value["tlsAlternatives"] = {{{"certificateChain", "brp.pem"}, {"privateKey", "/brp.key"}}};
  value["attemptTimeoutMs"] = 2'592'000'000;
  value["rearmAfterErrorMax"] = 10;
  value["ineligibleEndsOrder"] = true;
  value["rebindWithNewKey"] = false;
  value["protectionKeys"] = "session";
  const auto read = read_tenant_file(folder.write("a.json", value));
  INFO(message_of(read));
  REQUIRE(read);
  REQUIRE(read->tls_alternatives.size() == 1);
  CHECK(read->tls_alternatives[0].certificate_chain == folder.path() / "brp.pem");
  CHECK(read->tls_alternatives[0].private_key == "/brp.key");
  CHECK(read->attempt_timeout_ms == 2'592'000'000);
  CHECK(read->rearm_after_error_max == 10);
  CHECK(read->ineligible_ends_order);
  CHECK_FALSE(read->rebind_with_new_key);
  CHECK(read->protection_keys == ProtectionKeys::kSession);
}

TEST_CASE("a tenant's progress endpoint reads with its defaults and its pins", "[tenancy]") {
  const Folder folder;
  json value = tenant_json("tenant-a");
  value["progress"] = progress_json();
  auto read = read_tenant_file(folder.write("a.json", value));
  INFO(message_of(read));
  REQUIRE(read);
  REQUIRE(read->progress);
  CHECK(read->progress->url == "https://bss.example:8443/base");
  CHECK(read->progress->client.private_key == folder.path() / "c.key");
  CHECK(read->progress->server_ca == folder.path() / "ca.pem");
  CHECK(read->progress->server_pins.empty());
  CHECK(read->progress->requester_identifier == "SMDP-1");
  CHECK(read->progress->points == std::vector<std::uint32_t>{1, 2, 3, 4});
  value["progress"].erase("serverCa");
  value["progress"]["serverPins"] = {std::string(64, 'A')};
  value["progress"]["points"] = {4, 1};
  read = read_tenant_file(folder.write("a.json", value));
  REQUIRE(read);
  CHECK(read->progress->server_ca.empty());
  CHECK(read->progress->server_pins == std::vector{std::string(64, 'a')});
  CHECK(read->progress->points == std::vector<std::uint32_t>{4, 1});
}

TEST_CASE("a progress endpoint that could be misunderstood or is unverified is refused",
          "[tenancy]") {
  const auto [pointer, value, path] = GENERATE(table<std::string, json, std::string>({
      {"/url", "http://bss.example", "progress.url"},
      {"/url", "https:///path", "progress.url"},
      {"/url", "https://user@bss.example/", "progress.url"},
      {"/url", "https://user:secret@bss.example/", "progress.url"},
      {"/url", "https://bss.example/?a=b", "progress.url"},
      {"/url", "https://bss.example/#x", "progress.url"},
      {"/url", "https://bss.example/a b", "progress.url"},
      {"/url", "https://bss.example/a\r\nX: y", "progress.url"},
      {"/url", "HTTPS://bss.example", "progress.url"},
      {"/serverCa", nullptr, "progress.serverCa"},
      {"/serverPins", json::array(), "progress.serverPins"},
      {"/serverPins", {"x"}, "progress.serverPins[0]"},
      {"/requesterIdentifier", "", "progress.requesterIdentifier"},
      {"/points", {0}, "progress.points[0]"},
      {"/points", {5}, "progress.points[0]"},
      {"/points", {1, 1}, "progress.points"},
      {"/points", json::array(), "progress.points"},
      {"/client/privateKey", 1, "progress.client.privateKey"},
  }));
  const Folder folder;
  json tenant_file = tenant_json("tenant-a");
  tenant_file["progress"] = progress_json();
  tenant_file["progress"][json::json_pointer(pointer)] = value;
  const auto read = read_tenant_file(folder.write("a.json", tenant_file));
  CAPTURE(pointer, message_of(read));
  CHECK(reason_of(read) == "configuration.invalid");
  CHECK_THAT(message_of(read), Catch::Contains("a.json: " + path));
  tenant_file["progress"] = progress_json();
  tenant_file["progress"].erase("serverCa");
  CHECK_THAT(message_of(read_tenant_file(folder.write("a.json", tenant_file))),
             Catch::Contains("neither serverCa nor serverPins"));
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
      {"/attemptTimeoutMs", 59'999, "attemptTimeoutMs"},
      {"/attemptTimeoutMs", 2'592'000'001, "attemptTimeoutMs"},
      {"/rearmAfterErrorMax", 11, "rearmAfterErrorMax"},
      {"/rearmAfterErrorMax", -1, "rearmAfterErrorMax"},
      {"/ineligibleEndsOrder", 1, "ineligibleEndsOrder"},
      {"/rebindWithNewKey", "no", "rebindWithNewKey"},
      {"/protectionKeys", "fixed", "protectionKeys"},
      {"/tlsAlternatives",
       {{{"certificateChain", "a"}}},
       "tlsAlternatives[0]: the member 'privateKey' is missing"},
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
