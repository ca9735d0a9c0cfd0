#include "tests/scenario/world_configuration.h"

#include <nlohmann/json.hpp>

#include "tests/postgres/postgres.h"

namespace berth::scenario {
namespace {

using Json = nlohmann::json;

Json host_json(const WorldOptions& options) {
  const std::string plugins = BERTH_PLUGIN_DIR;
  Json issuers = Json::array();
  Json smdp = Json::array();
  for (const Curve curve : options.curves) {
    const std::string name = curve_name(curve);
    issuers.push_back("pki/" + name + "-ci.pem");
    smdp.push_back(
        {{"dpAuth", {{"certificate", "pki/" + name + "-dpauth.pem"}, {"key", name + "-dpauth"}}},
         {"dpPb", {{"certificate", "pki/" + name + "-dppb.pem"}, {"key", name + "-dppb"}}}});
  }
  Json host = {
      {"profile", "development"},
      {"plugins", {{"allowUnsigned", true}, {"hostProgram", BERTH_PLUGIN_HOST}}},
      {"dataFolder", "data"},
      {"es9Listen", "127.0.0.1:0"},
      {"operatorSocket", "operator.sock"},
      {"routes", "routes.json"},
      {"tenants", "tenants"},
      {"certificateIssuers", issuers},
      {"smdp", smdp},
      {"sessionLifetimeMs", options.session_lifetime_ms},
      // No test meets a rate it does not set itself.
      {"tenantLimits",
       {{"downloadsPerSecond", 100'000},
        {"connectionsPerSecond", 100'000},
        {"es2PerSecond", 100'000}}},
      {"hsm",
       {{"library", plugins + "/hsm/softkeys.so"},
        {"config", {{"folder", "./keys"}, {"masterKeyFile", "./keys.hex"}}}}},
      {"storage",
       {{"library", plugins + "/storage/filesystem.so"}, {"config", {{"folder", "./objects"}}}}},
      {"limits",
       {{"maxBodyBytes", options.max_body_bytes},
        {"requestDeadlineMs", options.request_deadline_ms}}}};
  if (!options.postgres_schema.empty()) {
    const std::string& schema = options.postgres_schema;
    host["postgres"] = {{"connection", testing::postgres_words("berth_service", schema)},
                        {"ownerConnection", testing::postgres_words("berth_owner", schema)}};
  }
  host.update(Json::parse(options.host_members));
  return host;
}

Json route_json(const WorldTenant& tenant) {
  return {{"tenantId", tenant.id},
          {"eidPrefix", tenant.eid_prefix},
          {"mccMnc", {tenant.mcc_mnc}},
          {"activationRealm", tenant.realm},
          {"smdpEndpoint", "https://" + tenant.realm + "/gsma/rsp2"}};
}

Json tenant_json(const WorldTenant& tenant, const WorldOptions& options) {
  if (const auto far = options.elsewhere.find(tenant.id); far != options.elsewhere.end()) {
    Json file = {{"tenantId", tenant.id}, {"displayName", "Test " + tenant.id}};
    file.update(Json::parse(far->second));
    return file;
  }
  Json file = {{"tenantId", tenant.id},
               {"displayName", "Test " + tenant.id},
               {"eidPolicy", tenant.policy},
               {"tls",
                {{"certificateChain", "../tls/" + tenant.id + ".pem"},
                 {"privateKey", "../tls/" + tenant.id + ".key.pem"}}},
               {"downloadAttemptsMax", options.download_attempts_max}};
  file.update(Json::parse(options.tenant_members));
  if (const auto own = options.members_of.find(tenant.id); own != options.members_of.end()) {
    file.update(Json::parse(own->second));
  }
  return file;
}

std::string two_digits(std::size_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

}  // namespace

std::string curve_name(Curve curve) { return curve == Curve::kP256 ? "p256" : "brainpool"; }

std::vector<WorldTenant> world_tenants(const WorldOptions& options) {
  std::vector<WorldTenant> tenants = {
      {"alpha", options.published.empty() ? "rsp.alpha.example" : "testsmdpplus1.example.com",
       "89049032", "00101", "managed"},
      {"bravo", "rsp.bravo.example", "89049088", "00102", options.bravo_policy}};
  for (std::size_t number = 3; number < 3 + options.more_tenants; ++number) {
    const std::string id = "tenant-" + two_digits(number);
    tenants.push_back({id, "rsp." + id + ".example", "890491" + two_digits(number),
                       "001" + two_digits(number), "managed"});
  }
  return tenants;
}

std::vector<ConfigurationFile> configuration_files(const WorldOptions& options,
                                                   const std::vector<WorldTenant>& tenants) {
  Json routes = {{"tenantRoutes", Json::array()}, {"defaultAction", "reject"}};
  Json host = host_json(options);
  std::vector<ConfigurationFile> files = {{"host.json", host.dump(2)}};
  host["operatorSocket"] = "beside.sock";
  files.push_back({"beside.json", host.dump(2)});
  for (const WorldTenant& tenant : tenants) {
    if (options.later.contains(tenant.id)) continue;
    routes["tenantRoutes"].push_back(route_json(tenant));
    files.push_back({"tenants/" + tenant.id + ".json", tenant_json(tenant, options).dump(2)});
  }
  files.push_back({"routes.json", routes.dump(2)});
  return files;
}

}  // namespace berth::scenario
