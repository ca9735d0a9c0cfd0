#include <nlohmann/json.hpp>

#include "kernel/tenancy/configuration_files.h"
#include "kernel/tenancy/documents.h"
#include "kernel/tenancy/schemas.h"

namespace berth::tenancy {

using nlohmann::json;

Result<TenantConfiguration> read_tenant_file(const std::filesystem::path& file) {
  const std::string source = file.string();
  const Document document{source, "configuration.invalid", tenant_schema()};
  BERTH_TRY(text, read_document(file, kMaxConfigurationBytes));
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
  const json& tls = value.at("tls");
  tenant.tls = {resolved(file, tls.at("certificateChain").get<std::string>()),
                resolved(file, tls.at("privateKey").get<std::string>())};
  if (value.contains("hsm")) tenant.hsm = plugin_binding(value.at("hsm"), file);
  if (value.contains("storage")) tenant.storage = plugin_binding(value.at("storage"), file);
  tenant.order_lifetime_ms = value.value("orderLifetimeMs", tenant.order_lifetime_ms);
  tenant.download_attempts_max = value.value("downloadAttemptsMax", tenant.download_attempts_max);
  tenant.confirmation_attempts_max =
      value.value("confirmationAttemptsMax", tenant.confirmation_attempts_max);
  return tenant;
}

}  // namespace berth::tenancy
