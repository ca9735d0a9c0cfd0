#include <nlohmann/json.hpp>

#include "kernel/tenancy/configuration_files.h"
#include "kernel/tenancy/limits_json.h"
#include "kernel/tenancy/schemas.h"

namespace berth::tenancy {

using nlohmann::json;
namespace {

Result<ProgressEndpoint> progress_endpoint(const json& progress, const std::filesystem::path& file,
                                           const Document& document) {
  ProgressEndpoint endpoint;
  endpoint.url = progress.at("url").get<std::string>();
  if (!is_https_url(endpoint.url)) {
    return refuse(document, "progress.url", "not a URL of the form https://host[:port]/path");
  }
  endpoint.client = tls_identity(progress.at("client"), file);
  if (progress.contains("serverCa")) {
    endpoint.server_ca = resolved(file, progress.at("serverCa").get<std::string>());
  } else if (!progress.contains("serverPins")) {
    return refuse(document, "progress",
                  "neither serverCa nor serverPins; the operator's server would not be verified");
  }
  BERTH_TRY(pins, read_pins(progress.value("serverPins", json::array()), "progress.serverPins",
                            document));
  endpoint.server_pins = std::move(pins);
  endpoint.requester_identifier = progress.at("requesterIdentifier").get<std::string>();
  endpoint.points = progress.value("points", endpoint.points);
  return endpoint;
}

}  // namespace

Result<TenantConfiguration> read_tenant_file(const std::filesystem::path& file,
                                             const LimitSettings& limits) {
  const std::string source = file.string();
  const Document document{source, "configuration.invalid", tenant_schema()};
  BERTH_TRY(text, read_document(file, kMaxConfigurationBytes, kUnreadable));
  BERTH_TRY(value, parse_document(text, document));
  BERTH_TRY_VOID(check_schema(value, document));
  auto id = TenantId::parse(value.at("tenantId").get_ref<const std::string&>());
  if (!id) return refuse(document, "tenantId", id.error().message());

  TenantConfiguration tenant{.source = file,
                             .id = *std::move(id),
                             .display_name = value.at("displayName").get<std::string>()};
  if (value.value("eidPolicy", "managed") == "consumer-open") {
    tenant.eid_policy = EidPolicy::kConsumerOpen;
  }
  BERTH_TRY(place, read_place(value, file, document));
  tenant.place = std::move(place);
  tenant.limits = limits;
  tenant.policies = tenant_policies(value.value("policies", json::object()));
  if (tenant.place.topology != Topology::kShared) return tenant;
  tenant.tls = tls_identity(value.at("tls"), file);
  for (const json& tls : value.value("tlsAlternatives", json::array())) {
    tenant.tls_alternatives.push_back(tls_identity(tls, file));
  }
  if (value.contains("hsm")) tenant.hsm = plugin_binding(value.at("hsm"), file);
  if (value.contains("hsmNext")) tenant.hsm_next = plugin_binding(value.at("hsmNext"), file);
  if (value.contains("storage")) tenant.storage = plugin_binding(value.at("storage"), file);
  if (value.contains("registrar")) tenant.registrar = plugin_binding(value.at("registrar"), file);
  if (value.contains("rating")) tenant.rating = plugin_binding(value.at("rating"), file);
  if (value.contains("bss")) tenant.bss = plugin_binding(value.at("bss"), file);
  tenant.order_lifetime_ms = value.value("orderLifetimeMs", tenant.order_lifetime_ms);
  tenant.download_attempts_max = value.value("downloadAttemptsMax", tenant.download_attempts_max);
  tenant.confirmation_attempts_max =
      value.value("confirmationAttemptsMax", tenant.confirmation_attempts_max);
  if (value.contains("progress")) {
    BERTH_TRY(progress, progress_endpoint(value.at("progress"), file, document));
    tenant.progress = std::move(progress);
  }
  tenant.attempt_timeout_ms = value.value("attemptTimeoutMs", tenant.attempt_timeout_ms);
  tenant.rearm_after_error_max = value.value("rearmAfterErrorMax", tenant.rearm_after_error_max);
  tenant.ineligible_ends_order = value.value("ineligibleEndsOrder", tenant.ineligible_ends_order);
  tenant.rebind_with_new_key = value.value("rebindWithNewKey", tenant.rebind_with_new_key);
  if (value.value("protectionKeys", "random") == "session") {
    tenant.protection_keys = ProtectionKeys::kSession;
  }
  BERTH_TRY(cards, sandbox_cards(value.value("sandbox", json::object()), document));
  tenant.sandbox_eids = std::move(cards);
  BERTH_TRY(own_limits, changed_limits(limits, value.value("limits", json::object())));
  tenant.limits = own_limits;
  return tenant;
}

}  // namespace berth::tenancy
