#include "kernel/api/trial.h"

#include <nlohmann/json.hpp>

#include "kernel/api/answers.h"

namespace berth::api {

using nlohmann::json;
namespace {

constexpr std::chrono::seconds kTrialDeadline{30};

}  // namespace

plugins::Op trial_op(const Call& call, const context::TenantContext& tenant) {
  return {call.request.request_id, "", tenant.clock().monotonic() + kTrialDeadline};
}

Error unbound(const context::TenantContext& tenant, std::string_view slot) {
  return {ErrorCode::kNotFound, "api.slot_unbound",
          "tenant '" + tenant.id().text() + "' binds no " + std::string(slot) +
              "; bind a plugin in its file and restart the host"};
}

Result<std::string> trial_text(const json& object, const char* name, std::size_t max,
                               std::string_view absent, const std::string& where) {
  const auto found = object.find(name);
  if (found == object.end()) return std::string(absent);
  if (found->is_string()) {
    const auto& text = found->get_ref<const std::string&>();
    if (!text.empty() && text.size() <= max) return text;
  }
  return bad_request(where + "'" + name + "' must be text of 1 to " + std::to_string(max) +
                     " octets");
}

Result<std::int64_t> trial_number(const json& object, const char* name, std::int64_t min,
                                  std::int64_t max, std::int64_t absent, const std::string& where) {
  const auto found = object.find(name);
  if (found == object.end()) return absent;
  // A number past 63 bits is unsigned, and would be read as negative.
  const bool whole =
      found->is_number_integer() &&
      (!found->is_number_unsigned() || found->get<std::uint64_t>() <= std::uint64_t{INT64_MAX});
  const std::int64_t value = whole ? found->get<std::int64_t>() : 0;
  if (whole && value >= min && value <= max) return value;
  return bad_request(where + "'" + name + "' must be a whole number from " + std::to_string(min) +
                     " to " + std::to_string(max));
}

}  // namespace berth::api
