#include "kernel/plugins/config_check.h"

#include <nlohmann/json.hpp>

#include "kernel/documents/documents.h"

namespace berth::plugins {

Result<void> check_config(const Module& module, const InstanceOptions& options) {
  const std::string& schema = module.plugin().config_schema();
  if (schema.empty()) return {};
  const std::string source = "configuration of " + std::string(module.id()) + " (" +
                             options.tenant + "/" + options.name + ")";
  const documents::Document document{source, "plugin.config", schema, true};
  BERTH_TRY(value, documents::parse_document(options.config_json, document));
  return documents::check_schema(value, document);
}

}  // namespace berth::plugins
