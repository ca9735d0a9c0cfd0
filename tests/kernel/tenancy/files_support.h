// A folder of configuration files for one test, gone with it.

#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace berth::tenancy::test {

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "berth-test-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const std::filesystem::path& name, const std::string& text) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }
  std::filesystem::path write(const std::filesystem::path& name, const nlohmann::json& json) const {
    return write(name, json.dump(2));
  }

 private:
  std::filesystem::path path_;
};

inline nlohmann::json host_json() {
  return nlohmann::json::parse(R"({
    "profile": "development",
    "dataFolder": "data",
    "es9Listen": "127.0.0.1:0",
    "operatorSocket": "operator.sock",
    "routes": "routes.json",
    "tenants": ["tenants/a.json", "tenants/b.json"],
    "certificateIssuers": ["pki/ci.pem"],
    "smdp": [{"dpAuth": {"certificate": "pki/auth.der", "key": "dp-auth"},
              "dpPb": {"certificate": "pki/pb.der", "key": "dp-pb"}}],
    "hsm": {"library": "../lib/softkeys.so", "config": {"keyFile": "./keys/k", "n": 1}},
    "storage": {"library": "/opt/filesystem.so"}
  })");
}

// Who a production host cannot do without.
inline nlohmann::json two_people_json() {
  return {{{"name", "anna"}, {"roles", {"operator"}}, {"uid", 1001}},
          {{"name", "bert"}, {"roles", {"approver", "auditor"}}, {"uid", 1002}}};
}

// An ES2+ door with one operator, "OP-1" for tenant-a.
inline nlohmann::json es2plus_json() {
  return {{"listen", "127.0.0.1:0"},
          {"hostName", "es2plus.example"},
          {"tls", {{"certificateChain", "tls/es2.pem"}, {"privateKey", "tls/es2.key"}}},
          {"operators",
           {{{"name", "BSS"},
             {"pins", {std::string(64, 'a')}},
             {"requesters", {{"OP-1", "tenant-a"}}}}}}};
}

inline nlohmann::json tenant_json(const std::string& id) {
  return {
      {"tenantId", id},
      {"displayName", "Tenant " + id},
      {"tls",
       {{"certificateChain", "../tls/" + id + ".pem"}, {"privateKey", "../tls/" + id + ".key"}}}};
}

inline nlohmann::json route_json(const std::string& id, const std::string& prefix,
                                 const std::string& mcc_mnc) {
  return {{"tenantId", id},
          {"eidPrefix", prefix},
          {"mccMnc", {mcc_mnc}},
          {"activationRealm", "rsp." + id + ".example"},
          {"smdpEndpoint", "https://dp.example/gsma/rsp2"}};
}

// Host, routes and two tenants that load.
inline std::filesystem::path write_good_set(const Folder& folder) {
  folder.write("tenants/a.json", tenant_json("tenant-a"));
  folder.write("tenants/b.json", tenant_json("tenant-b"));
  folder.write(
      "routes.json",
      {{"tenantRoutes",
        {route_json("tenant-a", "8904", "23450"), route_json("tenant-b", "8905", "52512")}},
       {"defaultAction", "reject"}});
  return folder.write("host.json", host_json());
}

}  // namespace berth::tenancy::test
