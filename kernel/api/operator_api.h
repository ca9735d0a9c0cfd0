// The operator's interface: JSON over HTTP, /v1/…, served on the operator socket.
//
// It never decides anything itself: stock, orders and stories are the services', the history is the
// ledger's. Who asks is found out first (access.h); what each may do is one table
// (endpoint_table.h); what is done, and whose data is read, is in the host's audit chain with the
// name (action_journal.h). The requester of every order is "operator".
// Thread-safe; what it borrows must outlive it. Reference: docs/reference/operator-api.md.

#pragma once

#include <functional>
#include <string>

#include "kernel/api/access.h"
#include "kernel/api/action_journal.h"
#include "kernel/api/approvals.h"
#include "kernel/api/break_glass.h"
#include "kernel/api/doctor.h"
#include "kernel/api/tenant_life.h"
#include "kernel/base/clock.h"
#include "kernel/context/tenants.h"
#include "kernel/ingress/http.h"
#include "kernel/ingress/tls_listener.h"
#include "kernel/ledger/host_ledger.h"
#include "kernel/routing/realm_traffic.h"
#include "kernel/routing/route_book.h"
#include "kernel/rsp/pki/certificate_request.h"
#include "kernel/smdpplus/orders.h"
#include "kernel/smdpplus/quarantine.h"
#include "kernel/smdpplus/story.h"

