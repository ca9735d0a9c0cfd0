// The whole host, composed from one configuration file. `berthd` is a thin main around it; scenario
// tests start the same object in process.

#pragma once

#include <atomic>
#include <filesystem>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "kernel/base/clock.h"
#include "kernel/base/published.h"
#include "kernel/base/random.h"
#include "kernel/context/tenants.h"
#include "kernel/host/departures.h"
#include "kernel/host/es2_door.h"
#include "kernel/host/es9_door.h"
#include "kernel/host/handovers.h"
#include "kernel/host/host_keys.h"
#include "kernel/host/operator_desk.h"
#include "kernel/host/tenant_alarms.h"
#include "kernel/host/tenant_runtime.h"
#include "kernel/ingress/local_listener.h"
#include "kernel/ingress/tls_listener.h"
#include "kernel/plugins/bindings.h"
#include "kernel/routing/route_book.h"
#include "kernel/smdpplus/node_share.h"
#include "kernel/smdpplus/progress_dispatcher.h"

namespace berth::host {

class Host {
 public:
  // Reads the configuration, opens ledgers and plugins, then the doors. Nothing serves when it
  // fails. `clock` and `random` are borrowed and must outlive the host.
  static Result<std::unique_ptr<Host>> start(const std::filesystem::path& configuration,
                                             const Clock& clock, Random& random);
  // Closes the doors, lets running requests finish, writes the last counters.
  ~Host();

  std::uint16_t es9_port() const { return es9_listener_->port(); }
  // "127.0.0.1:8443", as it listens now.
  std::string es9_address() const;
  // Only with an ES2+ door; 0 and empty without.
  std::uint16_t es2_port() const { return es2_listener_ ? es2_listener_->port() : 0; }
  std::string es2_address() const;
  // Only with an operator door over TLS; 0 without.
  std::uint16_t operator_port() const { return admin_listener_ ? admin_listener_->port() : 0; }
  const std::filesystem::path& operator_socket() const {
    return configuration_.host.operator_socket;
  }
  const ingress::IngressCounters& ingress_counters() const { return es9_listener_->counters(); }
  const ingress::IngressCounters* es2_counters() const {  // null without an ES2+ door
    return es2_listener_ ? &es2_listener_->counters() : nullptr;
  }
  const context::Tenants& tenants() const { return *tenants_; }
  routing::RouteBook& routes() { return *routes_; }
  const routing::RealmTraffic& realm_traffic() const { return *traffic_; }
  const plugins::Bindings& bindings() const { return bindings_; }
  context::Tenants& mutable_tenants() { return *tenants_; }
  // As it was read at the start; tenants that were added since are in tenant_files() alone.
  const tenancy::Configuration& configuration() const { return configuration_; }
  const Published<tenancy::TenantConfigurations>& tenant_files() const { return tenant_files_; }
  bool in_production() const {
    return configuration_.host.profile == tenancy::Profile::kProduction;
  }
  trust::SmdpIdentities& identities() { return *identities_; }
  ledger::HostLedger& ledger() { return *ledger_; }
  smdpplus::Es9Service& es9() { return *es9_; }
  Departures& departures() { return *departures_; }
  Handovers& handovers() { return *handovers_; }

  // Is the tenant's object store there, with a package the ledger refers to? For `doctor`.
  Result<void> check_store(const TenantId& tenant);

