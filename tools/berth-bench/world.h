// A host to measure: certificates, configuration and stock of its own, in a folder of its own.
//
// Tenant `i` (from 0) is "tenant-001", "tenant-002", …: realm rsp.tenant-001.example, operator
// 001100 + i, EIDs 89049300 + i. Its stock is made by the host's own services in this process;
// what is measured afterwards is berthd on the same files.

#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kernel/base/clock.h"
#include "kernel/base/curve.h"
#include "kernel/base/random.h"
#include "tools/berth-bench/temp_folder.h"
#include "tools/testpki/test_pki.h"

namespace berth::host {
class Host;
}

namespace berth::bench {

inline constexpr std::size_t kMaxTenants = 500;

struct WorldShape {
  std::size_t tenants = 1;                     // 1..kMaxTenants
  std::vector<Curve> curves = {Curve::kP256};  // of the certificate issuers; TLS is the first's
  std::filesystem::path plugins;               // the build's folder of plugins
  // Further members of the host's file and of a tenant's, as JSON objects; empty: none.
  std::string host_members = {};
  std::map<std::size_t, std::string> tenant_members = {};
  // Tenants with a berthd of their own behind the common door, and where it listens.
  std::map<std::size_t, std::string> endpoints = {};
};

// A download that waits for a card.
struct OpenOrder {
  std::size_t tenant = 0;
  std::string iccid;
  std::string matching_id;
};

class World {
 public:
  explicit World(const WorldShape& shape);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  std::filesystem::path configuration() const { return folder_.path() / "host.json"; }
  const std::filesystem::path& folder() const { return folder_.path(); }
  const WorldShape& shape() const { return shape_; }

  static std::string realm(std::size_t tenant);
  static std::string tenant_id(std::size_t tenant);
  static std::string mcc_mnc(std::size_t tenant);

  // The host in this process, for as long as `work` runs. Not while berthd runs on the files.
  void with_host(const std::function<void(host::Host&)>& work);

  // A certificate and key for a card of this tenant; `number` tells cards apart.
  testpki::Issued issue_card(std::size_t tenant, std::size_t number, Curve curve);
  const testpki::TestCi& ci(Curve curve) const { return issuer(curve).ci; }
  const testpki::TestEum& eum(Curve curve) const { return issuer(curve).eum; }
  Random& random() { return random_; }
  const Clock& clock() const { return clock_; }

 private:
  struct Issuer {
    Curve curve;
    testpki::TestCi ci;
    testpki::TestEum eum;
    testpki::Issued dp_auth;
    testpki::Issued dp_pb;
  };
  const Issuer& issuer(Curve curve) const;
  Issuer make_issuer(Curve curve);
  void write_pki();
  void write_configuration() const;

  WorldShape shape_;
  SystemClock clock_;
  SystemRandom random_;
  TempFolder folder_;
  std::vector<Issuer> issuers_;
  bool keys_imported_ = false;
};

}  // namespace berth::bench
