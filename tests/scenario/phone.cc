#include "tests/scenario/phone.h"

#include <stdexcept>

namespace berth::scenario {
namespace {

lpa::HttpsOptions https_options(std::vector<Bytes> authorities, std::uint16_t port) {
  lpa::HttpsOptions options;
  options.authorities = std::move(authorities);
  options.connect = lpa::HttpsOptions::Address{"127.0.0.1", port};
  return options;
}

}  // namespace

Phone::Phone(euicc::CardState state, std::vector<Bytes> authorities, std::uint16_t port,
             const Clock& clock, Random& random)
    : clock_(clock), transport_(https_options(std::move(authorities), port)) {
  auto card = euicc::Card::open(std::move(state), store_, random, clock);
  if (!card) throw std::runtime_error(card.error().message());
  card_ = std::move(*card);
}

lpa::Outcome<lpa::DownloadReport> Phone::download(const std::string& activation_code,
                                                  const lpa::DownloadOptions& options) {
  const auto code = rsp::sgp22::ActivationCode::parse(activation_code);
  if (!code) throw std::runtime_error(code.error().message());
  lpa::Lpa lpa(*card_, transport_, clock_, [](const lpa::Step&, bool) {});
  lpa::DownloadOptions with_device = options;
  with_device.device = kDevice;
  return lpa.download(*code, with_device);
}

std::vector<lpa::NotificationReport> Phone::send_notifications() {
  lpa::Lpa lpa(*card_, transport_, clock_, [](const lpa::Step&, bool) {});
  return lpa.send_notifications();
}

}  // namespace berth::scenario