namespace berth::api {

class Departure;
class Handover;
class TenantExit;
class TenantMove;

// Largest body of a request; the largest routes document fits, quoted.
inline constexpr std::uint32_t kMaxRequestBytes = 24 * 1024 * 1024;

// A definition, and whether it made (or, in a dry run, would make) a difference.
struct DefinedType {
  std::string name;
  bool changed = false;
};

// The services behind the endpoints; tests put their own in place.
struct Services {
  std::function<Result<smdpplus::ImportedProfile, smdpplus::Failure>(
      context::TenantContext&, const std::string& request_id, const smdpplus::ProfileImport&)>
      import_profile;
  std::function<Result<smdpplus::OrderAnswer, smdpplus::Failure>(
      context::TenantContext&, const std::string& request_id, const smdpplus::OrderRequest&)>
      create_order;
  std::function<Result<std::optional<smdpplus::OrderAnswer>, smdpplus::Failure>(
      context::TenantContext&, const std::string& requester, const std::string& identifier)>
      find_order;
  std::function<Result<smdpplus::OrderState, smdpplus::Failure>(
      context::TenantContext&, const smdpplus::OrderCall&, bool to_available)>
      cancel_order;
  std::function<Result<smdpplus::OrderState, smdpplus::Failure>(context::TenantContext&,
                                                                const smdpplus::OrderCall&)>
      release_order;
  std::function<Result<smdpplus::OrderAnswer, smdpplus::Failure>(context::TenantContext&,
                                                                 const smdpplus::ReorderRequest&)>
      reorder;
  std::function<Result<DefinedType, smdpplus::Failure>(
      context::TenantContext&, std::string_view document, std::string_view name, bool dry_run)>
      define_profile_type;
  std::function<Result<void, smdpplus::Failure>(context::TenantContext&,
                                                const std::string& report_id)>
      retry_report;
  std::function<Result<smdpplus::Story>(context::TenantContext&, std::string_view key)> tell_story;
  std::function<Result<void>(context::TenantContext&, const Iccid&, lifecycle::ReleaseTo)>
      check_quarantine_release;
  std::function<Result<void>(context::TenantContext&, const smdpplus::QuarantineRelease&)>
      release_quarantine;
};
// Those of kernel/smdpplus.
Services smdpplus_services();

// A plugin instance of a binding, as `berthctl plugin list` shows it.
struct PluginInstanceFacts {
  std::string tenant;  // an id, or "host"
  std::string slot;    // "hsm", "hsmNext", "storage"
  PluginFacts plugin;
  std::string state;   // "serving", "degraded", "not serving", "breaker open", "draining", "stuck"
  std::string detail;  // its own words, or why it does not serve; may be empty
  std::uint64_t calls = 0;
  std::uint64_t failures = 0;
  std::uint32_t in_flight = 0;
  std::uint32_t waiting = 0;
  std::uint32_t max_concurrency = 0;
};

struct PluginSwap {
  std::string tenant;               // an id, or "host"
  std::string slot;                 // "hsm", "hsmNext", "storage"
  std::string library;              // absolute; empty: the same file once more
  std::string config_json = {};     // the plugin's object; empty: as it is
  std::uint32_t fips140_level = 0;  // of an HSM: what the operator declares of the new one
  bool watched = false;             // by plugin watch, for development alone
};

struct PluginSwapped {
  PluginFacts from;
  PluginFacts to;
  std::uint32_t in_flight = 0;  // calls that the old one still has
  // What the configuration would have to say for it to be so after a restart, too.
  std::string file;
  std::string library;
  std::string config_json;
};

// A key pair to be made.
struct KeyWish {
  std::string reference;
  Curve curve = Curve::kP256;
  bool in_next = false;  // in the HSM of hsmNext
};
// A certificate to be asked for.
struct CertificateWish {
  std::string reference;
  rsp::pki::CertificateRequest request;
};

// A tenant that was taken in while the host ran.
struct TenantAddition {
  std::string file;
  tenancy::Topology topology = tenancy::Topology::kShared;
  bool common_door = false;  // has to be told, too
};

// What only the composed host can do; those below doctor may be missing.
struct HostHooks {
  // Puts a private key (PEM) into the HSM. `usage` is "sign" or "agree".
  std::function<Result<void>(const std::string& reference, std::string_view pem,
                             const std::string& usage)>
      import_key;
  // The public point, SEC1.
  std::function<Result<Bytes>(const KeyWish&)> generate_key;
  // PEM.
  std::function<Result<std::string>(const CertificateWish&)> request_certificate;
  std::function<Result<std::vector<DataKeyFacts>>(const TenantId&)> data_keys;
  // `finish`: drops the wrapping from before, once the tenant runs on the later one.
  std::function<Result<std::vector<DataKeyFacts>>(const TenantId&, bool finish)> rewrap_data_keys;
  // Borrowed; they outlive the API.
  routing::RouteBook* routes = nullptr;
  const routing::RealmTraffic* realm_traffic = nullptr;
  Departure* departure = nullptr;  // null: no tenant can leave
  Handover* handover = nullptr;    // null: no tenant can move
  std::function<DoctorReport()> doctor;
  std::function<std::vector<PluginFacts>()> plugins = {};  // loaded and in use, each once
  std::function<std::vector<PluginInstanceFacts>()> bindings = {};
  std::function<Result<PluginSwapped>(const PluginSwap&)> swap_plugin = {};
  std::function<Result<TenantAddition>(const TenantId&)> add_tenant = {};
  std::function<Result<void>(context::TenantContext&, const tenancy::LimitSettings&)>
      change_limits = {};
  // Of a tenant alone, for its status.
  std::function<std::vector<Finding>(const context::TenantContext&)> tenant_findings = {};
  std::function<std::vector<ingress::ServedCertificate>()> served_certificates = {};
  std::function<Result<std::vector<ingress::ServedCertificate>>()> reload_certificates = {};
};

struct HostFacts {
  std::string version;
  UnixMs started_ms = 0;
  std::string es9_address;       // "127.0.0.1:8443", as it listens now
  std::string es2_address = {};  // empty: no ES2+ door
  // Of those doors, while the host lives; null: not told.
  const ingress::IngressCounters* es9_counters = nullptr;
  const ingress::IngressCounters* es2_counters = nullptr;
  std::string profile = {};  // "production", "development"
};

// Who may use the API and what takes two people.
struct Governance {
  Access access = {};       // by default: development, whoever opened the socket
  bool production = false;  // the host's profile
};

struct Call;
struct Endpoint;

class OperatorApi {
 public:
  OperatorApi(context::Tenants& tenants, ledger::HostLedger& host_ledger, const Clock& clock,
              Random& random, Services services, HostHooks hooks, HostFacts facts,
              Governance governance = {});

  ~OperatorApi();  // writes what the audit has counted

  ingress::HttpResponse handle(const ingress::HttpRequest& request);
  // Every few seconds: expiries, what was approved and not finished, what other nodes did, counts
  // for the audit.
  void housekeeping();

  // Before the doors open, kinds of actions may be added.
  Approvals& approvals() { return approvals_; }
  // For the doctor: grants nobody has acknowledged, and who may use the API.
  const BreakGlass& break_glass() const { return break_glass_; }
  const Access& access() const { return governance_.access; }

 private:
  ingress::HttpResponse perform(const Call& call, const Endpoint& endpoint);

  context::Tenants& tenants_;
  ledger::HostLedger& host_ledger_;
  const Clock& clock_;
  const Services services_;
  const HostHooks hooks_;
  const HostFacts facts_;
  const Governance governance_;
  ActionJournal journal_;
  BreakGlass break_glass_;
  Approvals approvals_;
  TenantLife life_;
  std::unique_ptr<TenantExit> exit_;  // null: as of HostHooks::departure
  std::unique_ptr<TenantMove> move_;  // null: as of HostHooks::handover
};

}  // namespace berth::api
