#include "tools/euicc/card_setup.h"

#include "kernel/rsp/pki/chain.h"

namespace berth::euicc {
namespace {

Error invalid(std::string message) {
  return Error(ErrorCode::kInvalidArgument, "card.setup_invalid", std::move(message));
}

Result<rsp::pki::Certificate> read_certificate(ByteView pem_or_der, const char* what) {
  auto certificate = as_text(pem_or_der).find("-----BEGIN") != std::string_view::npos
                         ? rsp::pki::Certificate::from_pem(as_text(pem_or_der))
                         : rsp::pki::Certificate::parse(pem_or_der);
  if (!certificate) return std::move(certificate).error().within(what);
  return certificate;
}

}  // namespace

Result<CardState> new_card(const CardSetup& setup, UnixMs now) {
  if (setup.credentials.empty()) return invalid("a card needs an eUICC certificate");
  if (setup.ci_certificates.empty()) return invalid("a card needs a CI certificate");
  rsp::pki::TrustAnchors anchors;
  std::vector<Bytes> ci_certificates;
  for (const Bytes& input : setup.ci_certificates) {
    BERTH_TRY(ci, read_certificate(input, "CI certificate"));
    BERTH_TRY_VOID(anchors.add(ci));
    ci_certificates.push_back(ci.der());
  }
  for (const Bytes& input : setup.issuers_only) {
    BERTH_TRY(ci, read_certificate(input, "CI certificate"));
    BERTH_TRY_VOID(anchors.add(ci));
  }
  const rsp::pki::EuiccChainVerifier verifier(anchors);
  std::optional<Eid> eid = setup.eid;
  std::vector<Credential> credentials;
  for (const CredentialInput& input : setup.credentials) {
    BERTH_TRY(euicc, read_certificate(input.euicc_certificate, "eUICC certificate"));
    BERTH_TRY(eum, read_certificate(input.eum_certificate, "EUM certificate"));
    BERTH_TRY(key, PrivateKey::parse(input.private_key));
    if (key.curve() != euicc.public_key().curve() || key.point() != euicc.public_key().point()) {
      return invalid("the private key does not belong to the eUICC certificate");
    }
    auto identity = verifier.verify(euicc.der(), eum.der(), {}, now);
    if (!identity) return invalid("the card's chain fails: " + identity.error().message);
    if (eid && *eid != identity->eid) {
      return invalid("the eUICC certificate is for EID " + std::string(identity->eid.text()) +
                     ", not for " + std::string(eid->text()));
    }
    eid = identity->eid;
    credentials.push_back({key, euicc.der(), eum.der(), *eum.authority_key_id()});
  }
  return CardState{*eid, std::move(credentials), std::move(ci_certificates), {}, {}, {}, 1,
                   0,    setup.options};
}

}  // namespace berth::euicc
