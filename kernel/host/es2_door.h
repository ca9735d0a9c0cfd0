// Joins the operators' door to ES2+: the client's key says who calls, its identifier for whom.

#pragma once

#include "kernel/ingress/http.h"
#include "kernel/smdpplus/es2_access.h"

namespace berth::host {

// Thread-safe.
class Es2Door {
 public:
  // `access` is borrowed and must outlive the door.
  explicit Es2Door(smdpplus::Es2Access& access) : access_(access) {}
  ingress::HttpResponse handle(const ingress::HttpRequest& request);

 private:
  smdpplus::Es2Access& access_;
};

}  // namespace berth::host
