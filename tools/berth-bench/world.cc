#include "tools/berth-bench/world.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "kernel/host/host.h"
#include "tools/berth-bench/must.h"

namespace berth::bench {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::size_t kFirstMnc = 100;
constexpr std::size_t kFirstEidPrefix = 89'049'300;
// All load comes from one address, so its limit is that of all connections.
constexpr int kMaxConnections = 2'000;
constexpr int kNoRate = 100'000;
constexpr int kNoCeiling = 1'024;

std::string curve_name(Curve curve) { return curve == Curve::kP256 ? "p256" : "brainpool"; }

std::string padded(std::size_t number, int width) {
  char text[32];
  std::snprintf(text, sizeof(text), "%0*zu", width, number);
  return text;
}

std::string eid_prefix(std::size_t tenant) { return std::to_string(kFirstEidPrefix + tenant); }

Json tls_json(const std::string& tenant) {
  return {{"certificateChain", "../tls/" + tenant + ".pem"},
          {"privateKey", "../tls/" + tenant + ".key.pem"}};
}

}  // namespace

std::string World::tenant_id(std::size_t tenant) { return "tenant-" + padded(tenant + 1, 3); }
std::string World::realm(std::size_t tenant) { return "rsp." + tenant_id(tenant) + ".example"; }
std::string World::mcc_mnc(std::size_t tenant) { return "001" + padded(kFirstMnc + tenant, 3); }

World::World(const WorldShape& shape) : shape_(shape) {
  for (const Curve curve : shape_.curves) issuers_.push_back(make_issuer(curve));
  write_pki();
  write_configuration();
}

World::Issuer World::make_issuer(Curve curve) {
  auto ci = must(testpki::TestCi::create(curve, "Bench Test CI", clock_, random_));
  testpki::EumRequest request;
  request.eid_prefixes.clear();
  // Few and short: what a real EUM certificate has.
  for (std::size_t prefix = 0; prefix <= (shape_.tenants - 1) / 100; ++prefix) {
    request.eid_prefixes.push_back(std::to_string(kFirstEidPrefix / 100 + prefix));
  }
  auto eum = must(ci.issue_eum(request));
  auto dp_auth = must(ci.issue_server({.role = testpki::ServerRole::kDpAuth}));
  auto dp_pb = must(ci.issue_server({.role = testpki::ServerRole::kDpPb}));
  return {curve, std::move(ci), std::move(eum), std::move(dp_auth), std::move(dp_pb)};
}

const World::Issuer& World::issuer(Curve curve) const {
  const auto found = std::find_if(issuers_.begin(), issuers_.end(),
                                  [&](const Issuer& one) { return one.curve == curve; });
  if (found == issuers_.end()) throw std::runtime_error("no issuer on this curve");
  return *found;
}

testpki::Issued World::issue_card(std::size_t tenant, std::size_t number, Curve curve) {
  for (Issuer& one : issuers_) {
    if (one.curve != curve) continue;
    return must(one.eum.issue_euicc(
        {.eid = eid_prefix(tenant) + padded(number, static_cast<int>(32 - 8))}));
  }
  throw std::runtime_error("no issuer on this curve");
}

void World::write_pki() {
  for (const Issuer& made : issuers_) {
    const std::string name = curve_name(made.curve);
    write_file(folder() / "pki" / (name + "-ci.pem"), made.ci.issued().certificate_pem());
    write_file(folder() / "pki" / (name + "-dpauth.pem"), made.dp_auth.certificate_pem());
    write_file(folder() / "pki" / (name + "-dppb.pem"), made.dp_pb.certificate_pem());
  }
  for (std::size_t tenant = 0; tenant < shape_.tenants; ++tenant) {
    const auto tls = must(issuers_.front().ci.issue_server(
        {.role = testpki::ServerRole::kDpTls, .dns_names = {realm(tenant)}}));
    write_file(folder() / "tls" / (tenant_id(tenant) + ".pem"), tls.certificate_pem());
    write_file(folder() / "tls" / (tenant_id(tenant) + ".key.pem"), as_text(tls.key_pem().view()));
  }
}

