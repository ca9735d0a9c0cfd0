#include "kernel/host/operator_desk.h"

#include "kernel/api/elsewhere_findings.h"
#include "kernel/api/system_facts.h"
#include "kernel/api/tenant_addition.h"
#include "kernel/host/host.h"
#include "kernel/host/pem_leaf.h"
#include "kernel/host/plugin_loading.h"
#include "kernel/host/version.h"

namespace berth::host {
namespace {

// No sound clock shows a time before this release was made: 2026-01-01T00:00:00Z.
constexpr UnixMs kNoClockBefore = 1'767'225'600'000;
// For an endpoint to take a connection.
constexpr std::chrono::seconds kEndpointPatience{2};
// Files a host needs besides one per connection: ledgers, libraries, sockets, logs.
constexpr std::uint64_t kOwnFiles = 256;
// Enough for a small request, which is told why it is refused.
constexpr std::uint32_t kStrangersBytes = 4096;
// Locked pages: data keys and session keys in use, one page each.
constexpr std::uint64_t kLockedBytesNeeded = 4ULL * 1024 * 1024;

api::CertificateFacts server_facts(const std::string& name,
                                   const rsp::pki::Certificate& certificate,
                                   const rsp::pki::TrustAnchors& anchors, std::string_view role) {
  api::CertificateFacts facts{name, certificate.not_before(), certificate.not_after(), ""};
  const auto chain = rsp::pki::verify_server_certificate(certificate, anchors, role, std::nullopt);
  if (!chain) facts.chain_problem = chain.error().message();
  return facts;
}

bool is_hsm(const api::PluginInstanceFacts& one) {
  return one.slot == "hsm" || one.slot == "hsmNext";
}

}  // namespace

OperatorDesk::OperatorDesk(Host& host, const Clock& clock, Random& random)
    : host_(host),
      clock_(clock),
      plugins_(std::make_unique<PluginDesk>(host.configuration().host, host.tenant_files(),
                                            host.bindings(), host.ledger(), clock)) {
  api::HostHooks hooks;
  hooks.import_key = [this](const std::string& reference, std::string_view pem,
                            const std::string& usage) -> Result<void> {
    if (usage != "sign") {
      return Error(ErrorCode::kUnsupported, "key.usage_unsupported",
                   "only signing keys (DPauth, DPpb) are imported; one-time agreement keys are "
                   "made by the HSM itself");
    }
    return host_.import_key("key-import", reference, pem);
  };
  hooks.generate_key = [this](const api::KeyWish& wish) {
    return host_.generate_key("key-generate", wish);
  };
  hooks.request_certificate = [this](const api::CertificateWish& wish) {
    return host_.request_certificate("certificate-request", wish);
  };
  hooks.data_keys = [this](const TenantId& tenant) { return host_.data_keys(tenant); };
  hooks.rewrap_data_keys = [this](const TenantId& tenant, bool finish) {
    return host_.rewrap_keys(tenant, finish);
  };
  hooks.routes = &host_.routes();
  hooks.realm_traffic = &host_.realm_traffic();
  hooks.departure = &host_.departures();
  hooks.handover = &host_.handovers();
  hooks.doctor = [this] { return examine(); };
  hooks.plugins = [this] { return plugin_facts(host_.bindings()); };
  hooks.bindings = [this] { return plugins_->list(); };
  hooks.swap_plugin = [this](const api::PluginSwap& swap) {
    // A tenant that is being opened on the host's HSM is not yet among those that are asked.
    const auto none_is_added = host_.hold_tenants();
    auto swapped = plugins_->swap(swap);
    host_.fit_places();
    return swapped;
  };
  hooks.add_tenant = [this](const TenantId& id) { return host_.add_tenant(id); };
  hooks.change_limits = [this](context::TenantContext& tenant,
                               const tenancy::LimitSettings& settings) {
    return host_.change_limits(tenant, settings);
  };
  hooks.tenant_findings = [this](const context::TenantContext& tenant) {
    return host_.findings_of(tenant, Thoroughness::kMemory);
  };
  hooks.served_certificates = [this] { return host_.served_certificates(); };
  hooks.reload_certificates = [this] { return host_.reload_certificates(); };
  const tenancy::HostConfiguration& file = host.configuration().host;
  api_ = std::make_unique<api::OperatorApi>(
      host_.mutable_tenants(), host_.ledger(), clock_, random, api::smdpplus_services(),
      std::move(hooks),
      api::HostFacts{std::string(kVersion), clock_.now_ms(), host_.es9_address(),
                     host_.es2_address(), &host_.ingress_counters(), host_.es2_counters(),
                     host_.in_production() ? "production" : "development"},
      api::Governance{api::Access(file.operators, file.two_people), host_.in_production()});
}

OperatorDesk::~OperatorDesk() = default;

std::uint32_t OperatorDesk::body_limit(const ingress::HttpRequest& head) const {
  return api_->access().identify(head, clock_.now_ms()) ? api::kMaxRequestBytes : kStrangersBytes;
}

api::DoctorReport OperatorDesk::examine() const {
  api::DoctorReport report;
  examine_process(report);
  examine_storage(report);
  examine_stores(report);
  examine_bindings(report);
  examine_elsewhere(report);
  examine_hsms(report);
  examine_certificates(report);
  examine_secret_files(report);
  examine_operators(report);
  for (const auto& tenant : host_.tenants().all()) {
    for (auto& finding : host_.findings_of(*tenant, Thoroughness::kFiles)) {
      report.findings.push_back(std::move(finding));
    }
  }
  return report;
}

void OperatorDesk::examine_process(api::DoctorReport& report) const {
  const api::ProcessLimits limits = api::read_process_limits();
  const auto& ingress = host_.configuration().host.limits;
  report.findings.push_back(
      api::check_clock(clock_.now_ms(), kNoClockBefore, api::clock_synchronised()));
  report.findings.push_back(api::check_listener("es9plus", host_.es9_address(), ""));
  if (host_.es2_port() != 0) {
    report.findings.push_back(api::check_listener("es2plus", host_.es2_address(), ""));
  }
  report.findings.push_back(
      api::check_open_files(limits.open_files, ingress.max_connections + kOwnFiles));
  report.findings.push_back(
      api::check_locked_memory(limits.locked_memory_bytes, kLockedBytesNeeded));
  report.findings.push_back(api::check_core_dumps(limits.core_bytes, limits.dumpable));
}

void OperatorDesk::examine_storage(api::DoctorReport& report) const {
  const auto& folder = host_.configuration().host.data_folder;
  report.findings.push_back(api::check_commit_time(host_.ledger().measure_commit_ms()));
  if (const auto space = api::read_disk_space(folder); space) {
    report.findings.push_back(
        api::check_disk_free(folder.string(), space->available_bytes, space->total_bytes));
  } else {
    report.findings.push_back({"disk", api::Grade::kRed, space.error().message(),
                               "make the data folder readable for berthd"});
  }
}

void OperatorDesk::examine_stores(api::DoctorReport& report) const {
  for (const auto& tenant : host_.tenants().all()) {
    const std::string name = "store " + tenant->id().text();
    const auto good = host_.check_store(tenant->id());
    report.findings.push_back(
        good ? api::Finding{name, api::Grade::kOk, "answers", ""}
             : api::Finding{name, api::Grade::kRed, good.error().message(),
                            "Packages cannot be delivered: look at the storage plugin and its "
                            "folder; restore the objects from the backup that fits the ledger."});
  }
}

void OperatorDesk::examine_elsewhere(api::DoctorReport& report) const {
  const auto files = host_.tenant_files().now();
  for (auto& one : api::check_routed(host_.configuration().tenants, *files)) {
    report.findings.push_back(std::move(one));
  }
  for (const auto& [id, tenant] : *files) {
    if (!tenant.place.endpoint) continue;
    const tenancy::Endpoint& endpoint = *tenant.place.endpoint;
    report.findings.push_back(
        api::check_endpoint(id.text(), endpoint, api::probe_endpoint(endpoint, kEndpointPatience)));
    for (const tenancy::Duty& duty : tenant.place.contract) {
      report.findings.push_back(api::check_duty(id.text(), duty, clock_.now_ms()));
    }
  }
}

// How the plugins of all bindings are, but for HSMs that serve or should (examine_hsms). One that
// serves has a line when nothing else of the report is about it.
void OperatorDesk::examine_bindings(api::DoctorReport& report) const {
  for (const api::PluginInstanceFacts& one : plugins_->list()) {
    const bool stuck = one.state == "stuck";
    if (one.state == "draining" || (is_hsm(one) && !stuck)) continue;
    const bool draft = one.slot == "registrar" || one.slot == "rating" || one.slot == "bss";
    const std::string name =
        draft ? one.slot + " " + one.tenant : "plugin " + one.tenant + "/" + one.slot;
    if (one.state == "serving") {
      if (!draft) continue;
      report.findings.push_back(
          {name, api::Grade::kOk,
           one.plugin.id + " serves; its interface is a draft, which production refuses", ""});
      continue;
    }
    const bool goes_on = stuck || one.state == "degraded";
    report.findings.push_back(
        {name, goes_on ? api::Grade::kWarn : api::Grade::kRed,
         one.plugin.id + " is " + one.state + (one.detail.empty() ? "" : ": " + one.detail),
         stuck
             ? "restart the host when it suits and tell the plugin's author; bound with "
               "\"isolation\": \"process\" it would have been ended"
             : "look at its own words in the log; mend what it names, or swap it (berthctl plugin "
               "swap)"});
  }
}

// What each HSM knows of itself; only one that serves is asked to open data keys, since a call into
// one that hangs would hang, too.
void OperatorDesk::examine_hsms(api::DoctorReport& report) const {
  bool all_serve = true;
  for (const api::PluginInstanceFacts& one : plugins_->list()) {
    if (!is_hsm(one) || one.state == "draining" || one.state == "stuck") continue;
    const bool degraded = one.state == "degraded";
    const bool left_alone = one.state == "breaker open";
    const bool serves = degraded || one.state == "serving";
    all_serve = all_serve && serves;
    const std::string name = one.tenant + (one.slot == "hsm" ? "" : " next");
    report.findings.push_back(
        api::check_hsm_health(name, left_alone ? "(breaker open) " + one.detail : one.detail,
                              !serves    ? api::Grade::kRed
                              : degraded ? api::Grade::kWarn
                                         : api::Grade::kOk));
  }
  if (!all_serve) return;
  for (const auto& tenant : host_.tenants().all()) {
    report.findings.push_back(api::check_data_keys(
        tenant->id().text(), host_.data_keys(tenant->id()), host_.has_next_wrapping(tenant->id())));
  }
}

void OperatorDesk::examine_certificates(api::DoctorReport& report) const {
  const UnixMs now = clock_.now_ms();
  const auto& anchors = host_.identities().anchors();
  for (const auto& identity : host_.identities().usable()) {
    report.findings.push_back(api::check_certificate(
        server_facts("DPauth " + identity->oid, identity->dp_auth, anchors, rsp::pki::kRoleDpAuth),
        now));
    report.findings.push_back(api::check_certificate(
        server_facts("DPpb " + identity->oid, identity->dp_pb, anchors, rsp::pki::kRoleDpPb), now));
  }
  for (const trust::IdentityStatus& status : host_.identities().status()) {
    report.findings.push_back(
        api::check_key(status.certificate_file, status.key_reference, status.problem));
  }
  for (const auto& tenant : host_.tenants().all()) {
    if (!tenant->served_here()) continue;
    const std::string name = "DPtls " + tenant->realm().text();
    const std::string id = tenant->id().text();
    const auto leaf = read_leaf(tenant->configuration().tls.certificate_chain);
    if (!leaf) {
      report.findings.push_back({name, api::Grade::kRed, leaf.error().message(),
                                 "put the right PEM file in its place", id});
      continue;
    }
    // A public CA may have issued it (SGP.22 v2.5): then the chain is the phone's affair.
    const bool ours = leaf->authority_key_id() && anchors.find(*leaf->authority_key_id());
    report.findings.push_back(api::check_certificate(
        ours ? server_facts(name, *leaf, anchors, rsp::pki::kRoleDpTls)
             : api::CertificateFacts{name, leaf->not_before(), leaf->not_after(), ""},
        now));
    report.findings.back().tenant = id;
  }
}

void OperatorDesk::examine_secret_files(api::DoctorReport& report) const {
  const auto look_at = [&report](const tenancy::TlsIdentity& identity) {
    const auto& key = identity.private_key;
    report.findings.push_back(api::check_secret_file(key.string(), api::read_file_mode(key)));
  };
  const tenancy::HostConfiguration& file = host_.configuration().host;
  if (file.es2plus) look_at(file.es2plus->tls);
  if (file.operator_door) look_at(file.operator_door->tls);
  for (const auto& tenant : host_.tenants().all()) {
    const tenancy::TenantConfiguration& configuration = tenant->configuration();
    if (!tenant->served_here()) continue;
    look_at(configuration.tls);
    for (const tenancy::TlsIdentity& other : configuration.tls_alternatives) look_at(other);
    if (configuration.progress) look_at(configuration.progress->client);
  }
  report.findings.push_back(api::check_profile(host_.in_production()));
  for (const api::PluginFacts& plugin : plugin_facts(host_.bindings())) {
    report.findings.push_back(api::check_plugin(plugin));
  }
  report.findings.push_back(
      api::check_hsm_backend(host_.configuration().host.hsm.library.filename().string()));
}

void OperatorDesk::examine_operators(api::DoctorReport& report) const {
  const api::Access& access = api_->access();
  report.findings.push_back(api::check_operators(access.open(), !access.one_person_enough()));
  const auto grants = api_->break_glass().unacknowledged();
  if (!grants) {
    report.findings.push_back({"break-glass", api::Grade::kRed, grants.error().message(),
                               "The host's ledger cannot be read: see the log."});
    return;
  }
  const UnixMs now = clock_.now_ms();
  for (const api::Grant& grant : *grants) {
    report.findings.push_back(api::check_break_glass(
        {grant.id, grant.who, grant.reason, grant.opened_ms, now < grant.ends_ms}));
  }
}

}  // namespace berth::host
