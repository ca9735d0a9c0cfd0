// Goal: a host whose keys were made in PKCS#11 tokens serves cards like any other, and says
// precisely what is wrong when a token, its PIN or its module is.

#include <catch2/catch.hpp>
#include <fstream>
#include <thread>

#include "kernel/host/operator_desk.h"
#include "tests/scenario/token.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT
using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr Curve kNist = Curve::kP256;
constexpr Curve kBrainpool = Curve::kBrainpoolP256r1;

WorldOptions on_token(const Token& token, const std::vector<Curve>& curves = {kNist}) {
  WorldOptions options;
  options.curves = curves;
  options.import_keys = false;
  options.host_members = Json{{"hsm", token.binding()}, {"smdp", Json::array()}}.dump();
  return options;
}

void certify(World& world, const std::vector<Curve>& curves) {
  const Json pairs = certified_pairs(world, curves, "token");
  edit_host(world, [&](Json& host) { host["smdp"] = pairs; });
  world.restart();
}

std::string outcome(World& world, const CardShape& shape = {}) {
  const auto order = world.order("alpha");
  const auto report = world.phone(shape)->download(order.activation_code);
  if (report) return world.profile_state("alpha", order.iccid);
  return report.error().subject_code + "/" + report.error().reason_code + " " +
         report.error().reason + " " + report.error().message;
}

// The finding of that name; its grade and words.
api::Finding finding(World& world, const std::string& name) {
  const host::OperatorDesk desk(world.host(), world.clock(), world.random());
  for (const api::Finding& one : desk.examine().findings) {
    if (one.name == name) return one;
  }
  FAIL("no finding " << name);
  return {};
}

Error refusal_of_start(World& world) {
  const auto started =
      host::Host::start(world.folder() / "host.json", world.clock(), world.random());
  if (started) FAIL("the host started");
  return started.error();
}

}  // namespace

TEST_CASE("keys made and certified in tokens, one a tenant, serve cards on either curve",
          "[scenario][R11:part][R12][R128:part]") {
  const Token host_token("host");
  const Token alpha("alpha");
  const Token bravo("bravo");
  WorldOptions options = on_token(host_token, {kNist, kBrainpool});
  options.members_of = {{"alpha", Json{{"hsm", alpha.binding()}}.dump()},
                        {"bravo", Json{{"hsm", bravo.binding()}}.dump()}};
  World world(options);
  CHECK(world.host().identities().usable().empty());
  certify(world, {kNist, kBrainpool});
  CHECK(world.host().identities().usable().size() == 2);
  CHECK(outcome(world, {.signs = {kNist}, .verifies = {kNist}}) == "Installed");
  CHECK(outcome(world, {.signs = {kBrainpool}, .verifies = {kBrainpool}}) == "Installed");
  for (const char* name : {"hsm host", "hsm alpha", "hsm bravo", "data keys alpha"}) {
    INFO(name);
    CHECK(finding(world, name).grade == api::Grade::kOk);
  }
  // Each tenant's data key opens in its own token alone.
  world.stop();
  fs::rename(world.folder() / "tenants/alpha.json", world.folder() / "alpha.kept");
  std::ifstream kept(world.folder() / "alpha.kept");
  Json tenant = Json::parse(kept);
  tenant["hsm"] = bravo.binding();
  std::ofstream(world.folder() / "tenants/alpha.json") << tenant.dump();
  const Error refused = refusal_of_start(world);
  CHECK(refused.reason() == "vault.wrong_key");
  CHECK(refused.message().find("tenant alpha") != std::string::npos);
}

TEST_CASE("what cannot be made or certified is refused with its reason, and nothing is made",
          "[scenario]") {
  const Token token("wishes");
  World world(on_token(token));
  host::Host& host = world.host();
  REQUIRE(host.generate_key("test", {"dpauth", kNist}).ok());
  CHECK(host.generate_key("test", {"dpauth", kBrainpool}).error().reason() ==
        "key.reference_taken");
  CHECK(host.generate_key("test", {"next", kNist, true}).error().reason() == "key.no_next_hsm");
  CHECK(host.request_certificate("test", {"next", {"CN=a"}}).error().reason() ==
        "hsm.key_not_found");
  CHECK(host.request_certificate("test", {"berth-kek", {"CN=a"}}).error().reason() ==
        "key.not_for_signing");
  CHECK(host.request_certificate("test", {"dpauth", {"a"}}).error().reason() ==
        "pki.request_subject");
  CHECK(host.import_key("test", "other", "-----BEGIN").error().reason() == "key.invalid");
  const auto pem = testpki::key_to_pem(testpki::generate_key(kNist, world.random()));
  CHECK(host.import_key("test", "other", as_text(pem.view())).error().reason() ==
        "plugin.interface_missing");
  int generated = 0;
  const auto records = host.ledger().audit_records(0, 100);
  REQUIRE(records.ok());
  for (const auto& record : *records) {
    generated += record.type == "key.generated" ? 1 : 0;
  }
  CHECK(generated == 1);
}

TEST_CASE("a token that is pulled out is told as such, and serves again when it is back",
          "[scenario]") {
  const Token token("pulled");
  World world(on_token(token));
  certify(world, {kNist});
  REQUIRE(outcome(world) == "Installed");
  const auto order = world.order("alpha");
  token.lose();
  const auto failed = world.phone(kAlphaEid)->download(order.activation_code);
  REQUIRE_FALSE(failed.ok());
  const api::Finding lost = finding(world, "hsm host");
  CHECK(lost.grade == api::Grade::kRed);
  CHECK(lost.detail.find("pkcs11.token") != std::string::npos);
  CHECK_FALSE(lost.remedy.empty());
  token.put_back();
  // It is looked for at most four times a second.
  std::string state;
  for (int tries = 0; tries < 200 && state != "Installed"; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (world.phone(kAlphaEid)->download(order.activation_code)) {
      state = world.profile_state("alpha", order.iccid);
    }
  }
  CHECK(state == "Installed");
  CHECK(finding(world, "hsm host").grade == api::Grade::kOk);
}

TEST_CASE("a wrong or locked PIN stops the start with its reason, and is tried once",
          "[scenario]") {
  const Token token("pins");
  World world(on_token(token));
  world.stop();
  std::ofstream(token.pin_file()) << "00000000";
  const Error wrong = refusal_of_start(world);
  CHECK(wrong.reason() == "pkcs11.pin_incorrect");
  CHECK(wrong.message().find("PIN") != std::string::npos);
  CHECK(wrong.message().find("00000000") == std::string::npos);
  std::ofstream(token.pin_file()) << "24681357";
  world.start();  // not locked by it
  CHECK(finding(world, "hsm host").grade == api::Grade::kOk);
}
