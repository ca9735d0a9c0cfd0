#include "kernel/host/host.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "kernel/api/tenant_addition.h"
#include "kernel/host/plugin_loading.h"
#include "kernel/smdpplus/drafts.h"
#include "kernel/smdpplus/progress_transport.h"

namespace berth::host {
namespace {

constexpr std::chrono::seconds kHousekeepingInterval{5};
constexpr std::chrono::seconds kStartDeadline{30};
constexpr std::chrono::seconds kDeskDeadline{30};
// Each write is an audit record a name.
constexpr std::chrono::minutes kTrafficInterval{15};
constexpr std::size_t kPeopleWhereTwoAgree = 2;

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

// Owners are tenants: whatever becomes of a name, its connection counts for one of them.
ingress::Doorkeeper doorkeeper(const context::Tenants& tenants) {
  const auto tenant_of = [&tenants](const std::string& owner) {
    const auto id = TenantId::parse(owner);
    return id ? tenants.find(*id) : nullptr;
  };
  return {.enter =
              [tenant_of](const std::string& owner) {
                const auto tenant = tenant_of(owner);
                return tenant != nullptr && tenant->limits().connect();
              },
          .leave =
              [tenant_of](const std::string& owner) {
                const auto tenant = tenant_of(owner);
                if (tenant != nullptr) tenant->limits().disconnect();
              }};
}

// As it listens: with the port that was picked.
std::string address(const std::string& listen, std::uint16_t port) {
  if (port == 0) return listen;  // a Unix socket
  return listen.substr(0, listen.rfind(':') + 1) + std::to_string(port);
}

}  // namespace

Host::Host(tenancy::Configuration configuration, const Clock& clock, Random& random)
    : configuration_(std::move(configuration)),
      clock_(clock),
      random_(random),
      tenant_files_(std::make_shared<const tenancy::TenantConfigurations>(configuration_.tenants)) {
}

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
  operator_listener_.reset();                    // its requests look at the other doors
  if (admin_listener_) admin_listener_->stop();  // as do this one's, and at this one
  if (housekeeper_.joinable()) {                 // it may change what the doors show
    housekeeper_.request_stop();
    housekeeper_.join();
  }
  es2_listener_.reset();
  es9_listener_.reset();
  reports_.reset();
  if (es9_ != nullptr && tenants_ != nullptr) {
    for (const auto& tenant : tenants_->all()) es9_->housekeeping(*tenant, true);
  }
  if (es2_ != nullptr) es2_->housekeeping(true);
  if (traffic_ != nullptr) static_cast<void>(traffic_->write());
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

// The version in the ledger is in force; the routes file is the first one.
Result<std::shared_ptr<const tenancy::RouteTable>> Host::open_routes() {
  auto policies = std::make_shared<routing::Policies>();
  for (const auto& [id, tenant] : configuration_.tenants) policies->emplace(id, tenant.eid_policy);
  routes_ = std::make_unique<routing::RouteBook>(
      *ledger_, keys_->hsm(), clock_, std::move(policies),
      configuration_.host.two_people ? kPeopleWhereTwoAgree : 1,
      routing::RouteHooks{.fits = [this](const tenancy::RouteTable& table) -> Result<void> {
                            BERTH_TRY_VOID(api::check_departed_realms(*ledger_, table));
                            // While it starts, it goes without whom no route names yet.
                            if (tenants_ == nullptr) {
                              tenant_files_.become(api::routed(configuration_.tenants, table));
                            }
                            return tenancy::check_routes(*tenant_files_.now(), table, "routes");
                          },
                          .prepare =
                              [this](std::shared_ptr<const tenancy::RouteTable> table) {
                                return prepare_routes(std::move(table));
                              },
                          .in_force = [this] { write_routes(); }});
  const std::string file = configuration_.host.routes.string();
  BERTH_TRY(started, routes_->start(configuration_.routes_text, file));
  configuration_.routes_text = {};
  if (started.file_left_aside) {
    spdlog::warn(
        "routes version {} is in force and {} says something else; berthctl route apply "
        "puts the file into force, berthctl route show --out brings it up to date",
        started.version.number, file);
  }
  return std::move(started.table);
}

TenantFoundations Host::foundations() {
  return {*ledger_, *registry_, *keys_, configuration_.host, clock_, random_, places_};
}

Result<void> Host::open_doors() {
  const tenancy::HostConfiguration& host = configuration_.host;
  const smdpplus::Es9Service::Limits limits{host.session_lifetime_ms, host.max_sessions_per_tenant};
  share_ = smdpplus::make_node_share(ledger_->common_rows(), *identities_, clock_, random_, limits);
  es9_ = std::make_unique<smdpplus::Es9Service>(identities_->anchors(), share_, limits);
  es9_door_ = std::make_unique<Es9Door>(*tenants_, *es9_, traffic_.get());
  ingress::TlsOptions options;
  options.admission = [door = es9_door_.get()](const ingress::HttpRequest& request,
                                               std::chrono::nanoseconds longest_wait) {
    return door->admit(request, longest_wait);
  };
  options.doorkeeper = doorkeeper(*tenants_);
  options.proxy_peers = host.proxy_peers;
  BERTH_TRY(listener, ingress::TlsListener::start(
                          host.es9_listen, realm_certificates(*tenants_->routes()), host.limits,
                          [door = es9_door_.get()](const ingress::HttpRequest& request) {
                            return door->handle(request);
                          },
                          options));
  es9_listener_ = std::move(listener);
  BERTH_TRY_VOID(open_es2_door());
  BERTH_TRY(transport, smdpplus::https_report_transport(*tenants_));
  reports_ = std::make_unique<smdpplus::ProgressDispatcher>(*tenants_, std::move(transport),
                                                            *share_.leases);
  auto opened = open_operator_doors();
  doors_known_.count_down();  // or never will be: whoever waits is answered, and the host ends
  return opened;
}

Result<void> Host::open_operator_doors() {
  const tenancy::HostConfiguration& host = configuration_.host;
  if (host.operators.empty()) {
    spdlog::warn("no operators are configured: whoever opens {} may do everything, alone",
                 host.operator_socket.string());
  }
  departures_ = std::make_unique<Departures>(
      Departures::Parts{configuration_, foundations(), runtimes_, *tenants_, *share_.sessions});
  handovers_ = std::make_unique<Handovers>(Handovers::Parts{
      configuration_, foundations(), runtimes_, *routes_, *es9_,
      [this] { return es9_listener_->prepare(realm_certificates(*tenants_->routes())); }});
  desk_ = std::make_unique<OperatorDesk>(*this, clock_, random_);
  // A request looks at all doors, so none is answered before they are known.
  const ingress::Handler handler = [this](const ingress::HttpRequest& request) {
    doors_known_.wait();
    return desk_->handle(request);
  };
  const ingress::BodyLimit body_limit = [desk = desk_.get()](const ingress::HttpRequest& head) {
    return desk->body_limit(head);
  };
  if (host.operator_door) {
    tenancy::IngressLimits limits = host.limits;
    limits.max_body_bytes = api::kMaxRequestBytes;
    ingress::TlsOptions options{ingress::ClientCertificates::kRequired, false};
    options.body_limit = body_limit;
    BERTH_TRY(admin, ingress::TlsListener::start(
                         host.operator_door->listen,
                         {{host.operator_door->host_name, host.operator_door->tls}}, limits,
                         handler, options));
    admin_listener_ = std::move(admin);
    spdlog::info("operator API over TLS at {}",
                 address(host.operator_door->listen, admin_listener_->port()));
  }
  // Last: its requests look at the other doors.
  BERTH_TRY(local, ingress::LocalListener::start(host.operator_socket, api::kMaxRequestBytes,
                                                 handler, host.operator_group, body_limit));
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
  TenantRuntime& runtime = *runtimes_.now()->at(tenant);
  const plugins::Op op{"doctor", "", clock_.monotonic() + kStartDeadline};
  return check_packages(runtime, *runtime.store, op);
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
  auto traffic_due = clock_.monotonic() + kTrafficInterval;
  TenantAlarms alarms;
  std::chrono::nanoseconds watched = clock_.monotonic();
  while (!stop.stop_requested()) {
    if (!more) {
      std::unique_lock lock(mutex);
      wake.wait_for(lock, stop, kHousekeepingInterval, [] { return false; });
    }
    more = false;
    if (stop.stop_requested()) return;
    for (const auto& tenant : tenants_->all()) {
      try {
        more = es9_->housekeeping(*tenant, false) || more;
      } catch (const std::exception& e) {  // memory ran out; the next round tries again
        spdlog::error("tenant={} housekeeping failed: {}", tenant->id().text(), e.what());
      }
    }
    if (es2_ != nullptr) es2_->housekeeping(false);
    desk_->housekeeping();
    follow_routes();
    if (const auto now = clock_.monotonic(); now - watched >= kHousekeepingInterval) {
      watched = now;
      watch_tenants(alarms);
    }
    if (clock_.monotonic() < traffic_due) continue;
    traffic_due = clock_.monotonic() + kTrafficInterval;
    if (const auto written = traffic_->write(); !written) {
      spdlog::error("routes: {} [{}]", written.error().message(), written.error().reason());
    }
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
  TenantRuntime& runtime = *runtimes_.now()->at(tenant);
  return {*runtime.ledger, runtime.wrapping, random_};
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
