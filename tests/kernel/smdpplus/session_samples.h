// Sessions as they are after each step, without a card or a server behind them.

#pragma once

#include "kernel/smdpplus/session_codec.h"
#include "tests/kernel/rsp/pki/own_chains.h"

namespace berth::smdpplus::testing {

inline const TenantId kAlpha = *TenantId::parse("alpha");
inline const TenantId kBravo = *TenantId::parse("bravo");

inline rsp::pki::Certificate certificate(std::string_view hex) {
  return *rsp::pki::Certificate::parse(*from_hex(hex));
}

// A pair of this server's certificates; the codec does not ask what they are for.
inline std::shared_ptr<const trust::SmdpIdentity> sample_identity() {
  using namespace rsp::pki::test;  // NOLINT: a header of constants
  static const auto kIdentity = std::make_shared<const trust::SmdpIdentity>(
      trust::SmdpIdentity{certificate(kP256DpAuth), certificate(kP256DpTls), "2.999.10",
                          Bytes(20, 0xC1), nullptr, nullptr});
  return kIdentity;
}

inline std::shared_ptr<const trust::SmdpIdentity> find_sample(const IdentityName& name) {
  return name == name_of(*sample_identity()) ? sample_identity() : nullptr;
}

inline TransactionId number(std::uint8_t value) {
  return *TransactionId::from_octets(Bytes(16, value));
}

inline std::unique_ptr<Session> begun(std::uint8_t value) {
  auto session = std::make_unique<Session>(Session{.transaction_id = number(value)});
  session->server_address = "rsp.alpha.example";
  session->server_challenge = Bytes(16, 0xCC);
  session->euicc_ci_key_id = Bytes(20, 0xC1);
  session->identity = sample_identity();
  return session;
}

inline void authenticate(Session& session) {
  const auto euicc = certificate(rsp::pki::test::kP256Euicc);
  session.state = SessionState::kAuthenticated;
  session.card = SessionCard{*Eid::parse(euicc.subject_serial_number()), euicc};
  session.order_id = "4b1d7a4e-6f7b-4f0e-8d06-0d7b8f8f3c11";
  session.iccid = *Iccid::parse("8944500000000000018");
  session.attempt = 3;
  session.smdp_signature2 = Bytes(64, 0x52);
  session.metadata = Bytes(400, 0x25);
}

}  // namespace berth::smdpplus::testing
