// A tenant leaves a whole host: what it is given, what nobody can open any more, who is served.

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "kernel/vault/data_key.h"
#include "tests/scenario/world.h"
#include "tools/verify/tenant_exit.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT
using nlohmann::json;

enum Uid : std::uint32_t { kAnna = 71001, kBert = 71002 };

WorldOptions with_operators() {
  WorldOptions options;
  options.host_members = R"({
    "twoPeople": true,
    "operators": [
      {"name": "anna", "roles": ["operator"], "uid": 71001},
      {"name": "bert", "roles": ["approver", "auditor"], "uid": 71002}
    ]})";
  return options;
}

struct Answer {
  json body;
  std::string reason() const {
    return body.contains("error") ? body.at("error").at("reason").get<std::string>() : "";
  }
};

class Desk {
 public:
  explicit Desk(World& world) : desk_(world.host(), world.clock(), world.random()) {}
  Answer get(const std::string& target) { return ask(kAnna, "GET", target, {}); }
  Answer post(Uid who, const std::string& target, const json& body = json::object()) {
    return ask(who, "POST", target, body.dump());
  }

 private:
  Answer ask(Uid who, const std::string& method, const std::string& target,
             const std::string& body) {
    ingress::HttpRequest request;
    request.request_id = "test";
    request.peer_uid = who;
    request.method = method;
    request.path = "/v1/" + target;
    request.body = body;
    return {json::parse(desk_.handle(request).body)};
  }
  host::OperatorDesk desk_;
};

std::string pem_of(const Bytes& certificate) {
  std::string text = "-----BEGIN CERTIFICATE-----\n";
  const std::string base64 = to_base64(certificate);
  for (std::size_t at = 0; at < base64.size(); at += 64) text += base64.substr(at, 64) + "\n";
  return text + "-----END CERTIFICATE-----\n";
}

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

// Both desks, the test's and the host's own, may be at it.
std::string state_in_the_end(Desk& desk) {
  std::string state;
  for (int i = 0; i < 600 && state != "ended"; ++i) {
    state = desk.get("exits/alpha").body.at("exit").get<std::string>();
    if (state != "ended") std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return state;
}

std::string why(const Result<verify::VerifiedExport>& verified) {
  return verified.ok() ? "whole" : std::string(verified.error().reason());
}

}  // namespace

