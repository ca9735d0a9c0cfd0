// A small world: a test PKI, a host with two tenants, stock, and phones. One object is one run
// folder below the system's temporary folder; it goes when the object does. In a run that was given
// a PostgreSQL server (tests/postgres/run.sh) its ledgers are there, in a schema of their own.

#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "kernel/host/host.h"
#include "tests/scenario/phone.h"
#include "tests/scenario/world_configuration.h"
#include "tools/testpki/test_pki.h"

namespace berth::scenario {

inline constexpr const char* kAlphaEid = "89049032001000000000000000000112";
inline constexpr const char* kBravoEid = "89049088001000000000000000000180";
// Opens the host's softkeys; a passphrase would cost every world 0.2 s of scrypt.
inline constexpr const char* kMasterKeyHex =
    "2b7e151628aed2a6abf7158809cf4f3c603deb1015ca71be2b73aef0857d7781";

// What a card was personalised with.
struct CardShape {
  std::string eid = kAlphaEid;
  std::vector<Curve> signs = {Curve::kP256};     // it has a certificate under these issuers
  std::vector<Curve> verifies = {Curve::kP256};  // and can verify servers of these
};

class World {
 public:
  explicit World(const WorldOptions& options = {});
  ~World();

  // The first node; the one beside it while the first is stopped.
  host::Host& host() { return host_ ? *host_ : *beside_; }
  // Stops the host and starts it again on the same files.
  void restart();
  // Between the two the files are there for a host of its own process.
  void stop();
  void start();
  // A second node over the same database and folders; only on PostgreSQL.
  host::Host& start_beside();
  context::TenantContext& tenant(const std::string& id);

  // A phone with a card of this EID under the world's CI.
  std::unique_ptr<Phone> phone(const std::string& eid);
  std::unique_ptr<Phone> phone(const CardShape& shape);
  // The same, for a host that listens on this port.
  std::unique_ptr<Phone> phone(const std::string& eid, std::uint16_t port);
  // A phone with this card certificate (under the world's EUM) and key.
  std::unique_ptr<Phone> phone(const testpki::Issued& card, std::uint16_t port = 0,
                               Curve curve = Curve::kP256);
  // A fresh sample profile in stock; returns its ICCID.
  Iccid stock(const std::string& tenant, const Bytes* package = nullptr);
  // Stock and an order for it; `shape` may change the request.
  smdpplus::OrderAnswer order(const std::string& tenant,
                              const std::function<void(smdpplus::OrderRequest&)>& shape = {});

  // The file and the route of a tenant of WorldOptions::later.
  void write_files_of(const std::string& tenant);
  // Another certificate and key over the files of this tenant's realm, naming these realms, too.
  void renew_tls(const std::string& tenant, const std::vector<std::string>& further = {}) {
    write_tls(named(tenant), further);
  }

  // Everything the tenant has told: events and audit, oldest first.
  std::vector<ledger::EventRecord> events(const std::string& tenant);
  std::vector<ledger::AuditRecord> audit(const std::string& tenant);
  std::string profile_state(const std::string& tenant, const Iccid& iccid);

  const std::filesystem::path& folder() const { return folder_; }
  testpki::TestCi& ci() { return issuers_.front().ci; }
  testpki::TestCi& ci(Curve curve) { return issuer(curve).ci; }
  // What the first issuer gave the host; the keys are there whether they were imported or not.
  const testpki::Issued& dp_auth() const { return issuers_.front().dp_auth; }
  const testpki::Issued& dp_pb() const { return issuers_.front().dp_pb; }
  testpki::TestEum& eum() { return issuers_.front().eum; }
  const Bytes& ci_certificate() const { return issuers_.front().ci.issued().certificate; }
  const Clock& clock() const { return clock_; }
  Random& random() { return random_; }

 private:
  // One CI and what it issued to the host and to a card maker.
  struct Issuer {
    Curve curve;
    testpki::TestCi ci;
    testpki::TestEum eum;
    testpki::Issued dp_auth;
    testpki::Issued dp_pb;
  };
  Issuer make_issuer(Curve curve);
  Issuer published_issuer(Curve curve) const;
  Issuer& issuer(Curve curve);
  std::vector<Bytes> ci_certificates() const;
  void write_pki();
  void write_tls(const WorldTenant& tenant, const std::vector<std::string>& further = {});
  void import_key(const std::string& reference, const testpki::Issued& issued);
  void write_configuration();
  const WorldTenant& named(const std::string& id) const;

  WorldOptions options_;
  std::vector<WorldTenant> tenants_;
  SystemClock clock_;
  mutable SystemRandom random_;
  std::filesystem::path folder_;
  std::vector<Issuer> issuers_;
  std::unique_ptr<host::Host> host_;
  std::unique_ptr<host::Host> beside_;
  std::uint64_t next_number_ = 1;
};

}  // namespace berth::scenario
