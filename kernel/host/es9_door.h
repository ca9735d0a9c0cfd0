// Joins the public door to the SM-DP+: the name in the TLS handshake fixes the tenant, once.

#pragma once

#include "kernel/context/tenants.h"
#include "kernel/ingress/http.h"
#include "kernel/smdpplus/es9_service.h"

namespace berth::host {

// Thread-safe. Both are borrowed and must outlive the door.
class Es9Door {
 public:
  Es9Door(const context::Tenants& tenants, smdpplus::Es9Service& service)
      : tenants_(tenants), service_(service) {}
  ingress::HttpResponse handle(const ingress::HttpRequest& request);

 private:
  const context::Tenants& tenants_;
  smdpplus::Es9Service& service_;
};

}  // namespace berth::host
