// Joins the public door to the SM-DP+: the name in the TLS handshake fixes the tenant, once.

#pragma once

#include "kernel/context/tenants.h"
#include "kernel/ingress/admission.h"
#include "kernel/routing/realm_traffic.h"
#include "kernel/smdpplus/es9_service.h"

namespace berth::host {

// Thread-safe. All are borrowed and must outlive the door.
class Es9Door {
 public:
  // `traffic`: counts what comes to other names than the tenants' realms; may be null.
  Es9Door(const context::Tenants& tenants, smdpplus::Es9Service& service,
          routing::RealmTraffic* traffic = nullptr)
      : tenants_(tenants), service_(service), traffic_(traffic) {}
  ingress::HttpResponse handle(const ingress::HttpRequest& request);
  // By the limits of the realm's tenant: beginnings by rate, then a place among the workers, of
  // which notifications have their own. Counts the traffic. What goes on with a download is never
  // refused by rate.
  Result<FairSlots::Slot, ingress::HttpRefusal> admit(const ingress::HttpRequest& request,
                                                      std::chrono::nanoseconds longest_wait);

 private:
  std::shared_ptr<context::TenantContext> tenant_of(const ingress::HttpRequest& request) const;

  const context::Tenants& tenants_;
  smdpplus::Es9Service& service_;
  routing::RealmTraffic* traffic_;
};

}  // namespace berth::host
