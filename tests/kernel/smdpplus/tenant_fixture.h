// Two tenants of one host without its sockets: real ledgers in a folder of their own, a clock that
// stands still, a store and an HSM in memory, certificates of a test PKI, software cards.
//
// "alpha" manages EIDs 89049032…, operator 00101, realm rsp.alpha.example; "bravo" 89049088…,
// 00102, rsp.bravo.example.

#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "kernel/context/tenant_context.h"
#include "kernel/ledger/host_ledger.h"
#include "kernel/lifecycle/profile.h"
#include "kernel/smdpplus/node_share.h"
#include "kernel/smdpplus/orders.h"
#include "tests/kernel/smdpplus/scripted_ledger.h"
#include "tests/kernel/smdpplus/soft_hsm.h"
#include "tools/euicc/card.h"
#include "tools/testpki/test_pki.h"

namespace berth::smdpplus::testing {

inline constexpr std::string_view kAlphaEid = "89049032001000000000000000000112";
inline constexpr std::string_view kOtherAlphaEid = "89049032001000000000000000000209";
inline constexpr std::string_view kBravoEid = "89049088001000000000000000000180";
inline constexpr UnixMs kStart = 1'790'000'000'000;

// "ok", the standard's pair, or "unavailable ledger.overloaded".
std::string say(const Failure& failure);
template <class T>
std::string say(const Result<T, Failure>& result) {
  return result ? "ok" : say(result.error());
}

template <class T>
T must(Result<T> result) {
  if (!result) FAIL(std::string(result.error().reason()) + ": " + result.error().message());
  return std::move(result).value();
}
template <class T>
T must(Result<T, Failure> result) {
  if (!result) FAIL(say(result));
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

// One tenant and its parts.
struct Tenant {
  std::unique_ptr<ledger::TenantLedger> real_ledger;
  std::unique_ptr<ScriptedLedger> ledger;
  vault::testing::FakeStore store;
  std::unique_ptr<vault::Vault> vault;
  std::unique_ptr<context::TenantContext> context;
};

struct SiteOptions {
  Curve curve = Curve::kP256;
  Es9Service::Limits limits = {};
  std::uint32_t attempts_max = 10;
  std::uint32_t code_attempts_max = 3;
  UnixMs order_lifetime_ms = 60 * 60 * 1000;
  // Further settings of both tenants.
  std::function<void(tenancy::TenantConfiguration&)> configure = {};
};

// Where a ledger stood.
struct Mark {
  std::int64_t event = 0;
  std::int64_t audit = 0;
};

class Site {
 public:
  explicit Site(const SiteOptions& options = {});
  ~Site();
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  context::TenantContext& tenant() { return *alpha.context; }
  ScriptedLedger& ledger() { return *alpha.ledger; }

  // A fresh sample profile in alpha's stock.
  Iccid stock(const std::string& type = "sample");
  ProfileImport sample_import(const std::string& type = "sample");
  // Stock and an order for it.
  OrderAnswer order(const std::function<void(OrderRequest&)>& shape = {});

  Mark mark(Tenant& tenant);
  Mark mark() { return mark(alpha); }
  // What the ledger has told since: "events: a; usage: b; audit: c", each in order. Checks that
  // the records of one commit carry one commit id and that event and usage share a sequence.
  std::string told(const Mark& since) { return told(alpha, since); }
  std::string told(Tenant& tenant, const Mark& since);
  std::vector<ledger::EventRecord> events(const Mark& since = {});
  std::vector<ledger::AuditRecord> audit(const Mark& since = {});
  std::string state(const Iccid& iccid);
  ledger::OrderRecord order_row(const std::string& order_id);

  ManualClock clock{kStart};
  SystemRandom random;
  std::filesystem::path folder;
  SoftHsm hsm;
  std::optional<testpki::TestCi> ci;
  std::optional<testpki::TestEum> eum;
  std::optional<testpki::Issued> dp_auth;
  std::optional<testpki::Issued> dp_pb;
  std::unique_ptr<trust::SmdpIdentities> identities;
  std::unique_ptr<ledger::HostLedger> host_ledger;
  Tenant alpha;
  Tenant bravo;
  NodeShare share;
  std::unique_ptr<Es9Service> es9;

 private:
  void make_identities(Curve curve);
  void make_tenant(Tenant& tenant, const std::string& name, const SiteOptions& options);
  std::shared_ptr<const tenancy::RouteTable> routes_;
  std::shared_ptr<const std::map<TenantId, tenancy::EidPolicy>> policies_;
  std::uint64_t next_number_ = 1;
};

// A card, and the requests its LPA would send. Each step REQUIREs that the card accepts what the
// server sent.
class Phone {
 public:
  explicit Phone(Site& site, std::string_view eid = kAlphaEid);

  rsp::sgp22::InitiateAuthenticationRequest initiate(
      const std::string& address = "rsp.alpha.example");
  rsp::sgp22::AuthenticateClientRequest authenticate(
      const rsp::sgp22::InitiateAuthenticationResponse& answer, const std::string& matching_id);
  rsp::sgp22::GetBoundProfilePackageRequest prepare(
      const rsp::sgp22::AuthenticateClientResponse& answer, const std::string& code = "");
  // Loads the package; the card's signed result.
  rsp::sgp22::HandleNotificationRequest install(
      const rsp::sgp22::GetBoundProfilePackageResponse& answer);
  rsp::sgp22::CancelSessionRequest cancel(const TransactionId& transaction, std::uint8_t reason);
  // The card's newest notification that is waiting.
  rsp::sgp22::HandleNotificationRequest newest_notification() const;
  // By the card's own key, over anything.
  Bytes sign(ByteView message) const { return testpki::sign_raw(issued.key, message); }

  // The same steps through the service, each of which must succeed.
  rsp::sgp22::InitiateAuthenticationResponse initiated();
  rsp::sgp22::AuthenticateClientResponse authenticated(const std::string& matching_id);
  rsp::sgp22::GetBoundProfilePackageResponse bound(const std::string& matching_id);

  Site& site;
  testpki::Issued issued;
  euicc::NullStore store;
  std::unique_ptr<euicc::Card> card;
  Bytes last_answer;  // the card's DER of the last step
};

}  // namespace berth::smdpplus::testing
