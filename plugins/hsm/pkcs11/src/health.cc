#include "health.h"

#include <nlohmann/json.hpp>

namespace pkcs11 {

berth::sdk::Health health_of(const Config& config, const TokenState& state) {
  nlohmann::json detail = {{"token", token_name(config)},
                           {"sessions", state.sessions},
                           {"calls", state.in_use},
                           {"oldestCallMs", state.oldest_call_ms}};
  if (!state.trouble.empty()) detail["trouble"] = state.trouble;
  if (config.fips140) {
    detail["fips140"] = {{"standard", config.fips140->standard}, {"level", config.fips140->level}};
    if (!config.fips140->certificate.empty()) {
      detail["fips140"]["certificate"] = config.fips140->certificate;
    }
  }
  berth::sdk::Health health;
  health.state = !state.serving ? BERTH_HEALTH_NOT_SERVING
                 : state.stuck  ? BERTH_HEALTH_DEGRADED
                                : BERTH_HEALTH_SERVING;
  // A label may hold octets that are no UTF-8.
  health.detail_json = detail.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return health;
}

}  // namespace pkcs11