void World::write_configuration() const {
  write_file(folder() / "keys.hex", to_hex(SystemRandom().bytes(32)));
  for (const char* sub : {"keys", "objects", "data"}) {
    fs::create_directories(folder() / sub);
    fs::permissions(folder() / sub, fs::perms::owner_all);
  }
  Json trusted = Json::array();
  Json smdp = Json::array();
  for (const Issuer& made : issuers_) {
    const std::string name = curve_name(made.curve);
    trusted.push_back("pki/" + name + "-ci.pem");
    smdp.push_back(
        {{"dpAuth", {{"certificate", "pki/" + name + "-dpauth.pem"}, {"key", name + "-dpauth"}}},
         {"dpPb", {{"certificate", "pki/" + name + "-dppb.pem"}, {"key", name + "-dppb"}}}});
  }
  Json host = {
      {"profile", "development"},
      {"plugins", {{"allowUnsigned", true}}},
      {"dataFolder", "data"},
      {"es9Listen", "127.0.0.1:0"},
      {"operatorSocket", "operator.sock"},
      {"routes", "routes.json"},
      {"tenants", "tenants"},
      {"certificateIssuers", trusted},
      {"smdp", smdp},
      {"hsm",
       {{"library", (shape_.plugins / "hsm/softkeys.so").string()},
        {"config", {{"folder", "./keys"}, {"masterKeyFile", "./keys.hex"}}}}},
      {"storage",
       {{"library", (shape_.plugins / "storage/filesystem.so").string()},
        {"config", {{"folder", "./objects"}}}}},
      {"limits",
       {{"maxConnections", kMaxConnections}, {"maxConnectionsPerAddress", kMaxConnections}}},
      // What is measured is what the host can do, unless a suite limits its tenants.
      {"tenantLimits",
       {{"connections", kMaxConnections},
        {"connectionsPerSecond", kNoRate},
        {"downloadsPerSecond", kNoRate},
        {"workers", kNoCeiling},
        {"notificationWorkers", kNoCeiling},
        {"hsmInFlight", kNoCeiling}}}};
  if (!shape_.host_members.empty()) host.update(Json::parse(shape_.host_members));
  write_file(folder() / "host.json", host.dump(2));
  Json routes = {{"tenantRoutes", Json::array()}, {"defaultAction", "reject"}};
  for (std::size_t tenant = 0; tenant < shape_.tenants; ++tenant) {
    const std::string id = tenant_id(tenant);
    routes["tenantRoutes"].push_back({{"tenantId", id},
                                      {"eidPrefix", eid_prefix(tenant)},
                                      {"mccMnc", {mcc_mnc(tenant)}},
                                      {"activationRealm", realm(tenant)},
                                      {"smdpEndpoint", "https://" + realm(tenant) + "/gsma/rsp2"}});
    Json file = {{"tenantId", id},
                 {"displayName", "Bench " + id},
                 {"eidPolicy", "managed"},
                 {"tls", tls_json(id)}};
    if (const auto away = shape_.endpoints.find(tenant); away != shape_.endpoints.end()) {
      file = {{"tenantId", id},
              {"displayName", "Bench " + id},
              {"topology", "dedicated"},
              {"endpoint", away->second}};
    }
    const auto more = shape_.tenant_members.find(tenant);
    if (more != shape_.tenant_members.end()) file.update(Json::parse(more->second));
    write_file(folder() / "tenants" / (id + ".json"), file.dump(2));
  }
  write_file(folder() / "routes.json", routes.dump(2));
}

void World::with_host(const std::function<void(host::Host&)>& work) {
  auto host = must(host::Host::start(configuration(), clock_, random_));
  if (!keys_imported_) {
    for (const Issuer& made : issuers_) {
      const std::string name = curve_name(made.curve);
      const SecretBytes auth = made.dp_auth.key_pem();
      const SecretBytes pb = made.dp_pb.key_pem();
      must(host->import_key("bench", name + "-dpauth", as_text(auth.view())));
      must(host->import_key("bench", name + "-dppb", as_text(pb.view())));
    }
    keys_imported_ = true;
  }
  work(*host);
}

}  // namespace berth::bench
