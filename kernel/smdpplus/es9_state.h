// What the five functions share. Private to this folder.

#pragma once

#include "kernel/rsp/sgp22/status_codes.h"
#include "kernel/saip/package.h"
#include "kernel/smdpplus/es9_service.h"
#include "kernel/smdpplus/guess_limiter.h"
#include "kernel/smdpplus/node_share.h"
#include "kernel/smdpplus/object_collection.h"
#include "kernel/smdpplus/recent_cards.h"
#include "kernel/smdpplus/refusals.h"

namespace berth::smdpplus {

// How long one plugin call may take while a device waits.
inline constexpr std::chrono::seconds kPluginDeadline{5};
// Largest unprotected package that is bound.
inline constexpr std::size_t kMaxBoundPackage = saip::kMaxPackageSize;
// The same as '86' segments: at most 29 octets more for each 1007.
inline constexpr std::size_t kMaxProtectedPackage = kMaxBoundPackage + kMaxBoundPackage / 32;

struct Es9Service::State {
  State(const rsp::pki::TrustAnchors& trusted, const NodeShare& share, const Limits& limits)
      : anchors(trusted),
        chains(trusted),
        session_lifetime_ms(limits.session_lifetime_ms),
        sessions(*share.sessions),
        leases(*share.leases),
        inbox(limits.max_verifying) {}

  const rsp::pki::TrustAnchors& anchors;
  rsp::pki::EuiccChainVerifier chains;
  const std::uint32_t session_lifetime_ms;
  SessionStore& sessions;
  WorkLeases& leases;
  RefusalJournal refusals;
  GuessLimiter guesses;
  NotificationInbox inbox;
  RecentCards cards;
  ObjectCollection objects;
};

inline plugins::Op plugin_op(const context::TenantContext& tenant, const std::string& request_id) {
  return {request_id, "", tenant.clock().monotonic() + kPluginDeadline};
}

// As the ledger sees it: expires_ms is the last millisecond of an order, 0 is no end.
inline bool is_expired(const ledger::OrderRecord& order, UnixMs now) {
  return order.expires_ms != 0 && now > order.expires_ms;
}

// Where the session keys of a binding are sealed to; part of the ledger's frozen formats.
inline std::string binding_purpose(const Iccid& iccid, const std::string& order_id) {
  return "binding/" + iccid.text() + "/" + order_id;
}

// Where the random protection keys of a package are sealed to; part of the frozen formats, too.
inline std::string protection_purpose(const std::string& package_object) {
  return "ppk/" + package_object;
}

// Before an answer leaves that the device's next request, to whichever node, relies on: the session
// as it is now stands in the store. Refuses when another request took it meanwhile.
Result<void, Failure> give_back(SessionLease& lease);

// ECDSA over the concatenated parts by a key of the identity HSM.
Result<plugins::RawSignature> sign_parts(context::TenantContext& tenant, const plugins::Op& op,
                                         const plugins::HsmKey& key,
                                         std::initializer_list<ByteView> parts);

// The 67-octet TLV 5F37 40 ‖ signature, as it enters other signatures.
Bytes signature_tlv(ByteView raw);

}  // namespace berth::smdpplus
