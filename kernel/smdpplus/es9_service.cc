#include "kernel/smdpplus/es9_service.h"

#include "kernel/rsp/der/der.h"
#include "kernel/smdpplus/es9_state.h"
#include "kernel/smdpplus/sweep.h"

namespace berth::smdpplus {

Es9Service::Es9Service(const rsp::pki::TrustAnchors& anchors, Limits limits)
    : state_(std::make_unique<State>(anchors, limits)) {}

Es9Service::~Es9Service() = default;

void Es9Service::count_malformed(context::TenantContext& tenant, const std::string& cause) {
  state_->refusals.anonymous(tenant, cause);
}

bool Es9Service::housekeeping(context::TenantContext& tenant, bool everything) {
  state_->sessions.drop_expired(tenant.id(), tenant.clock().now_ms());
  const bool orders_left = sweep_orders(tenant);
  const bool attempts_left = sweep_attempts(tenant, state_->session_lifetime_ms);
  const bool notifications_left =
      state_->inbox.drain(tenant, [&](ByteView octets) -> Result<void, Failure> {
        const auto request = rsp::sgp22::parse_pending_notification(octets);
        if (!request) return {};  // it could be read when it came in; nothing is left to do for it
        return record_notification(tenant, "deferred", *request);
      });
  state_->refusals.flush(tenant, everything);
  return orders_left || attempts_left || notifications_left;
}

std::map<std::string, std::uint64_t> Es9Service::refusal_totals(const TenantId& tenant) const {
  return state_->refusals.totals(tenant);
}

Result<plugins::RawSignature> sign_parts(context::TenantContext& tenant, const plugins::Op& op,
                                         const plugins::HsmKey& key,
                                         std::initializer_list<ByteView> parts) {
  Sha256Stream digest;
  for (const ByteView part : parts) digest.update(part);
  return tenant.identity_hsm().sign(op, key, digest.finish());
}

Bytes signature_tlv(ByteView raw) { return rsp::der::tlv(0x5F37, raw); }

}  // namespace berth::smdpplus
