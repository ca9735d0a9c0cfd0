// Who may call ES2+: keys, their time, and the tenants they act for.

#include <catch2/catch.hpp>
#include <cstdlib>
#include <thread>

#include "tests/scenario/operator_system.h"
#include "tests/scenario/raw_client.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT
using nlohmann::json;

std::vector<std::string> host_audit(World& world) {
  const auto records = world.host().ledger().audit_records(0, 1000);
  REQUIRE(records.ok());
  std::vector<std::string> types;
  for (const auto& record : *records) types.push_back(record.type);
  return types;
}

// An expired key of one operator is refused, and taken where its entry says so.
void expired_then_accepted(OperatorSystem& system, const tenancy::TlsIdentity& key) {
  for (const bool accept : {false, true}) {
    World world(system.options(json::array(
        {OperatorSystem::allowed("alpha-it", {key}, {{"OP-ALPHA", "alpha"}}, accept)})));
    OperatorClient alpha(system, world, key, "OP-ALPHA");
    const json order{{"iccid", world.stock("alpha").text()}};
    CHECK(alpha.outcome("downloadOrder", order) == (accept ? "Executed-Success" : "1.1/1.1"));
    if (!accept) CHECK(host_audit(world).back() == "es2.certificate_refused");
  }
}

}  // namespace

TEST_CASE("without a client certificate there is no ES2+, with one of no operator no tenant",
          "[scenario][es2plus][R9:part]") {
  OperatorSystem system;
  const auto key = system.key("alpha-it");
  World world(system.options(
      json::array({OperatorSystem::allowed("alpha-it", {key}, {{"OP-ALPHA", "alpha"}})})));
  const std::string body =
      R"({"header":{"functionRequesterIdentifier":"OP-ALPHA","functionCallIdentifier":"c"},)"
      R"("profileType":"sample"})";
  RawClient none(world.host().es2_port(), "localhost");
  CHECK(none.post("/gsma/rsp2/es2plus/downloadOrder", body).status == 0);
  // Counted after the alert that the client has already seen.
  const auto& counted = world.host().es2_counters()->no_client_certificate;
  for (int i = 0; i < 1000 && counted == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  CHECK(counted == 1);
  OperatorClient stranger(system, world, system.key("stranger"), "OP-ALPHA");
  const std::string iccid = world.stock("alpha").text();
  CHECK(stranger.outcome("downloadOrder", {{"iccid", iccid}}) == "1.1/1.1");
  // Who is unknown learns nothing by asking for what is there and what is not.
  CHECK(stranger.outcome("downloadOrder", {{"iccid", "8900000000000000007"}}) == "1.1/1.1");
  // A key of the operator does not open the phones' door to ES2+.
  RawClient phones_door(world.host().es9_port(), "rsp.alpha.example");
  CHECK(phones_door.post("/gsma/rsp2/es2plus/downloadOrder", body).status == 404);
}

TEST_CASE("a certificate past its time is refused unless its operator's entry says otherwise",
          "[scenario][es2plus][R9:part]") {
  OperatorSystem system;
  expired_then_accepted(system, system.key("alpha-old", -3600));
}

TEST_CASE("the published operator certificate, which has expired, is taken with acceptExpired",
          "[scenario][es2plus][outside][R9:part]") {
  const char* data = std::getenv("BERTH_TEST_DATA");
  if (data == nullptr || *data == '\0') {
    WARN("SKIPPED: BERTH_TEST_DATA is not set, no published operator certificate");
    return;
  }
  OperatorSystem system;
  const std::filesystem::path folder = std::filesystem::path(data) / "es2plus-client";
  expired_then_accepted(system, system.copy_of({folder / "CERT_MNO_ECDSA_NIST.pem",
                                                folder / "SK_MNO_ECDSA_NIST.pem"}));
}

TEST_CASE("one operator's key never acts for another's tenant, whatever identifier it sends",
          "[scenario][es2plus][R10]") {
  OperatorSystem system;
  const auto alpha_key = system.key("alpha-it");
  const auto bravo_key = system.key("bravo-it");
  World world(system.options(
      json::array({OperatorSystem::allowed("alpha-it", {alpha_key}, {{"OP-ALPHA", "alpha"}}),
                   OperatorSystem::allowed("bravo-it", {bravo_key}, {{"OP-BRAVO", "bravo"}})})));
  const std::string iccid = world.stock("bravo").text();
  for (const char* claimed : {"OP-BRAVO", "op-alpha", "OP-NOBODY"}) {
    CAPTURE(claimed);
    OperatorClient alpha(system, world, alpha_key, claimed);
    for (const char* function :
         {"downloadOrder", "confirmOrder", "cancelOrder", "releaseProfile"}) {
      CHECK(alpha.outcome(function, {{"iccid", iccid},
                                     {"releaseFlag", true},
                                     {"finalProfileStatusIndicator", "Unavailable"}}) == "1.1/1.2");
    }
  }
  CHECK(world.profile_state("bravo", *Iccid::parse(iccid)) == "Available");
  OperatorClient bravo(system, world, bravo_key, "OP-BRAVO");
  CHECK(bravo.outcome("downloadOrder", {{"iccid", iccid}}) == "Executed-Success");
}

TEST_CASE("a system that serves two tenants acts for each under its identifier, for a third never",
          "[scenario][es2plus][R10]") {
  OperatorSystem system;
  const auto shared = system.key("shared-bss");
  const auto next = system.key("shared-bss-next");
  WorldOptions options = system.options(json::array({OperatorSystem::allowed(
      "shared", {shared, next}, {{"OP-ALPHA", "alpha"}, {"OP-BRAVO", "bravo"}})}));
  options.more_tenants = 1;
  World world(options);
  const std::string alphas = world.stock("alpha").text();
  const std::string bravos = world.stock("bravo").text();
  const std::string thirds = world.stock("tenant-03").text();
  // Both keys, as the old one goes and the new one comes.
  for (const auto& key : {shared, next}) {
    OperatorClient as_alpha(system, world, key, "OP-ALPHA");
    OperatorClient as_bravo(system, world, key, "OP-BRAVO");
    OperatorClient as_third(system, world, key, "tenant-03");
    // Each identifier sees its own tenant alone.
    CHECK(as_alpha.outcome("downloadOrder", {{"iccid", bravos}}) == "8.2.1/3.9");
    CHECK(as_bravo.outcome("downloadOrder", {{"iccid", alphas}}) == "8.2.1/3.9");
    CHECK(as_alpha.outcome("downloadOrder", {{"iccid", thirds}}) == "8.2.1/3.9");
    CHECK(as_third.outcome("downloadOrder", {{"iccid", thirds}}) == "1.1/1.2");
  }
  OperatorClient as_alpha(system, world, shared, "OP-ALPHA");
  OperatorClient as_bravo(system, world, next, "OP-BRAVO");
  const json alpha_order = as_alpha.order({{"iccid", alphas}});
  const json bravo_order = as_bravo.order({{"iccid", bravos}});
  auto alpha_phone = world.phone(kAlphaEid);
  auto bravo_phone = world.phone(kBravoEid);
  CHECK(outcome_of(*alpha_phone, activation_code(alpha_order)) == "installed");
  CHECK(outcome_of(*bravo_phone, activation_code(bravo_order)) == "installed");
}
