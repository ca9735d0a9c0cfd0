// Orders: reserve, confirm and release one profile in one commit, at most once per identifier.

#include "kernel/smdpplus/orders.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "kernel/lifecycle/profile.h"
#include "kernel/rsp/sgp22/activation_code.h"
#include "kernel/smdpplus/commit.h"
#include "kernel/smdpplus/drafts.h"

namespace berth::smdpplus {
namespace {

constexpr std::string_view kFunction = "createOrder";
constexpr std::size_t kMaxIdentifier = 128;
constexpr std::size_t kMaxConfirmationCode = 64;

Failure fail(ErrorCode code, std::string_view reason, std::string message) {
  return Error(code, reason, std::move(message));
}

// The canonical request: every field with its length, so that no two requests read alike.
Sha256 body_hash(const OrderRequest& request) {
  Sha256Stream digest;
  const auto add = [&](std::string_view field) {
    digest.update(as_bytes(std::to_string(field.size()) + ":")).update(as_bytes(field));
  };
  add(request.iccid ? request.iccid->text() : "");
  add(request.profile_type);
  add(request.eid ? request.eid->text() : "");
  add(request.matching_id ? request.matching_id->text() : "");
  add(request.confirmation_code);
  add(request.correlation_id);
  return digest.finish();
}

std::string answer_purpose(const ledger::IdempotencyKey& key) {
  return "answer/" + key.requester + "/" + key.function + "/" + key.identifier;
}

std::string encode_answer(const OrderAnswer& answer) {
  return nlohmann::json{{"orderId", answer.order_id},
                        {"iccid", answer.iccid.text()},
                        {"matchingId", answer.matching_id.text()},
                        {"activationCode", answer.activation_code},
                        {"expiresMs", answer.expires_ms}}
      .dump();
}

Result<OrderAnswer, Failure> decode_answer(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const Error damaged(ErrorCode::kDataLoss, "order.answer_damaged",
                      "the stored answer of this order cannot be read");
  if (!json.is_object()) return Failure(damaged);
  const auto iccid = Iccid::parse(json.value("iccid", ""));
  const auto matching_id = MatchingId::parse(json.value("matchingId", ""));
  if (!iccid || !matching_id) return Failure(damaged);
  return OrderAnswer{json.value("orderId", ""), *iccid, *matching_id,
                     json.value("activationCode", ""), json.value("expiresMs", UnixMs{0})};
}

class Ordering {
 public:
  Ordering(context::TenantContext& tenant, const OrderRequest& request)
      : tenant_(tenant),
        request_(request),
        key_{request.requester, std::string(kFunction), request.identifier},
        body_sha256_(body_hash(request)) {}

  Result<void, Failure> check_request() const {
    if (request_.identifier.empty() || request_.identifier.size() > kMaxIdentifier) {
      return fail(ErrorCode::kInvalidArgument, "order.identifier_invalid",
                  "an order carries the requester's own identifier of 1 to 128 characters");
    }
    if (!request_.iccid && request_.profile_type.empty()) {
      return fail(ErrorCode::kInvalidArgument, "order.profile_missing",
                  "name the profile by iccid or by profileType");
    }
    if (request_.confirmation_code.size() > kMaxConfirmationCode) {
      return fail(ErrorCode::kInvalidArgument, "order.confirmation_code_invalid",
                  "a confirmation code has at most 64 characters");
    }
    if (request_.eid) {
      if (const auto confirmed = tenant_.confirm(*request_.eid); !confirmed) {
        return fail(ErrorCode::kPermissionDenied, "order.foreign_eid",
                    "this tenant does not serve that EID (" + confirmed.error().route + "); " +
                        confirmed.error().message);
      }
    }
    return {};
  }

  // The answer given before to the same (requester, identifier), if any.
  Result<std::optional<OrderAnswer>, Failure> earlier_answer() const {
    auto stored = tenant_.ledger().stored_answer(key_);
    if (!stored) return Failure(std::move(stored).error());
    if (!*stored) return std::optional<OrderAnswer>();
    if ((*stored)->body_sha256 != body_sha256_) {
      return fail(ErrorCode::kAlreadyExists, "order.identifier_reused",
                  "identifier '" + request_.identifier +
                      "' was used for another order; choose a new identifier");
    }
    auto opened = tenant_.vault().unseal(answer_purpose(key_), (*stored)->sealed_answer);
    if (!opened) return Failure(std::move(opened).error());
    auto answer = decode_answer(as_text(opened->view()));
    if (!answer) return std::move(answer).error();
    return std::optional<OrderAnswer>(std::move(*answer));
  }

  Result<ledger::ProfileRecord, Failure> choose_profile() const {
    if (!request_.iccid) {
      auto any = tenant_.ledger().available_profile(request_.profile_type);
      if (!any) return Failure(std::move(any).error());
      if (!*any) {
        return fail(ErrorCode::kNotFound, "order.out_of_stock",
                    "no profile of type '" + request_.profile_type +
                        "' is available; import more with: berthctl profile import");
      }
      return **any;
    }
    auto profile = tenant_.ledger().profile(*request_.iccid);
    if (!profile) return Failure(std::move(profile).error());
    if (!*profile) {
      return fail(ErrorCode::kNotFound, "order.unknown_profile",
                  "this tenant has no profile with that ICCID");
    }
    if (!request_.profile_type.empty() && (*profile)->profile_type != request_.profile_type) {
      return fail(ErrorCode::kInvalidArgument, "order.profile_type_mismatch",
                  "the profile with that ICCID is of type '" + (*profile)->profile_type + "'");
    }
    return **profile;
  }