TEST_CASE("a tenant that leaves has its data, its keys are gone, and others do not notice",
          "[scenario]") {
  World world(with_operators());
  const std::string key = *world.host().routes().public_key_pem();
  const auto installed = world.order("alpha");
  REQUIRE(world.phone(kAlphaEid)->download(installed.activation_code).ok());
  const auto open = world.order("alpha");
  const auto bravo = world.order("bravo");
  const json recipient{{"recipient", pem_of(world.dp_auth().certificate)}};
  const TenantId alpha = world.tenant("alpha").id();
  std::string manifest;
  std::string certificate;
  {
    Desk desk(world);
    CHECK(desk.post(kAnna, "exits/alpha/export", recipient).reason() == "exit.blocked");
    REQUIRE(desk.post(kAnna, "tenants/alpha/suspend", {{"reason", "ends"}}).reason().empty());
    const json early{{"manifestSha256", "0"}, {"reason", "ends"}};
    CHECK(desk.post(kAnna, "exits/alpha/end", early).reason() == "exit.none");
    CHECK(desk.post(kAnna, "exits/alpha/export", {{"recipient", "x"}}).reason() ==
          "exit.recipient");
    REQUIRE(desk.post(kAnna, "exits/alpha/export", recipient).reason().empty());

    // Something happens after the export.
    world.order("alpha");
    const std::string first = desk.get("exits/alpha").body.at("manifestSha256");
    CHECK(desk.post(kAnna, "exits/alpha/end", {{"manifestSha256", first}, {"reason", "ends"}})
              .reason() == "exit.stale");
    const Answer returned = desk.post(kAnna, "exits/alpha/export", recipient);
    REQUIRE(returned.reason().empty());
    CHECK(desk.post(kAnna, "exits/alpha/end", {{"manifestSha256", first}, {"reason", "ends"}})
              .reason() == "exit.other_export");

    const auto folder = world.host().departures().folder(alpha);
    const auto whole = verify::check_export(folder, key);
    INFO(why(whole));
    REQUIRE(whole.ok());
    CHECK(whole->tenant == "alpha");
    CHECK(whole->history > 5);
    manifest = content(folder / "manifest.jsonl");
    std::string everything;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      everything += content(file.path());
    }
    CHECK(everything.find(installed.iccid.text()) != std::string::npos);
    CHECK(everything.find(open.matching_id.text()) == std::string::npos);
    // Whatever is changed, added or taken away is noticed.
    for (const char* name : {"audit.jsonl", "profiles.jsonl", "manifest.jsonl"}) {
      const std::string before = content(folder / name);
      std::string changed = before;
      changed[changed.size() / 2] = changed[changed.size() / 2] == '1' ? '2' : '1';
      write(folder / name, changed);
      CHECK(why(verify::check_export(folder, key)) != "whole");
      write(folder / name, before);
    }
    write(folder / "more.jsonl", "");
    CHECK(why(verify::check_export(folder, key)) == "verify.export");
    std::filesystem::remove(folder / "more.jsonl");
    REQUIRE(why(verify::check_export(folder, key)) == "whole");

    // The keys open what is sealed until two people agree, and nothing opens it after that.
    vault::Vault& vault = world.tenant("alpha").vault();
    const Bytes sealed = vault.seal("a purpose", as_bytes("a secret"));
    REQUIRE(vault.unseal("a purpose", sealed).ok());
    const Answer asked = desk.post(
        kAnna, "exits/alpha/end",
        {{"manifestSha256", returned.body.at("manifestSha256")}, {"reason", "contract ended"}});
    INFO(asked.body.dump());
    REQUIRE(asked.body.at("state") == "pending");
    REQUIRE(vault.unseal("a purpose", sealed).ok());
    desk.post(kBert, "approvals/" + asked.body.at("id").get<std::string>() + "/approve",
              {{"digest", asked.body.at("digest")}});
    REQUIRE(state_in_the_end(desk) == "ended");
    const auto opened = vault.unseal("a purpose", sealed);
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().reason() == "vault.unknown_key");
    const auto left = world.host().departures().secrets(alpha);
    REQUIRE(left.ok());
    CHECK(left->keys.empty());
    CHECK(left->objects == 0);
    CHECK_FALSE(std::filesystem::exists(folder));
    CHECK(desk.get("tenants/alpha").reason() == "api.unknown_tenant");
    certificate = desk.get("exits/alpha/certificate").body.at("certificate").get<std::string>();
  }
  const auto certified = verify::check_certificate(certificate, manifest, key);
  REQUIRE(certified.ok());
  CHECK(certified->tenant == "alpha");
  CHECK(certified->keys == 1);
  CHECK(certified->objects > 0);
  CHECK_FALSE(verify::check_certificate(certificate, manifest + " ", key).ok());
  std::string forged = certificate;
  forged[forged.find("contract")] = 'k';
  CHECK(verify::check_certificate(forged, manifest, key).error().reason() == "verify.signature");

  // Its names are nobody's, now and after a restart; the others' are theirs.
  CHECK_FALSE(world.phone(kAlphaEid)->download(open.activation_code).ok());
  CHECK(world.phone(kBravoEid)->download(bravo.activation_code).ok());
  world.restart();
  CHECK(world.host().tenants().find(alpha) == nullptr);
  CHECK_FALSE(world.phone(kAlphaEid)->download(open.activation_code).ok());
  CHECK(world.phone(kBravoEid)->download(world.order("bravo").activation_code).ok());

  // And cannot become another tenant's.
  json routes = json::parse(content(world.folder() / "routes.json"));
  for (json& route : routes.at("tenantRoutes")) {
    const bool alphas = route.at("tenantId") == "alpha";
    route["activationRealm"] = alphas ? "rsp.other.example" : "rsp.alpha.example";
    route["smdpEndpoint"] =
        "https://" + route.at("activationRealm").get<std::string>() + "/gsma/rsp2";
  }
  const auto refused = world.host().routes().preview(routes.dump());
  REQUIRE_FALSE(refused.ok());
  INFO(refused.error().message());
  CHECK(refused.error().reason() == "exit.departed_realm");
}
