// The five ES9+ functions of one host, for whichever tenant the door fixed (SGP.22 §5.6).
//
// Thread-safe. Sessions before GetBoundProfilePackage are in the node's memory, or in a table for
// the nodes of a host, bounded, per tenant; from then on the ledger holds what a late notification
// or a retry needs.

#pragma once

#include <map>
#include <memory>
#include <string>

#include "kernel/context/tenant_context.h"
#include "kernel/rsp/sgp22/messages.h"
#include "kernel/smdpplus/failure.h"
#include "kernel/smdpplus/notification_inbox.h"

namespace berth::smdpplus {

struct NodeShare;

class Es9Service {
 public:
  struct Limits {
    std::uint32_t session_lifetime_ms = 15 * 60 * 1000;
    std::uint32_t max_sessions_per_tenant = 10'000;
    int max_verifying = kMaxVerifying;  // notifications; see notification_inbox.h
  };
  // `anchors` and `share` (node_share.h) are borrowed and must outlive the service.
  Es9Service(const rsp::pki::TrustAnchors& anchors, const NodeShare& share, Limits limits);
  ~Es9Service();

  // A request that no function saw, being unreadable (JSON, base64, DER) or too much: counted,
  // never recorded singly.
  void count_refused(context::TenantContext& tenant, const std::string& cause);
  // Drops the tenant's expired sessions, ends orders and attempts whose time is over, verifies
  // deferred notifications, removes objects nothing refers to (vault/collector.h) and writes the
  // refusal counters of minutes that have passed; the host
  // calls it every few seconds, and once with `everything` before it stops. True: each of these has
  // its time for one tenant, and one was up; call again soon.
  bool housekeeping(context::TenantContext& tenant, bool everything);
  // Refusals since start, by "function status".
  std::map<std::string, std::uint64_t> refusal_totals(const TenantId& tenant) const;

  Result<rsp::sgp22::InitiateAuthenticationResponse, Failure> initiate_authentication(
      context::TenantContext& tenant, const std::string& request_id,
      const rsp::sgp22::InitiateAuthenticationRequest& request);
  Result<rsp::sgp22::AuthenticateClientResponse, Failure> authenticate_client(
      context::TenantContext& tenant, const std::string& request_id,
      const rsp::sgp22::AuthenticateClientRequest& request);
  Result<rsp::sgp22::GetBoundProfilePackageResponse, Failure> get_bound_profile_package(
      context::TenantContext& tenant, const std::string& request_id,
      const rsp::sgp22::GetBoundProfilePackageRequest& request);
  // Succeeds also for notifications that are unknown or do not verify (SGP.22: acknowledge and
  // log); fails only when the ledger cannot take a good one.
  Result<void, Failure> handle_notification(context::TenantContext& tenant,
                                            const std::string& request_id,
                                            const rsp::sgp22::HandleNotificationRequest& request);
  Result<void, Failure> cancel_session(context::TenantContext& tenant,
                                       const std::string& request_id,
                                       const rsp::sgp22::CancelSessionRequest& request);

 private:
  struct State;
  bool verify_deferred(context::TenantContext& tenant);
  // handle_notification.cc: what a notification says, verified and committed.
  Result<void, Failure> record_notification(context::TenantContext& tenant,
                                            const std::string& request_id,
                                            const rsp::sgp22::HandleNotificationRequest& request);
  Result<void, Failure> record_result(context::TenantContext& tenant, const std::string& request_id,
                                      const rsp::sgp22::ProfileInstallationResult& result);
  Result<void, Failure> record_other(context::TenantContext& tenant, const std::string& request_id,
                                     const rsp::sgp22::OtherSignedNotification& other);
  Result<void, Failure> ignore_notification(context::TenantContext& tenant,
                                            const std::string& request_id, std::string_view why);
  std::unique_ptr<State> state_;
};

}  // namespace berth::smdpplus
