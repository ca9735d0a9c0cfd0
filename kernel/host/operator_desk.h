// What only the host itself can answer of the operator API: its health and its keys.

#pragma once

#include <memory>
#include <string>

#include "kernel/api/operator_api.h"
#include "kernel/host/plugin_desk.h"
#include "kernel/ingress/http.h"

namespace berth::host {

class Host;

// Thread-safe. What it is given is borrowed and must outlive the desk.
class OperatorDesk {
 public:
  OperatorDesk(Host& host, const Clock& clock, Random& random);
  ~OperatorDesk();
  // Until it is known who sends, little is read.
  std::uint32_t body_limit(const ingress::HttpRequest& head) const;
  ingress::HttpResponse handle(const ingress::HttpRequest& request) {
    return api_->handle(request);
  }

  void housekeeping() { api_->housekeeping(); }

  // Every check the host can make of itself; for `berthctl doctor`.
  api::DoctorReport examine() const;

 private:
  void examine_process(api::DoctorReport& report) const;
  void examine_storage(api::DoctorReport& report) const;
  void examine_stores(api::DoctorReport& report) const;
  void examine_bindings(api::DoctorReport& report) const;
  void examine_elsewhere(api::DoctorReport& report) const;
  void examine_hsms(api::DoctorReport& report) const;
  void examine_certificates(api::DoctorReport& report) const;
  void examine_secret_files(api::DoctorReport& report) const;
  void examine_operators(api::DoctorReport& report) const;

  Host& host_;
  const Clock& clock_;
  std::unique_ptr<PluginDesk> plugins_;
  std::unique_ptr<api::OperatorApi> api_;
};

}  // namespace berth::host
