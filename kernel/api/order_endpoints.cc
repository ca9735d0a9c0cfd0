#include <nlohmann/json.hpp>

#include "kernel/api/answers.h"
#include "kernel/api/endpoints.h"
#include "kernel/api/json_request.h"

namespace berth::api {
namespace {

constexpr std::size_t kMaxIdentifierOctets = 128;
constexpr std::size_t kMaxTypeOctets = 64;
constexpr std::size_t kMaxConfirmationCodeOctets = 64;
constexpr std::size_t kMaxCodeOctets = 255;

Result<smdpplus::OrderRequest> read_order(std::string_view text) {
  BERTH_TRY(body, JsonRequest::parse(text, {"identifier", "profileType", "iccid", "eid",
                                            "matchingId", "confirmationCode", "correlationId"}));
  smdpplus::OrderRequest order;
  order.requester = "operator";
  BERTH_TRY(identifier, body.text("identifier", kMaxIdentifierOctets));
  BERTH_TRY(type, body.optional_text("profileType", kMaxTypeOctets));
  BERTH_TRY(correlation, body.optional_text("correlationId", kMaxIdentifierOctets));
  BERTH_TRY(confirmation, body.optional_text("confirmationCode", kMaxConfirmationCodeOctets));
  order.identifier = std::move(identifier);
  order.profile_type = std::move(type);
  order.correlation_id = std::move(correlation);
  order.confirmation_code = std::move(confirmation);
  if (body.has("iccid")) {
    BERTH_TRY(typed, body.text("iccid", 20));
    BERTH_TRY(iccid, parse_typed_iccid(typed));
    order.iccid = iccid;
  }
  if (body.has("eid")) {
    BERTH_TRY(typed, body.text("eid", 64));
    BERTH_TRY(eid, parse_typed_eid(typed));
    order.eid = eid;
  }
  if (body.has("matchingId")) {
    BERTH_TRY(typed, body.text("matchingId", kMaxCodeOctets));
    BERTH_TRY(matching_id, MatchingId::parse(typed));
    order.matching_id = matching_id;
  }
  if (!order.iccid && order.profile_type.empty()) {
    return bad_request("one of 'profileType' and 'iccid' is needed");
  }
  return order;
}

}  // namespace

ingress::HttpResponse create_order(const Call& call, context::TenantContext& tenant) {
  const Result<smdpplus::OrderRequest> order = read_order(call.request.body);
  if (!order) return refuse(order.error());
  const auto placed = call.services.create_order(tenant, call.request.request_id, *order);
  if (!placed) return refuse(placed.error());
  return answer({{"orderId", placed->order_id},
                 {"iccid", placed->iccid.text()},
                 {"matchingId", placed->matching_id.text()},
                 {"activationCode", placed->activation_code},
                 {"expiresAt", to_rfc3339(placed->expires_ms)}},
                201);
}

}  // namespace berth::api
