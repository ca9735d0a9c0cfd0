#include "tests/scenario/world.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "kernel/lifecycle/profile.h"
#include "kernel/smdpplus/orders.h"
#include "tests/postgres/postgres.h"
#include "tools/euicc/card_setup.h"
#include "tools/sample-profile/identity.h"
#include "tools/sample-profile/sample_profile.h"

namespace berth::scenario {
namespace {

namespace fs = std::filesystem;

void write_file(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
}

std::string read_file(const fs::path& path) {
  std::ifstream input(path, std::ios::binary);
  std::ostringstream text;
  text << input.rdbuf();
  return text.str();
}

template <class T, class E>
T unwrap(Result<T, E> result) {
  if (result) return std::move(*result);
  if constexpr (std::is_same_v<E, Error>) {
    throw std::runtime_error(result.error().message());
  } else {
    const auto& failure = result.error();
    if (const auto* refused = std::get_if<rsp::RspError>(&failure)) {
      throw std::runtime_error(refused->pair() + " " + refused->message);
    }
    throw std::runtime_error(std::get<Error>(failure).message());
  }
}

void must(const Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().message());
}

// The tenants' ranges and one that nobody manages.
std::vector<std::string> eum_prefixes(const std::vector<WorldTenant>& tenants) {
  std::vector<std::string> prefixes = {"89049077"};
  for (const WorldTenant& tenant : tenants) prefixes.push_back(tenant.eid_prefix);
  return prefixes;
}

fs::path fresh_folder() {
  std::string name = (fs::temp_directory_path() / "berth-scenario.XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  return name;
}

}  // namespace

World::World(const WorldOptions& options)
    : options_(options), tenants_(world_tenants(options)), folder_(fresh_folder()) {
  if (testing::on_postgres()) options_.postgres_schema = testing::fresh_schema();
  write_pki();
  write_configuration();
  start();
  if (!options_.import_keys) return;
  for (const Issuer& issuer : issuers_) {
    import_key(curve_name(issuer.curve) + "-dpauth", issuer.dp_auth);
    import_key(curve_name(issuer.curve) + "-dppb", issuer.dp_pb);
    if (options_.import_first_curve_only) break;
  }
}

void World::import_key(const std::string& reference, const testpki::Issued& issued) {
  const SecretBytes pem = issued.key_pem();
  must(host().import_key("test", reference, as_text(pem.view())));
}

World::~World() {
  beside_.reset();
  host_.reset();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

const WorldTenant& World::named(const std::string& id) const {
  for (const WorldTenant& tenant : tenants_) {
    if (tenant.id == id) return tenant;
  }
  throw std::runtime_error("no tenant " + id);
}

World::Issuer World::make_issuer(Curve curve) {
  auto ci = unwrap(testpki::TestCi::create(curve, "Scenario Test CI", clock_, random_));
  auto eum = unwrap(ci.issue_eum({.eid_prefixes = eum_prefixes(tenants_)}));
  auto dp_auth = unwrap(ci.issue_server({.role = testpki::ServerRole::kDpAuth}));
  auto dp_pb = unwrap(ci.issue_server({.role = testpki::ServerRole::kDpPb}));
  return {curve, std::move(ci), std::move(eum), std::move(dp_auth), std::move(dp_pb)};
}

World::Issuer World::published_issuer(Curve curve) const {
  const fs::path sgp26 = options_.published / "sgp26";
  const std::string suffix = curve == Curve::kP256 ? "NIST" : "BRP";
  const auto key = [&](const std::string& name) {
    return unwrap(testpki::key_from_pem(read_file(sgp26 / (name + suffix + ".pem"))));
  };
  const auto certificate = [&](const std::string& name) {
    return to_bytes(as_bytes(read_file(sgp26 / (name + suffix + ".der"))));
  };
  return {curve,
          unwrap(testpki::TestCi::load(certificate("CertificateIssuer/CERT_CI_ECDSA_"),
                                       key("CertificateIssuer/SK_CI_ECDSA_"), clock_, random_)),
          unwrap(testpki::TestEum::load(certificate("EUM/CERT_EUM_ECDSA_"),
                                        key("EUM/SK_EUM_ECDSA_"), clock_, random_)),
          {certificate("DPauth/CERT_S_SM_DPauth_ECDSA_"), key("DPauth/SK_S_SM_DPauth_ECDSA_")},
          {certificate("DPpb/CERT_S_SM_DPpb_ECDSA_"), key("DPpb/SK_S_SM_DPpb_ECDSA_")}};
}

World::Issuer& World::issuer(Curve curve) {
  for (Issuer& issuer : issuers_) {
    if (issuer.curve == curve) return issuer;
  }
  throw std::runtime_error("no issuer on this curve");
}

std::vector<Bytes> World::ci_certificates() const {
  std::vector<Bytes> certificates;
  for (const Issuer& issuer : issuers_) certificates.push_back(issuer.ci.issued().certificate);
  return certificates;
}

void World::write_pki() {
  for (const Curve curve : options_.curves) {
    issuers_.push_back(options_.published.empty() ? make_issuer(curve) : published_issuer(curve));
    const Issuer& made = issuers_.back();
    const std::string name = curve_name(curve);
    write_file(folder_ / "pki" / (name + "-ci.pem"), made.ci.issued().certificate_pem());
    write_file(folder_ / "pki" / (name + "-dpauth.pem"), made.dp_auth.certificate_pem());
    write_file(folder_ / "pki" / (name + "-dppb.pem"), made.dp_pb.certificate_pem());
  }
  for (const WorldTenant& tenant : tenants_) write_tls(tenant);
}

void World::write_tls(const WorldTenant& tenant, const std::vector<std::string>& further) {
  if (tenant.id == "alpha" && !options_.published.empty()) {
    // The folder named "Expired 2021" holds the one that is valid until 2030.
    const fs::path tls = options_.published / "sgp26/DPtls";
    const testpki::Issued issued{
        to_bytes(as_bytes(
            read_file(tls / "Old_TLS_Validity/Expired 2021" / "CERT_S_SM_DP_TLS_NIST.der"))),
        unwrap(testpki::key_from_pem(read_file(tls / "SK_S_SM_DP_TLS_NIST.pem")))};
    write_file(folder_ / "tls/alpha.pem", issued.certificate_pem());
    write_file(folder_ / "tls/alpha.key.pem", as_text(issued.key_pem().view()));
    return;
  }
  std::vector<std::string> names = {tenant.realm};
  names.insert(names.end(), further.begin(), further.end());
  const auto tls =
      unwrap(ci().issue_server({.role = testpki::ServerRole::kDpTls, .dns_names = names}));
  write_file(folder_ / "tls" / (tenant.id + ".pem"), tls.certificate_pem());
  write_file(folder_ / "tls" / (tenant.id + ".key.pem"), as_text(tls.key_pem().view()));
}

void World::write_configuration() {
  write_file(folder_ / "keys.hex", kMasterKeyHex);
  for (const char* sub : {"keys", "objects", "data"}) {
    fs::create_directories(folder_ / sub);
    fs::permissions(folder_ / sub, fs::perms::owner_all);
  }
  for (const ConfigurationFile& file : configuration_files(options_, tenants_)) {
    write_file(folder_ / file.name, file.text);
  }
}

void World::write_files_of(const std::string& tenant) {
  options_.later.erase(tenant);
  for (const ConfigurationFile& file : configuration_files(options_, tenants_)) {
    const bool its = file.name == "tenants/" + tenant + ".json" || file.name == "routes.json";
    if (its) write_file(folder_ / file.name, file.text);
  }
}

void World::start() { host_ = unwrap(host::Host::start(folder_ / "host.json", clock_, random_)); }

void World::stop() { host_.reset(); }

host::Host& World::start_beside() {
  beside_ = unwrap(host::Host::start(folder_ / "beside.json", clock_, random_));
  return *beside_;
}

void World::restart() {
  stop();
  start();
}

context::TenantContext& World::tenant(const std::string& id) {
  const auto found = host().tenants().find(unwrap(TenantId::parse(id)));
  if (found == nullptr) throw std::runtime_error("no tenant " + id);
  return *found;
}

std::unique_ptr<Phone> World::phone(const std::string& eid) {
  return phone(eid, host().es9_port());
}

std::unique_ptr<Phone> World::phone(const std::string& eid, std::uint16_t port) {
  return phone(unwrap(eum().issue_euicc({.eid = eid})), port);
}

std::unique_ptr<Phone> World::phone(const CardShape& shape) {
  euicc::CardSetup setup;
  for (const Curve curve : shape.signs) {
    const testpki::Issued card = unwrap(issuer(curve).eum.issue_euicc({.eid = shape.eid}));
    setup.credentials.push_back({card.certificate, to_bytes(card.key_pem().view()),
                                 issuer(curve).eum.issued().certificate});
    setup.issuers_only.push_back(issuer(curve).ci.issued().certificate);
  }
  for (const Curve curve : shape.verifies) {
    setup.ci_certificates.push_back(issuer(curve).ci.issued().certificate);
  }
  return std::make_unique<Phone>(unwrap(euicc::new_card(setup, clock_.now_ms())), ci_certificates(),
                                 host().es9_port(), clock_, random_);
}

std::unique_ptr<Phone> World::phone(const testpki::Issued& card, std::uint16_t port, Curve curve) {
  const SecretBytes key = card.key_pem();
  euicc::CardSetup setup;
  setup.credentials.push_back(
      {card.certificate, to_bytes(key.view()), issuer(curve).eum.issued().certificate});
  setup.ci_certificates = {issuer(curve).ci.issued().certificate};
  return std::make_unique<Phone>(unwrap(euicc::new_card(setup, clock_.now_ms())), ci_certificates(),
                                 port != 0 ? port : host().es9_port(), clock_, random_);
}

Iccid World::stock(const std::string& tenant_id, const Bytes* package) {
  const std::uint64_t number = next_number_++;
  smdpplus::ProfileImport import;
  import.profile_type = "sample";
  import.service_provider_name = "Test " + tenant_id;
  import.profile_name = "Sample";
  if (package != nullptr) {
    import.package = *package;
  } else {
    const std::string digits = std::to_string(number);
    const std::string imsi =
        named(tenant_id).mcc_mnc + std::string(10 - digits.size(), '0') + digits;
    import.package = unwrap(sample_profile::build({.iccid = sample_profile::numbered_iccid(number),
                                                   .imsi = imsi,
                                                   .mnc_digits = 2,
                                                   .name = "Sample"},
                                                  random_));
    import.owner =
        tenancy::OperatorIdentity{unwrap(MccMnc::parse(named(tenant_id).mcc_mnc)), "", ""};
  }
  return unwrap(smdpplus::import_profile(tenant(tenant_id), "test", import)).iccid;
}

smdpplus::OrderAnswer World::order(const std::string& tenant_id,
                                   const std::function<void(smdpplus::OrderRequest&)>& shape) {
  smdpplus::OrderRequest request;
  request.requester = "test";
  request.identifier = "order-" + std::to_string(next_number_);
  if (shape) shape(request);
  if (!request.iccid) request.iccid = stock(tenant_id);
  return unwrap(smdpplus::create_order(tenant(tenant_id), "test", request));
}

std::vector<ledger::EventRecord> World::events(const std::string& tenant_id) {
  return unwrap(tenant(tenant_id).ledger().events(0, 1000));
}

std::vector<ledger::AuditRecord> World::audit(const std::string& tenant_id) {
  return unwrap(tenant(tenant_id).ledger().audit(0, 1000));
}

std::string World::profile_state(const std::string& tenant_id, const Iccid& iccid) {
  const auto profile = unwrap(tenant(tenant_id).ledger().profile(iccid));
  return profile ? std::string(lifecycle::to_string(profile->state)) : "";
}

}  // namespace berth::scenario
