#include "tests/kernel/smdpplus/tenant_fixture.h"

#include <spdlog/spdlog.h>

#include <fstream>
#include <set>

#include "kernel/rsp/der/der.h"
#include "tools/euicc/card_setup.h"
#include "tools/sample-profile/identity.h"
#include "tools/sample-profile/sample_profile.h"

namespace berth::smdpplus::testing {
namespace {

namespace fs = std::filesystem;
using rsp::der::tlv;

const plugins::Op kOp{"test", "", std::chrono::nanoseconds::max()};

fs::path fresh_folder() {
  std::string name = (fs::temp_directory_path() / "berth-smdpplus.XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  return name;
}

tenancy::Route route(const std::string& name, const std::string& prefix, const std::string& plmn) {
  return {must(TenantId::parse(name)),
          {{prefix}},
          {tenancy::OperatorIdentity{must(MccMnc::parse(plmn)), "", ""}},
          must(HostName::parse("rsp." + name + ".example")),
          "https://rsp." + name + ".example/gsma/rsp2"};
}

template <class Record, class Name>
std::string listed(const std::vector<Record>& records, Name name) {
  std::string text;
  for (const Record& record : records) text += " " + std::string(name(record));
  return text.empty() ? " -" : text;
}

}  // namespace

std::string say(const Failure& failure) {
  if (const auto* refused = std::get_if<rsp::RspError>(&failure)) return refused->pair();
  const Error& error = std::get<Error>(failure);
  return std::string(to_string(error.code())) + " " + std::string(error.reason());
}

Site::Site(const SiteOptions& options) : folder(fresh_folder()) {
  spdlog::set_level(spdlog::level::off);  // hundreds of refusals are meant to happen
  make_identities(options.curve);
  ledger::LedgerOptions ledger_options;
  ledger_options.folder = folder / "data";
  ledger_options.batch_window = std::chrono::microseconds(0);
  host_ledger = must(ledger::HostLedger::open(ledger_options, clock, random));
  routes_ = std::make_shared<const tenancy::RouteTable>(must(tenancy::RouteTable::build(
      {route("alpha", "89049032", "00101"), route("bravo", "89049088", "00102")})));
  policies_ = std::make_shared<const std::map<TenantId, tenancy::EidPolicy>>();
  make_tenant(alpha, "alpha", options);
  make_tenant(bravo, "bravo", options);
  share = make_node_share({}, *identities, clock, random, options.limits);
  es9 = std::make_unique<Es9Service>(identities->anchors(), share, options.limits);
}

Site::~Site() {
  alpha.real_ledger.reset();
  bravo.real_ledger.reset();
  host_ledger.reset();
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

void Site::make_identities(Curve curve) {
  ci = must(testpki::TestCi::create(curve, "Test CI", clock, random));
  eum = must(ci->issue_eum({.eid_prefixes = {"89049032", "89049088"}}));
  dp_auth = must(ci->issue_server({.role = testpki::ServerRole::kDpAuth}));
  dp_pb = must(ci->issue_server({.role = testpki::ServerRole::kDpPb}));
  hsm.put_key("dpauth", dp_auth->key);
  hsm.put_key("dppb", dp_pb->key);
  const auto write = [&](const char* name, const testpki::Issued& issued) {
    std::ofstream(folder / name) << issued.certificate_pem();
    return folder / name;
  };
  tenancy::HostConfiguration host;
  host.certificate_issuers = {write("ci.pem", ci->issued())};
  host.smdp = {{{write("dpauth.pem", *dp_auth), "dpauth"}, {write("dppb.pem", *dp_pb), "dppb"}}};
  identities = must(trust::SmdpIdentities::load(host, hsm, clock.now_ms()));
  identities->open_keys(kOp);
  REQUIRE(identities->usable().size() == 1);
}

void Site::make_tenant(Tenant& tenant, const std::string& name, const SiteOptions& options) {
  const TenantId id = must(TenantId::parse(name));
  tenant.real_ledger = must(host_ledger->open_tenant(id));
  tenant.ledger = std::make_unique<ScriptedLedger>(*tenant.real_ledger);
  const auto key = must(vault::create_data_key(hsm, kOp, "kek", id, 1, random));
  tenant.vault = must(vault::Vault::open(id, hsm, kOp, "kek", {key}, tenant.store, random));
  tenancy::TenantConfiguration configuration{.source = {}, .id = id, .display_name = name};
  configuration.order_lifetime_ms = static_cast<std::uint64_t>(options.order_lifetime_ms);
  configuration.download_attempts_max = options.attempts_max;
  configuration.confirmation_attempts_max = options.code_attempts_max;
  // The clock stands still, and so would a rate.
  configuration.limits.set(tenancy::Limit::kEs2PerSecond, 100'000);
  if (options.configure) options.configure(configuration);
  tenant.context = std::make_unique<context::TenantContext>(
      context::TenantContext::Parts{.configuration = configuration,
                                    .route = *routes_->by_tenant(id),
                                    .routes = routes_,
                                    .policies = policies_,
                                    .ledger = *tenant.ledger,
                                    .vault = *tenant.vault,
                                    .hsm = hsm,
                                    .identities = *identities,
                                    .identity_hsm = hsm,
                                    .clock = clock,
                                    .random = random});
}

ProfileImport Site::sample_import(const std::string& type) {
  const std::uint64_t number = next_number_++;
  ProfileImport import;
  import.package = must(sample_profile::build({.iccid = sample_profile::numbered_iccid(number),
                                               .imsi = sample_profile::numbered_imsi(number),
                                               .mnc_digits = 2,
                                               .name = "Sample"},
                                              random));
  import.profile_type = type;
  import.service_provider_name = "Alpha";
  import.profile_name = "Sample";
  import.owner = tenancy::OperatorIdentity{must(MccMnc::parse("00101")), "", ""};
  return import;
}

Iccid Site::stock(const std::string& type) {
  return must(import_profile(tenant(), "test", sample_import(type))).iccid;
}

OrderAnswer Site::order(const std::function<void(OrderRequest&)>& shape) {
  OrderRequest request;
  request.requester = "test";
  request.identifier = "order-" + std::to_string(next_number_);
  if (shape) shape(request);
  if (!request.iccid) request.iccid = stock();
  return must(create_order(tenant(), "test", request));
}

Mark Site::mark(Tenant& tenant) {
  const auto head = must(tenant.ledger->head());
  return {head.last_event_sequence, head.last_audit_sequence};
}

std::string Site::told(Tenant& tenant, const Mark& since) {
  const auto events = must(tenant.ledger->events(since.event, 1000));
  const auto usage = must(tenant.ledger->usage(since.event, 1000));
  const auto audit = must(tenant.ledger->audit(since.audit, 1000));
  CHECK(usage.size() == events.size());
  for (std::size_t i = 0; i < std::min(events.size(), usage.size()); ++i) {
    CHECK(usage[i].sequence == events[i].sequence);
  }
  std::set<std::string> commits;
  for (const auto& record : audit) commits.insert(record.commit_id);
  CHECK(commits.size() == audit.size());  // one record for one commit
  return "events:" + listed(events, [](const auto& event) { return event.type; }) +
         "; usage:" + listed(usage, [](const auto& fact) { return fact.kind; }) +
         "; audit:" + listed(audit, [](const auto& record) { return record.type; });
}

std::vector<ledger::EventRecord> Site::events(const Mark& since) {
  return must(ledger().events(since.event, 1000));
}

std::vector<ledger::AuditRecord> Site::audit(const Mark& since) {
  return must(ledger().audit(since.audit, 1000));
}

std::string Site::state(const Iccid& iccid) {
  const auto profile = must(ledger().real().profile(iccid));
  return profile ? std::string(lifecycle::to_string(profile->state)) : "none";
}

ledger::OrderRecord Site::order_row(const std::string& order_id) {
  auto row = must(ledger().real().order(order_id));
  REQUIRE(row.has_value());
  return *row;
}

Phone::Phone(Site& at, std::string_view eid)
    : site(at), issued(must(at.eum->issue_euicc({.eid = std::string(eid)}))) {
  euicc::CardSetup setup;
  setup.credentials.push_back(
      {issued.certificate, to_bytes(issued.key_pem().view()), site.eum->issued().certificate});
  setup.ci_certificates = {site.ci->issued().certificate};
  card = must(euicc::Card::open(must(euicc::new_card(setup, site.clock.now_ms())), store,
                                site.random, site.clock));
}

rsp::sgp22::InitiateAuthenticationRequest Phone::initiate(const std::string& address) {
  const Bytes info = card->euicc_info1();
  return {card->euicc_challenge(), info, must(rsp::sgp22::parse_euicc_info1(info)), address};
}

rsp::sgp22::AuthenticateClientRequest Phone::authenticate(
    const rsp::sgp22::InitiateAuthenticationResponse& answer, const std::string& matching_id) {
  const auto response = must(card->authenticate_server({answer.server_signed1,
                                                        tlv(0x5F37, answer.server_signature1),
                                                        tlv(0x04, answer.euicc_ci_pk_id_to_be_used),
                                                        answer.server_certificate,
                                                        matching_id,
                                                        {must(from_hex("35290611")), {}}}));
  INFO((response.error ? euicc::to_string(*response.error) : "ok"));
  REQUIRE_FALSE(response.error.has_value());
  last_answer = response.der;
  return {answer.transaction_id,
          must(rsp::sgp22::parse_authenticate_server_response(response.der))};
}

rsp::sgp22::GetBoundProfilePackageRequest Phone::prepare(
    const rsp::sgp22::AuthenticateClientResponse& answer, const std::string& code) {
  euicc::PrepareDownloadRequest request{answer.smdp_signed2, tlv(0x5F37, answer.smdp_signature2),
                                        answer.smdp_certificate, std::nullopt};
  if (!code.empty()) {
    request.hash_cc = euicc::Card::hash_confirmation_code(code, answer.transaction_id);
  }
  const auto response = must(card->prepare_download(request));
  INFO((response.error ? euicc::to_string(*response.error) : "ok"));
  REQUIRE_FALSE(response.error.has_value());
  last_answer = response.der;
  return {answer.transaction_id, must(rsp::sgp22::parse_prepare_download_response(response.der))};
}

rsp::sgp22::HandleNotificationRequest Phone::install(
    const rsp::sgp22::GetBoundProfilePackageResponse& answer) {
  last_answer = must(card->load_bound_profile_package(answer.bound_profile_package)).der;
  return must(rsp::sgp22::parse_pending_notification(last_answer));
}

rsp::sgp22::CancelSessionRequest Phone::cancel(const TransactionId& transaction,
                                               std::uint8_t reason) {
  const auto answer = must(card->cancel_session(transaction, reason));
  REQUIRE_FALSE(answer.error.has_value());
  last_answer = answer.der;
  return {transaction, must(rsp::sgp22::parse_cancel_session_response(answer.der))};
}

rsp::sgp22::HandleNotificationRequest Phone::newest_notification() const {
  REQUIRE_FALSE(card->state().notifications.empty());
  return must(rsp::sgp22::parse_pending_notification(card->state().notifications.back().der));
}

rsp::sgp22::InitiateAuthenticationResponse Phone::initiated() {
  return must(site.es9->initiate_authentication(site.tenant(), "test", initiate()));
}

rsp::sgp22::AuthenticateClientResponse Phone::authenticated(const std::string& matching_id) {
  return must(
      site.es9->authenticate_client(site.tenant(), "test", authenticate(initiated(), matching_id)));
}

rsp::sgp22::GetBoundProfilePackageResponse Phone::bound(const std::string& matching_id) {
  return must(site.es9->get_bound_profile_package(site.tenant(), "test",
                                                  prepare(authenticated(matching_id))));
}

}  // namespace berth::smdpplus::testing
