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

Bytes Phone::install_silently(const std::string& activation_code) {
  const auto must = [](auto outcome) {
    if (!outcome) throw std::runtime_error(outcome.error().message);
    return std::move(*outcome);
  };
  const auto must_card = [](auto result) {
    if (!result) throw std::runtime_error(result.error().message());
    return std::move(*result);
  };
  const auto code = must_card(rsp::sgp22::ActivationCode::parse(activation_code));
  lpa::Es9Client client(transport_, HostName::parse(code.smdp_address)->text());
  const auto server =
      must(client.initiate_authentication(card_->euicc_challenge(), card_->euicc_info1()));
  const auto authenticated = must_card(card_->authenticate_server(
      {server.server_signed1, server.server_signature1, server.ci_key_id_to_be_used,
       server.server_certificate, code.matching_id->text(), kDevice}));
  const auto client_answer =
      must(client.authenticate_client(server.transaction_id, authenticated.der));
  const auto prepared =
      must_card(card_->prepare_download({client_answer.smdp_signed2, client_answer.smdp_signature2,
                                         client_answer.smdp_certificate, std::nullopt}));
  const Bytes package = must(client.get_bound_profile_package(server.transaction_id, prepared.der));
  return must_card(card_->load_bound_profile_package(package)).der;
}

std::vector<lpa::NotificationReport> Phone::send_notifications() {
  lpa::Lpa lpa(*card_, transport_, clock_, [](const lpa::Step&, bool) {});
  return lpa.send_notifications();
}

}  // namespace berth::scenario