  // Everything the commit writes, and the answer it promises.
  Result<std::pair<ledger::Unit, OrderAnswer>, Failure> make_unit(
      const ledger::ProfileRecord& from) const {
    auto released = release(from);
    if (!released) return std::move(released).error();
    const UnixMs now = tenant_.clock().now_ms();
    const MatchingId matching_id = request_.matching_id
                                       ? *request_.matching_id
                                       : rsp::sgp22::generate_matching_id(tenant_.random());
    ledger::OrderRecord order{
        .order_id = tenant_.random().uuid(),
        .iccid = from.iccid,
        .matching_id = matching_id,
        .eid = request_.eid,
        .correlation_id =
            request_.correlation_id.empty() ? request_.identifier : request_.correlation_id,
        .expires_ms = now + static_cast<UnixMs>(tenant_.configuration().order_lifetime_ms),
        .attempts_max = tenant_.configuration().download_attempts_max,
        .confirmation_code_sha256 = std::nullopt,
        .code_attempts_max = tenant_.configuration().confirmation_attempts_max,
        .created_ms = now};
    if (!request_.confirmation_code.empty()) {
      order.confirmation_code_sha256 = sha256(as_bytes(request_.confirmation_code));
    }
    released->order_id = order.order_id;
    auto answer = make_answer(order);
    if (!answer) return std::move(answer).error();
    return std::pair(story(std::move(*released), from.revision, order, *answer),
                     std::move(*answer));
  }

 private:
  // Available → Released through the lifecycle table; anything else is refused.
  Result<ledger::ProfileRecord, Failure> release(const ledger::ProfileRecord& from) const {
    using lifecycle::ProfileInput;
    const auto reserved = lifecycle::apply(
        from.state, request_.eid ? ProfileInput::kOrderForEid : ProfileInput::kOrder);
    if (!reserved) {
      return fail(ErrorCode::kFailedPrecondition, "order.profile_not_available",
                  "the profile is " + std::string(lifecycle::to_string(from.state)) +
                      ", not Available; order another one");
    }
    const auto released = lifecycle::apply(reserved->next, ProfileInput::kConfirmAndRelease);
    BERTH_ASSERT(released.ok());
    ledger::ProfileRecord next = from;
    next.state = released->next;
    next.eid = request_.eid;
    next.revision += 1;
    return next;
  }

  Result<OrderAnswer, Failure> make_answer(const ledger::OrderRecord& order) const {
    std::string address = tenant_.realm().text();
    // Upper case fits a QR code's alphanumeric mode; names compare without case.
    std::transform(address.begin(), address.end(), address.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    rsp::sgp22::ActivationCode code{
        .smdp_address = address,
        .matching_id = order.matching_id,
        .smdp_oid = {},
        .confirmation_code_required = order.confirmation_code_sha256.has_value()};
    auto text = code.text();
    if (!text) return Failure(std::move(text).error());
    return OrderAnswer{order.order_id, order.iccid, *order.matching_id, *text, order.expires_ms};
  }

  ledger::Unit story(ledger::ProfileRecord released, std::int64_t from_revision,
                     const ledger::OrderRecord& order, const OrderAnswer& answer) const {
    ledger::Unit unit;
    unit.commit_id = new_commit_id(tenant_.random());
    unit.changes = {ledger::UpdateProfile{std::move(released), from_revision},
                    ledger::InsertOrder{order}};
    unit.event = event_draft(tenant_, "downloadOrdered",
                             {.correlation_id = order.correlation_id,
                              .order_id = order.order_id,
                              .eid = order.eid,
                              .iccid = order.iccid,
                              .stage = {},
                              .result = "SUCCESS",
                              .result_code = {}});
    unit.usage = usage_draft("order.created", order.order_id);
    unit.audit = audit_draft("order.created", {ledger::SubjectKind::kProfile, order.iccid.text()},
                             {{"orderId", order.order_id},
                              {"requester", request_.requester},
                              {"identifier", request_.identifier},
                              {"expires", to_rfc3339(order.expires_ms)}});
    unit.answer = ledger::StoredAnswer{
        key_, body_sha256_,
        tenant_.vault().seal(answer_purpose(key_), as_bytes(encode_answer(answer)))};
    return unit;
  }

  context::TenantContext& tenant_;
  const OrderRequest& request_;
  ledger::IdempotencyKey key_;
  Sha256 body_sha256_;
};

}  // namespace

Result<OrderAnswer, Failure> create_order(context::TenantContext& tenant,
                                          const std::string& /*request_id*/,
                                          const OrderRequest& request) {
  const Ordering ordering(tenant, request);
  if (auto good = ordering.check_request(); !good) return std::move(good).error();
  for (int round = 0; round < kMaxDecisions; ++round) {
    auto earlier = ordering.earlier_answer();
    if (!earlier) return std::move(earlier).error();
    if (*earlier) return std::move(**earlier);
    auto profile = ordering.choose_profile();
    if (!profile) return std::move(profile).error();
    auto made = ordering.make_unit(*profile);
    if (!made) return std::move(made).error();
    auto done = commit(tenant.ledger(), std::move(made->first));
    if (!done) return std::move(done).error();
    const auto* refused = std::get_if<ledger::Refused>(&*done);
    if (refused == nullptr) return std::move(made->second);
    if (refused->reason == ledger::RefusalReason::kDuplicate && request.matching_id) {
      return fail(ErrorCode::kAlreadyExists, "order.matching_id_in_use",
                  "another open order has this MatchingID; choose another one");
    }
  }
  return Failure(contention_error());
}

}  // namespace berth::smdpplus
