// A phone: a software card and an LPA that reaches the host on loopback under its realm's name.

#pragma once

#include <memory>
#include <string>

#include "tools/berth-lpa/https_transport.h"
#include "tools/berth-lpa/lpa.h"
#include "tools/euicc/card.h"

namespace berth::scenario {

// A type allocation code; the device's own identity is not asked for.
inline const euicc::DeviceFields kDevice{.tac = {0x35, 0x29, 0x06, 0x11}};

class Phone {
 public:
  Phone(euicc::CardState state, std::vector<Bytes> authorities, std::uint16_t port,
        const Clock& clock, Random& random);

  lpa::Outcome<lpa::DownloadReport> download(const std::string& activation_code,
                                             const lpa::DownloadOptions& options = {});
  std::vector<lpa::NotificationReport> send_notifications();
  // Downloads and installs, but keeps the signed install result to itself; returns it.
  Bytes install_silently(const std::string& activation_code);
  euicc::Card& card() { return *card_; }
  lpa::Transport& transport() { return transport_; }

 private:
  const Clock& clock_;
  euicc::NullStore store_;
  std::unique_ptr<euicc::Card> card_;
  lpa::HttpsTransport transport_;
};

}  // namespace berth::scenario
