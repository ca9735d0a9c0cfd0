#include "kernel/host/host.h"

#include <spdlog/spdlog.h>

#include <condition_variable>
#include <mutex>

#include "kernel/host/plugin_loading.h"
#include "kernel/smdpplus/drafts.h"
#include "kernel/smdpplus/progress_transport.h"

namespace berth::host {
namespace {

constexpr std::chrono::seconds kHousekeepingInterval{5};
constexpr std::chrono::seconds kStartDeadline{30};
constexpr std::chrono::seconds kDeskDeadline{30};

ledger::LedgerOptions ledger_options(const tenancy::HostConfiguration& host) {
  ledger::LedgerOptions options;
  options.folder = host.data_folder;
  if (host.postgres) {
    options.postgres = {.connection = host.postgres->connection,
                        .owner_connection = host.postgres->owner_connection,
                        .max_connections = host.postgres->connections};
  }
  return options;
}

// As it listens: with the port that was picked.
std::string address(const std::string& listen, std::uint16_t port) {
  if (port == 0) return listen;  // a Unix socket
  return listen.substr(0, listen.rfind(':') + 1) + std::to_string(port);
}

}  // namespace

Host::Host(tenancy::Configuration configuration, const Clock& clock, Random& random)
    : configuration_(std::move(configuration)), clock_(clock), random_(random) {}

Result<std::unique_ptr<Host>> Host::start(const std::filesystem::path& configuration,
                                          const Clock& clock, Random& random) {
  BERTH_TRY(loaded, tenancy::load_configuration(configuration));
  std::unique_ptr<Host> host(new Host(std::move(loaded), clock, random));
  BERTH_TRY_VOID(host->open_foundations());
  BERTH_TRY_VOID(host->open_tenants());
  BERTH_TRY_VOID(host->open_doors());
  host->housekeeper_ =
      std::jthread([raw = host.get()](const std::stop_token& stop) { raw->keep_house(stop); });
  return host;
}

Host::~Host() {
  operator_listener_.reset();
  es2_listener_.reset();
  es9_listener_.reset();
  reports_.reset();
  if (housekeeper_.joinable()) {
    housekeeper_.request_stop();
    housekeeper_.join();
  }
  if (es9_ != nullptr && tenants_ != nullptr) {
    for (context::TenantContext* tenant : tenants_->all()) es9_->housekeeping(*tenant, true);
  }
  if (es2_ != nullptr) es2_->housekeeping(true);
}

// The host's ledger, plugins, certificates and keys: what no tenant can do without.
Result<void> Host::open_foundations() {
  const tenancy::HostConfiguration& host = configuration_.host;
  const plugins::Op op{"start-host", "", clock_.monotonic() + kStartDeadline};
  // The ledger first: a plugin that is refused is audited before the start ends.
  BERTH_TRY(opened, ledger::HostLedger::open(ledger_options(host), clock_, random_));
  ledger_ = std::move(opened);
  BERTH_TRY(trust, plugin_trust(host));
  registry_ = std::make_unique<plugins::Registry>(
      plugins::HostServices{&clock_, spdlog::default_logger()}, std::move(trust),
      plugin_observer(*ledger_, *spdlog::default_logger()),
      plugins::IsolationPolicy{plugin_host_program(host),
                               host.profile == tenancy::Profile::kDevelopment,
                               process_observer(*ledger_, *spdlog::default_logger())});
  BERTH_TRY(keys, HostKeys::open(host, *registry_, op));
  keys_ = std::move(keys);
  BERTH_TRY(identities, trust::SmdpIdentities::load(host, keys_->identity_hsm(), clock_.now_ms()));
  identities_ = std::move(identities);
  identities_->open_keys(op);
  for (const trust::IdentityStatus& status : identities_->status()) {
    if (!status.usable) spdlog::warn("{}: {}", status.certificate_file, status.problem);
  }
  return ledger_->audit({"host.started",
                         {ledger::SubjectKind::kHost, "host"},
                         smdpplus::details_json(
                             {{"routes", std::to_string(configuration_.routes.routes().size())}})});
}

Result<void> Host::open_tenants() {
  const auto routes = std::make_shared<const tenancy::RouteTable>(configuration_.routes);
  auto policies = std::make_shared<std::map<TenantId, tenancy::EidPolicy>>();
  for (const auto& [id, tenant] : configuration_.tenants) policies->emplace(id, tenant.eid_policy);
  tenants_ = std::make_unique<context::Tenants>(routes);
  const TenantFoundations foundations{*ledger_, *registry_, *keys_, configuration_.host,
                                      clock_,   random_};
  for (const auto& [id, tenant] : configuration_.tenants) {
    if (tenant.place.topology != tenancy::Topology::kShared) continue;  // served elsewhere
    BERTH_TRY(runtime, start_tenant(foundations, tenant));
    TenantRuntime& parts = *runtime;
    runtimes_.emplace(id, std::move(runtime));
    tenants_->add(std::make_unique<context::TenantContext>(
        context::TenantContext::Parts{.configuration = tenant,
                                      .route = *routes->by_tenant(id),
                                      .routes = routes,
                                      .policies = policies,
                                      .ledger = *parts.ledger,
                                      .vault = *parts.vault,
                                      .hsm = *parts.wrapping.hsm,
                                      .identities = *identities_,
                                      .identity_hsm = keys_->identity_hsm(),
                                      .clock = clock_,
                                      .random = random_,
                                      .registrar = parts.drafts.registrar.get(),
                                      .rating = parts.drafts.rating.get(),
                                      .bss = parts.drafts.bss.get()}));
  }
  add_bindings();
  return {};
}

// Who may be asked to take over a binding, and what it must be able to do first: an HSM opens the
// vaults that rest on it, a store has the packages. Nothing rests on an hsmNext yet but the keys
// that are open there; what was wrapped for another one is wrapped anew.
void Host::add_bindings() {
  const std::string& key = configuration_.host.key_encryption_key;
  bindings_.add(keys_->hsm());
  keys_->hsm().accept_only(
      [this, &key](plugins::Hsm& candidate, const plugins::Op& op) -> Result<void> {
        for (const auto& [id, runtime] : runtimes_) {
          if (runtime->own_hsm != nullptr) continue;
          BERTH_TRY_VOID(check_vault(*runtime, id, key, candidate, random_, op));
        }
        return {};
      });
  if (keys_->next() != nullptr) bindings_.add(*keys_->next());
  for (const auto& [id, runtime] : runtimes_) {
    TenantRuntime& parts = *runtime;
    if (parts.own_hsm != nullptr) {
      bindings_.add(*parts.own_hsm);
      parts.own_hsm->accept_only(
          [this, &key, &parts, &id = id](plugins::Hsm& candidate, const plugins::Op& op) {
            return check_vault(parts, id, key, candidate, random_, op);
          });
    }
    if (parts.own_next != nullptr) bindings_.add(*parts.own_next);
    bindings_.add(*parts.store);
    parts.store->accept_only([&parts](plugins::ObjectStore& candidate, const plugins::Op& op) {
      return check_packages(parts, candidate, op);
    });
  }
}

Result<void> Host::open_doors() {
  const tenancy::HostConfiguration& host = configuration_.host;
  const smdpplus::Es9Service::Limits limits{host.session_lifetime_ms, host.max_sessions_per_tenant};
  share_ = smdpplus::make_node_share(ledger_->common_rows(), *identities_, clock_, random_, limits);
  es9_ = std::make_unique<smdpplus::Es9Service>(identities_->anchors(), share_, limits);
  es9_door_ = std::make_unique<Es9Door>(*tenants_, *es9_);
  std::vector<ingress::RealmCertificate> realms;
  for (const context::TenantContext* tenant : tenants_->all()) {
    realms.push_back({tenant->realm(), tenant->configuration().tls,
                      tenant->configuration().tls_alternatives,
                      configuration_.routes.by_tenant(tenant->id())->former_realms});
  }
  BERTH_TRY(listener, ingress::TlsListener::start(
                          host.es9_listen, realms, host.limits,
                          [door = es9_door_.get()](const ingress::HttpRequest& request) {
                            return door->handle(request);
                          },
                          {.proxy_peers = host.proxy_peers}));
  es9_listener_ = std::move(listener);
  BERTH_TRY_VOID(open_es2_door());
  BERTH_TRY(transport, smdpplus::https_report_transport(*tenants_));
  reports_ = std::make_unique<smdpplus::ProgressDispatcher>(*tenants_, std::move(transport),
                                                            *share_.leases);
  desk_ = std::make_unique<OperatorDesk>(*this, clock_);
  BERTH_TRY(local, ingress::LocalListener::start(
                       host.operator_socket, api::kMaxRequestBytes,
                       [desk = desk_.get()](const ingress::HttpRequest& request) {
                         return desk->handle(request);
                       }));
  operator_listener_ = std::move(local);
  return {};
}

Result<void> Host::open_es2_door() {
  const tenancy::HostConfiguration& host = configuration_.host;
  if (!host.es2plus) return {};
  es2_ =
      std::make_unique<smdpplus::Es2Access>(host.es2plus->operators, *tenants_, *ledger_, clock_);
  es2_door_ = std::make_unique<Es2Door>(*es2_);
  BERTH_TRY(listener,
            ingress::TlsListener::start(
                host.es2plus->listen, {{host.es2plus->host_name, host.es2plus->tls}}, host.limits,
                [door = es2_door_.get()](const ingress::HttpRequest& request) {
                  return door->handle(request);
                },
                {ingress::ClientCertificates::kRequired, false}));
  es2_listener_ = std::move(listener);
  return {};
}

Result<void> Host::check_store(const TenantId& tenant) {
  const auto runtime = runtimes_.find(tenant);
  BERTH_ASSERT(runtime != runtimes_.end());
  const plugins::Op op{"doctor", "", clock_.monotonic() + kStartDeadline};
  return check_packages(*runtime->second, *runtime->second->store, op);
}

std::string Host::es9_address() const {
  return address(configuration_.host.es9_listen, es9_port());
}

std::string Host::es2_address() const {
  return es2_listener_ ? address(configuration_.host.es2plus->listen, es2_port()) : std::string();
}

void Host::keep_house(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  bool more = false;
  while (!stop.stop_requested()) {
    if (!more) {
      std::unique_lock lock(mutex);
      wake.wait_for(lock, stop, kHousekeepingInterval, [] { return false; });
    }
    more = false;
    if (stop.stop_requested()) return;
    for (context::TenantContext* tenant : tenants_->all()) {
      try {
        more = es9_->housekeeping(*tenant, false) || more;
      } catch (const std::exception& e) {  // memory ran out; the next round tries again
        spdlog::error("tenant={} housekeeping failed: {}", tenant->id().text(), e.what());
      }
    }
    if (es2_ != nullptr) es2_->housekeeping(false);
  }
}

plugins::Op Host::desk_op(const std::string& request_id) const {
  return {request_id, "", clock_.monotonic() + kDeskDeadline};
}

Result<void> Host::audit_key(const char* type, const std::string& reference) {
  return ledger_->audit({type,
                         {ledger::SubjectKind::kHost, "host"},
                         smdpplus::details_json({{"reference", reference}})});
}

Result<void> Host::import_key(const std::string& request_id, const std::string& reference,
                              std::string_view pem) {
  const plugins::Op op = desk_op(request_id);
  BERTH_TRY_VOID(keys_->import(op, reference, pem, *identities_));
  identities_->open_keys(op);
  return audit_key("key.imported", reference);
}

Result<Bytes> Host::generate_key(const std::string& request_id, const api::KeyWish& wish) {
  BERTH_TRY(point, keys_->generate(desk_op(request_id), wish));
  BERTH_TRY_VOID(audit_key("key.generated", wish.reference));
  return point;
}

Result<std::string> Host::request_certificate(const std::string& request_id,
                                              const api::CertificateWish& wish) {
  BERTH_TRY(pem, keys_->request(desk_op(request_id), wish));
  BERTH_TRY_VOID(audit_key("certificate.requested", wish.reference));
  return pem;
}

DataKeyPlace Host::data_key_place(const TenantId& tenant) const {
  const auto runtime = runtimes_.find(tenant);
  BERTH_ASSERT(runtime != runtimes_.end());
  return {*runtime->second->ledger, runtime->second->wrapping, random_};
}

Result<std::vector<api::DataKeyFacts>> Host::data_keys(const TenantId& tenant) const {
  return show_data_keys(data_key_place(tenant), desk_op("data-keys"));
}

Result<std::vector<api::DataKeyFacts>> Host::rewrap_keys(const TenantId& tenant, bool finish) {
  const plugins::Op op = desk_op("rewrap-keys");
  const DataKeyPlace place = data_key_place(tenant);
  return finish ? end_rewrap(place, op) : rewrap_data_keys(place, op);
}

}  // namespace berth::host
