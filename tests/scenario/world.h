// A small world: a test PKI, a host with two tenants, stock, and phones. One object is one run
// folder below the system's temporary folder; it goes when the object does.

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

class World {
 public:
  explicit World(const WorldOptions& options = {});
  ~World();

  host::Host& host() { return *host_; }
  // Stops the host and starts it again on the same files.
  void restart();
  // Between the two the files are there for a host of its own process.
  void stop();
  void start();
  context::TenantContext& tenant(const std::string& id);

  // A phone with a card of this EID under the world's CI.
  std::unique_ptr<Phone> phone(const std::string& eid);
  // The same, for a host that listens on this port.
  std::unique_ptr<Phone> phone(const std::string& eid, std::uint16_t port);
  // A phone with this card certificate (under the world's EUM) and key.
  std::unique_ptr<Phone> phone(const testpki::Issued& card, std::uint16_t port = 0);
  // A fresh sample profile in stock; returns its ICCID.
  Iccid stock(const std::string& tenant, const Bytes* package = nullptr);
  // Stock and an order for it; `shape` may change the request.
  smdpplus::OrderAnswer order(const std::string& tenant,
                              const std::function<void(smdpplus::OrderRequest&)>& shape = {});

  // Everything the tenant has told: events and audit, oldest first.
  std::vector<ledger::EventRecord> events(const std::string& tenant);
  std::vector<ledger::AuditRecord> audit(const std::string& tenant);
  std::string profile_state(const std::string& tenant, const Iccid& iccid);

  const std::filesystem::path& folder() const { return folder_; }
  testpki::TestCi& ci() { return *ci_; }
  testpki::TestEum& eum() { return *eum_; }
  const Bytes& ci_certificate() const { return ci_->issued().certificate; }
  const Clock& clock() const { return clock_; }
  Random& random() { return random_; }

 private:
  void write_pki();
  void load_published_pki(const std::filesystem::path& sgp26);
  void write_tls(const WorldTenant& tenant);
  void import_key(const std::string& reference, const testpki::Issued& issued);
  void write_configuration();
  const WorldTenant& named(const std::string& id) const;

  WorldOptions options_;
  std::vector<WorldTenant> tenants_;
  SystemClock clock_;
  SystemRandom random_;
  std::filesystem::path folder_;
  std::optional<testpki::TestCi> ci_;
  std::optional<testpki::TestEum> eum_;
  std::optional<testpki::Issued> dp_auth_;
  std::optional<testpki::Issued> dp_pb_;
  std::unique_ptr<host::Host> host_;
  std::uint64_t next_number_ = 1;
};

}  // namespace berth::scenario
