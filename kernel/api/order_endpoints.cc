#include <nlohmann/json.hpp>

#include "kernel/api/answers.h"
#include "kernel/api/endpoints.h"
#include "kernel/api/json_request.h"

namespace berth::api {
namespace {

using nlohmann::ordered_json;

constexpr const char* kRequester = "operator";
constexpr std::size_t kMaxIdentifierOctets = 128;
constexpr std::size_t kMaxTypeOctets = 64;
constexpr std::size_t kMaxConfirmationCodeOctets = 64;
constexpr std::size_t kMaxCodeOctets = 255;
constexpr std::int64_t kMaxLifetimeMs = 366LL * 24 * 60 * 60 * 1000;

Result<std::optional<Eid>> read_eid(const JsonRequest& body) {
  if (!body.has("eid")) return std::optional<Eid>();
  BERTH_TRY(typed, body.text("eid", 64));
  BERTH_TRY(eid, parse_typed_eid(typed));
  return std::optional(eid);
}

Result<std::optional<MatchingId>> read_matching_id(const JsonRequest& body) {
  if (!body.has("matchingId")) return std::optional<MatchingId>();
  BERTH_TRY(typed, body.text("matchingId", kMaxCodeOctets));
  BERTH_TRY(matching_id, MatchingId::parse(typed));
  return std::optional(matching_id);
}

Result<std::optional<smdpplus::OrderPreset>> read_preset(const JsonRequest& body) {
  if (!body.has("preset")) return std::optional<smdpplus::OrderPreset>();
  BERTH_TRY(preset, body.object("preset", {"expired", "attemptsUsedUp", "codeAttemptsUsedUp"}));
  BERTH_TRY(expired, preset.boolean("expired", false));
  BERTH_TRY(attempts, preset.boolean("attemptsUsedUp", false));
  BERTH_TRY(code_attempts, preset.boolean("codeAttemptsUsedUp", false));
  return std::optional(smdpplus::OrderPreset{expired, attempts, code_attempts});
}

// When it ends and in which state it begins.
Result<void> read_terms(const JsonRequest& body, smdpplus::OrderRequest& order) {
  BERTH_TRY(default_use, body.boolean("defaultUse", false));
  BERTH_TRY(release, body.boolean("release", true));
  order.default_use = default_use;
  order.release = release;
  if (body.has("lifetimeMs")) {
    BERTH_TRY(lifetime, body.number("lifetimeMs", kMaxLifetimeMs));
    order.lifetime_ms = static_cast<std::uint64_t>(lifetime);
  }
  if (body.has("expiresAt")) {
    BERTH_TRY(expires, body.time("expiresAt"));
    order.expires_ms = expires;
  }
  BERTH_TRY(preset, read_preset(body));
  order.preset = preset;
  return {};
}

Result<smdpplus::OrderRequest> read_order(std::string_view text) {
  BERTH_TRY(body,
            JsonRequest::parse(text, {"identifier", "profileType", "iccid", "eid", "matchingId",
                                      "confirmationCode", "correlationId", "defaultUse", "release",
                                      "lifetimeMs", "expiresAt", "preset"}));
  smdpplus::OrderRequest order;
  order.requester = kRequester;
  BERTH_TRY(identifier, body.text("identifier", kMaxIdentifierOctets));
  BERTH_TRY(type, body.optional_text("profileType", kMaxTypeOctets));
  BERTH_TRY(correlation, body.optional_text("correlationId", kMaxIdentifierOctets));
  BERTH_TRY(confirmation, body.optional_text("confirmationCode", kMaxConfirmationCodeOctets));
  BERTH_TRY(eid, read_eid(body));
  BERTH_TRY(matching_id, read_matching_id(body));
  order.identifier = std::move(identifier);
  order.profile_type = std::move(type);
  order.correlation_id = std::move(correlation);
  order.confirmation_code = std::move(confirmation);
  order.eid = eid;
  order.matching_id = std::move(matching_id);
  if (body.has("iccid")) {
    BERTH_TRY(typed, body.text("iccid", 20));
    BERTH_TRY(iccid, parse_typed_iccid(typed));
    order.iccid = iccid;
  }
  BERTH_TRY_VOID(read_terms(body, order));
  if (!order.iccid && order.profile_type.empty()) {
    return bad_request("one of 'profileType' and 'iccid' is needed");
  }
  return order;
}

ordered_json describe(const smdpplus::OrderAnswer& order) {
  return {{"orderId", order.order_id},
          {"iccid", order.iccid.text()},
          {"matchingId", order.matching_id.text()},
          {"activationCode", order.activation_code},
          {"expiresAt", to_rfc3339(order.expires_ms)},
          {"state", order.state}};
}

ingress::HttpResponse tell(const Result<smdpplus::OrderState, smdpplus::Failure>& done) {
  if (!done) return refuse(done.error());
  return answer(
      {{"orderId", done->order_id}, {"iccid", done->iccid.text()}, {"state", done->state}});
}

Result<smdpplus::OrderCall> read_call(const JsonRequest& body, std::string_view key) {
  BERTH_TRY(identifier, body.text("identifier", kMaxIdentifierOctets));
  return smdpplus::OrderCall{kRequester, std::move(identifier), std::string(key)};
}

Result<smdpplus::ReorderRequest> read_reorder(std::string_view text, std::string_view key) {
  BERTH_TRY(body,
            JsonRequest::parse(text, {"identifier", "eid", "matchingId", "confirmationCode",
                                      "keepConfirmationCode", "correlationId", "defaultUse"}));
  smdpplus::ReorderRequest again;
  BERTH_TRY(call, read_call(body, key));
  BERTH_TRY(eid, read_eid(body));
  BERTH_TRY(matching_id, read_matching_id(body));
  BERTH_TRY(confirmation, body.optional_text("confirmationCode", kMaxConfirmationCodeOctets));
  BERTH_TRY(keep, body.boolean("keepConfirmationCode", false));
  BERTH_TRY(correlation, body.optional_text("correlationId", kMaxIdentifierOctets));
  BERTH_TRY(default_use, body.boolean("defaultUse", false));
  if (default_use && matching_id) {
    return bad_request("'defaultUse' and 'matchingId' contradict each other");
  }
  again.call = std::move(call);
  again.eid = eid;
  again.matching_id = std::move(matching_id);
  again.confirmation_code = std::move(confirmation);
  again.keep_confirmation_code = keep;
  again.correlation_id = std::move(correlation);
  again.default_use = default_use;
  return again;
}

}  // namespace

ingress::HttpResponse create_order(const Call& call, context::TenantContext& tenant) {
  const Result<smdpplus::OrderRequest> order = read_order(call.request.body);
  if (!order) return refuse(order.error());
  const auto placed = call.services.create_order(tenant, call.request.request_id, *order);
  if (!placed) return refuse(placed.error());
  return answer(describe(*placed), 201);
}

ingress::HttpResponse find_order(const Call& call, context::TenantContext& tenant) {
  const std::string identifier(call.query.text("identifier"));
  if (identifier.empty() || identifier.size() > kMaxIdentifierOctets) {
    return refuse(bad_request("'identifier' of the query is what the order was placed with"));
  }
  const auto found = call.services.find_order(tenant, kRequester, identifier);
  if (!found) return refuse(found.error());
  if (!*found) {
    return refuse(Error(ErrorCode::kNotFound, "order.unknown",
                        "no order was placed here under that identifier"));
  }
  return answer(describe(**found));
}

ingress::HttpResponse cancel_order(const Call& call, context::TenantContext& tenant,
                                   std::string_view key) {
  const auto body = JsonRequest::parse(call.request.body, {"identifier", "profile"});
  if (!body) return refuse(body.error());
  const auto step = read_call(*body, key);
  if (!step) return refuse(step.error());
  const auto profile = body->text("profile", 16);
  if (!profile) return refuse(profile.error());
  if (*profile != "Available" && *profile != "Unavailable") {
    return refuse(
        bad_request("'profile' is \"Available\" (may be ordered again) or "
                    "\"Unavailable\""));
  }
  return tell(call.services.cancel_order(tenant, *step, *profile == "Available"));
}

ingress::HttpResponse release_order(const Call& call, context::TenantContext& tenant,
                                    std::string_view key) {
  const auto body = JsonRequest::parse(call.request.body, {"identifier"});
  if (!body) return refuse(body.error());
  const auto step = read_call(*body, key);
  if (!step) return refuse(step.error());
  return tell(call.services.release_order(tenant, *step));
}

ingress::HttpResponse reorder(const Call& call, context::TenantContext& tenant,
                              std::string_view key) {
  const auto again = read_reorder(call.request.body, key);
  if (!again) return refuse(again.error());
  const auto placed = call.services.reorder(tenant, *again);
  if (!placed) return refuse(placed.error());
  return answer(describe(*placed), 201);
}

}  // namespace berth::api