  // Takes an unencrypted PEM key into the HSM under `reference` and puts it to use. For backends
  // that accept keys from outside (development, small hosts).
  Result<void> import_key(const std::string& request_id, const std::string& reference,
                          std::string_view pem);
  // As HostKeys does, and audited.
  Result<Bytes> generate_key(const std::string& request_id, const api::KeyWish& wish);
  Result<std::string> request_certificate(const std::string& request_id,
                                          const api::CertificateWish& wish);
  // How a tenant's data keys are wrapped; and wrapping them for what comes next (data_keys.h).
  Result<std::vector<api::DataKeyFacts>> data_keys(const TenantId& tenant) const;
  bool has_next_wrapping(const TenantId& tenant) const {
    return data_key_place(tenant).wrapping.next_hsm != nullptr;
  }
  Result<std::vector<api::DataKeyFacts>> rewrap_keys(const TenantId& tenant, bool finish);
  // Reads every door's certificate files again and shows them from now on; audited. Of all or, when
  // one cannot be used, none.
  Result<std::vector<ingress::ServedCertificate>> reload_certificates();
  std::vector<ingress::ServedCertificate> served_certificates() const;
  std::vector<api::Finding> findings_of(const context::TenantContext& tenant,
                                        Thoroughness how) const;
  // From now on, audited; a restart goes by the files again.
  Result<void> change_limits(context::TenantContext& tenant,
                             const tenancy::LimitSettings& settings);
  // Opens a tenant whose file was written since the start and whose route is in force; audited. One
  // that cannot be served changes nothing: errors of tenant_addition.h, plugins, ledger and door.
  Result<api::TenantAddition> add_tenant(const TenantId& id);
  // No tenant is added while this is held.
  std::unique_lock<std::mutex> hold_tenants() { return std::unique_lock(adding_); }
  // Another plugin may take more calls or fewer.
  void fit_places() { places_->hsm.set_total(keys_->hsm().max_concurrency()); }

 private:
  Host(tenancy::Configuration configuration, const Clock& clock, Random& random);
  Result<void> open_foundations();
  TenantFoundations foundations();
  Result<void> open_tenants();
  std::unique_ptr<context::TenantContext> context_of(const tenancy::TenantConfiguration& tenant,
                                                     TenantRuntime& runtime);
  void add_host_bindings();
  void add_bindings(const TenantId& id, TenantRuntime& runtime);
  // `another`: a tenant that is about to be served besides.
  std::vector<ingress::RealmCertificate> realm_certificates(
      const tenancy::RouteTable& routes,
      const tenancy::TenantConfiguration* another = nullptr) const;
  Result<void> open_doors();
  Result<void> open_es2_door();
  Result<void> open_operator_doors();
  Result<std::shared_ptr<const tenancy::RouteTable>> open_routes();
  // Makes ready what other routes need; what it answers takes them up.
  Result<std::function<void()>> prepare_routes(std::shared_ptr<const tenancy::RouteTable> table);
  void follow_routes();
  // For berth-door, which has no ledger. One change of the routes at a time.
  void write_routes();
  void keep_house(const std::stop_token& stop);
  void watch_tenants(TenantAlarms& alarms);
  plugins::Op desk_op(const std::string& request_id) const;
  Result<void> audit_key(const char* type, const std::string& reference);
  DataKeyPlace data_key_place(const TenantId& tenant) const;

  tenancy::Configuration configuration_;
  const Clock& clock_;
  Random& random_;
  // In order of construction; destroyed in reverse.
  std::unique_ptr<plugins::Registry> registry_;
  std::unique_ptr<HostKeys> keys_;
  std::unique_ptr<ledger::HostLedger> ledger_;
  std::unique_ptr<trust::SmdpIdentities> identities_;
  std::shared_ptr<context::SharedPlaces> places_;
  std::mutex adding_;  // a tenant: one at a time, taken before routes_->hold()
  Published<tenancy::TenantConfigurations> tenant_files_;
  Published<TenantRuntimes> runtimes_{std::make_shared<const TenantRuntimes>()};
  plugins::Bindings bindings_;
  std::unique_ptr<routing::RouteBook> routes_;
  std::atomic<bool> routes_unwritten_{false};  // tried again by the housekeeper
  std::unique_ptr<routing::RealmTraffic> traffic_;
  std::unique_ptr<context::Tenants> tenants_;
  smdpplus::NodeShare share_;
  std::unique_ptr<smdpplus::Es9Service> es9_;
  std::unique_ptr<Es9Door> es9_door_;
  std::unique_ptr<smdpplus::Es2Access> es2_;
  std::unique_ptr<Es2Door> es2_door_;
  std::unique_ptr<smdpplus::ProgressDispatcher> reports_;
  std::unique_ptr<Departures> departures_;
  std::unique_ptr<Handovers> handovers_;
  std::unique_ptr<OperatorDesk> desk_;
  std::latch doors_known_{1};
  std::unique_ptr<ingress::TlsListener> es9_listener_;
  std::unique_ptr<ingress::TlsListener> es2_listener_;
  std::unique_ptr<ingress::LocalListener> operator_listener_;
  std::unique_ptr<ingress::TlsListener> admin_listener_;
  std::jthread housekeeper_;
};

}  // namespace berth::host
