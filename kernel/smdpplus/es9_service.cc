#include "kernel/smdpplus/es9_service.h"

#include <spdlog/spdlog.h>

#include "kernel/rsp/der/der.h"
#include "kernel/smdpplus/es9_state.h"
#include "kernel/smdpplus/orders.h"
#include "kernel/smdpplus/rearm_reminder.h"
#include "kernel/smdpplus/sweep.h"

namespace berth::smdpplus {

Es9Service::Es9Service(const rsp::pki::TrustAnchors& anchors, const NodeShare& share, Limits limits)
    : state_(std::make_unique<State>(anchors, share, limits)) {}

Es9Service::~Es9Service() = default;

void Es9Service::count_refused(context::TenantContext& tenant, const std::string& cause) {
  state_->refusals.anonymous(tenant, cause);
}

bool Es9Service::housekeeping(context::TenantContext& tenant, bool everything) {
  if (const auto done = state_->sessions.drop_expired(tenant.id(), tenant.clock().now_ms());
      !done) {
    spdlog::warn("tenant={} expired sessions stay: {}", tenant.id().text(), done.error().reason());
  }
  const bool orders_left = sweep_orders(tenant);
  const bool attempts_left = sweep_attempts(tenant, state_->session_lifetime_ms);
  const bool notifications_left = verify_deferred(tenant);
  // Any node may: who comes second finds nothing left. Not while a host stops.
  const bool objects_left = !everything && state_->objects.collect(tenant);
  if (everything) state_->leases.give_up(tenant.id(), kNotificationWork);
  state_->refusals.flush(tenant, everything);
  return orders_left || attempts_left || notifications_left || objects_left;
}

// One node's work at a time: two would verify the same ones, the oldest. Orders and attempts are
// swept by every node, for whoever comes second is refused by the ledger.
bool Es9Service::verify_deferred(context::TenantContext& tenant) {
  if (!state_->leases.hold(tenant.id(), kNotificationWork)) return false;
  return state_->inbox.drain(tenant, [&](ByteView octets) -> Result<void, Failure> {
    if (const auto order_id = order_reminded_of(octets)) {
      auto rearmed = rearm_after_error(tenant, *order_id);
      if (!rearmed) return std::move(rearmed).error();
      return {};
    }
    const auto request = rsp::sgp22::parse_pending_notification(octets);
    if (!request) return {};  // it could be read when it came in; nothing is left to do for it
    return record_notification(tenant, "deferred", *request);
  });
}

std::map<std::string, std::uint64_t> Es9Service::refusal_totals(const TenantId& tenant) const {
  return state_->refusals.totals(tenant);
}

Result<void, Failure> give_back(SessionLease& lease) {
  auto given = lease.give_back();
  if (!given) return Failure(std::move(given).error());
  if (!*given) return rsp::RspError{"8.10.1", "3.9", "this took too long; start again"};
  return {};
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
