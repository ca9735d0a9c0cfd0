#include <nlohmann/json.hpp>

#include "kernel/api/answers.h"
#include "kernel/api/endpoints.h"
#include "kernel/api/json_request.h"
#include "kernel/api/personalisation.h"
#include "kernel/base/secret_bytes.h"
#include "kernel/saip/package.h"

namespace berth::api {
namespace {

using nlohmann::ordered_json;

constexpr std::int64_t kDefaultPage = 100;
constexpr std::int64_t kMaxPage = 1000;
constexpr std::size_t kMaxTypeOctets = 64;
constexpr std::size_t kMaxNameOctets = 64;  // SGP.22: serviceProviderName 32, profileName 64
constexpr std::size_t kMaxGidOctets = 64;

Result<std::optional<tenancy::OperatorIdentity>> read_owner(const JsonRequest& body) {
  BERTH_TRY(mcc_mnc, body.optional_text("mccMnc", 6));
  BERTH_TRY(gid1, body.optional_text("gid1", kMaxGidOctets));
  BERTH_TRY(gid2, body.optional_text("gid2", kMaxGidOctets));
  if (mcc_mnc.empty()) {
    if (!gid1.empty() || !gid2.empty()) return bad_request("'gid1' and 'gid2' need 'mccMnc'");
    return std::optional<tenancy::OperatorIdentity>();
  }
  BERTH_TRY(parsed, MccMnc::parse(mcc_mnc));
  tenancy::OperatorIdentity owner{parsed, "", ""};
  if (!gid1.empty()) {
    BERTH_TRY(octets, from_hex(gid1));
    owner.gid1_hex = to_hex(octets);
  }
  if (!gid2.empty()) {
    BERTH_TRY(octets, from_hex(gid2));
    owner.gid2_hex = to_hex(octets);
  }
  return std::optional(std::move(owner));
}

// The package, or the one that the template in its place and the subscriber's values make.
Result<Bytes> read_package(const JsonRequest& body) {
  BERTH_TRY(values, read_personalisation(body));
  BERTH_TRY(package, body.text("package", kMaxRequestBytes));
  BERTH_TRY(octets, from_base64(package));
  if (!values) return std::move(octets);
  auto personalised = saip::personalise(octets, *values);
  wipe(octets);
  return personalised;
}

Result<smdpplus::ProfileImport> read_import(std::string_view text) {
  BERTH_TRY(body,
            JsonRequest::parse(text, {"package", "profileType", "serviceProviderName",
                                      "profileName", "mccMnc", "gid1", "gid2", "personalisation"}));
  smdpplus::ProfileImport import;
  BERTH_TRY(type, body.text("profileType", kMaxTypeOctets));
  // A type that is defined says both.
  BERTH_TRY(provider, body.optional_text("serviceProviderName", kMaxNameOctets));
  BERTH_TRY(name, body.optional_text("profileName", kMaxNameOctets));
  BERTH_TRY(owner, read_owner(body));
  BERTH_TRY(octets, read_package(body));
  import.profile_type = std::move(type);
  import.service_provider_name = std::move(provider);
  import.profile_name = std::move(name);
  import.owner = std::move(owner);
  import.package = std::move(octets);
  return import;
}

ordered_json describe(const ledger::ProfileRecord& profile) {
  ordered_json one{{"iccid", profile.iccid.text()},
                   {"state", lifecycle::to_string(profile.state)},
                   {"profileType", profile.profile_type},
                   {"serviceProviderName", profile.service_provider_name},
                   {"profileName", profile.profile_name},
                   {"packageBytes", profile.package.size_bytes},
                   {"changedAt", to_rfc3339_ms(profile.changed_ms)}};
  if (profile.eid) one["eid"] = std::string(profile.eid->text());
  if (profile.owner_mcc_mnc) one["mccMnc"] = profile.owner_mcc_mnc->text();
  if (!profile.order_id.empty()) one["orderId"] = profile.order_id;
  return one;
}

// What an import would meet: a sound package, and whether its ICCID is in stock already.
ingress::HttpResponse check_import(const smdpplus::ProfileImport& import,
                                   context::TenantContext& tenant) {
  const auto package = saip::validate(import.package);
  if (!package) return refuse(package.error());
  const auto known = tenant.ledger().profile(package->iccid);
  if (!known) return refuse(known.error());
  return answer({{"iccid", package->iccid.text()}, {"exists", known->has_value()}});
}

}  // namespace

ingress::HttpResponse import_profile(const Call& call, context::TenantContext& tenant) {
  Result<smdpplus::ProfileImport> import = read_import(call.request.body);
  if (!import) return refuse(import.error());
  const std::string_view dry = call.query.text("dryRun");
  if (!dry.empty()) {
    auto checked = dry == "true" ? check_import(*import, tenant)
                                 : refuse(bad_request("'dryRun' is true or left out"));
    wipe(import->package);
    return checked;
  }
  const auto imported = call.services.import_profile(tenant, call.request.request_id, *import);
  wipe(import->package);  // it holds the subscriber's keys
  if (!imported) return refuse(imported.error());
  ordered_json elements = ordered_json::array();
  for (const saip::Element& element : imported->elements) {
    elements.push_back({{"name", element.name},
                        {"offset", element.offset},
                        {"bytes", element.size_bytes},
                        {"mandated", element.mandated}});
  }
  return answer({{"iccid", imported->iccid.text()},
                 {"saipVersion", imported->saip_version},
                 {"elements", std::move(elements)}},
                201);
}

ingress::HttpResponse list_profiles(const Call& call, context::TenantContext& tenant) {
  const Result<std::int64_t> max = call.query.number("max", kDefaultPage, kMaxPage);
  if (!max) return refuse(max.error());
  const auto profiles =
      tenant.ledger().profiles(call.query.text("after"), static_cast<std::size_t>(*max));
  if (!profiles) return refuse(profiles.error());
  ordered_json list = ordered_json::array();
  for (const ledger::ProfileRecord& profile : *profiles) list.push_back(describe(profile));
  const std::string next = profiles->empty() ? "" : profiles->back().iccid.text();
  return answer({{"profiles", std::move(list)}, {"next", next}});
}

}  // namespace berth::api
