// The configuration of a small world: who its tenants are, and the files that say so.
//
// Tenants: "alpha" manages EIDs 89049032…, operator 00101, realm rsp.alpha.example; "bravo"
// manages 89049088…, operator 00102, realm rsp.bravo.example; then as many others as are wanted.

#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "kernel/base/curve.h"

namespace berth::scenario {

struct WorldOptions {
  // The published SGP.26 set instead of certificates of our own: the folder that holds `sgp26/`.
  // alpha's realm is testsmdpplus1.example.com then.
  std::filesystem::path published;
  // The certificate issuers served, the first also for TLS.
  std::vector<Curve> curves = {Curve::kP256};
  std::string bravo_policy = "managed";
  std::size_t more_tenants = 0;  // "tenant-03", "tenant-04", …
  std::uint32_t download_attempts_max = 10;
  std::uint32_t max_body_bytes = 128 * 1024;
  std::uint32_t request_deadline_ms = 15'000;
  std::uint32_t session_lifetime_ms = 15 * 60 * 1000;
  bool import_keys = true;               // false: the test gives the host its keys
  bool import_first_curve_only = false;  // the other pairs' keys stay outside the HSM
  // Further members of the tenants' files and of the host's, as JSON objects.
  std::string tenant_members = "{}";
  std::map<std::string, std::string> members_of = {};  // the same, for one tenant by its id
  std::string host_members = "{}";
  // Tenants this host does not serve, by id: their files' members beside id and name.
  std::map<std::string, std::string> elsewhere = {};
  // Tenants that no file speaks of yet; World::write_files_of() writes them.
  std::set<std::string> later = {};
  // Ledgers in this schema of the run's PostgreSQL server (tests/postgres); empty: in files. A
  // World fills it where there is such a server.
  std::string postgres_schema;
};
// "p256", "brainpool": names files and keys.
std::string curve_name(Curve curve);

struct WorldTenant {
  std::string id;
  std::string realm;
  std::string eid_prefix;
  std::string mcc_mnc;
  std::string policy;
};
std::vector<WorldTenant> world_tenants(const WorldOptions& options);

struct ConfigurationFile {
  std::filesystem::path name;  // below the world's folder
  std::string text;
};
// host.json, beside.json (a second node of the same host), routes.json and a file for each tenant.
std::vector<ConfigurationFile> configuration_files(const WorldOptions& options,
                                                   const std::vector<WorldTenant>& tenants);

}  // namespace berth::scenario
