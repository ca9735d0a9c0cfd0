// The DER messages of a card. The first octet chooses the parser.

#include "kernel/rsp/sgp22/messages.h"

#include <algorithm>

#include "tests/fuzz/fuzz.h"

namespace berth::fuzz {
namespace {

using namespace rsp::sgp22;  // NOLINT: messages by the dozen

// Signed parts must be what came in, octet for octet.
void must_lie_in(ByteView der, ByteView part) {
  must_hold(std::search(der.begin(), der.end(), part.begin(), part.end()) != der.end(),
            "a signed part is a slice of the message");
}

void authenticate(ByteView der) {
  const auto response = parse_authenticate_server_response(der);
  if (!response) return;
  const auto* ok = std::get_if<AuthenticateResponseOk>(&*response);
  if (ok == nullptr) return;
  must_lie_in(der, ok->signed1);
  must_lie_in(der, ok->euicc_certificate);
  must_lie_in(der, ok->eum_certificate);
  must_hold(ok->signature1.size() == 64, "a signature is 64 octets");
  must_hold(ok->server_challenge.size() == 16, "a challenge is 16 octets");
  must_hold(!ok->matching_id || !ok->matching_id_malformed, "a MatchingID is one or none");
}

void prepare(ByteView der) {
  const auto response = parse_prepare_download_response(der);
  if (!response) return;
  const auto* ok = std::get_if<PrepareDownloadOk>(&*response);
  if (ok == nullptr) return;
  must_lie_in(der, ok->signed2);
  must_hold(ok->signature2.size() == 64, "a signature is 64 octets");
  must_hold(ok->euicc_otpk.size() == 65, "a one-time key is 65 octets");
  must_hold(!ok->hash_cc || ok->hash_cc->size() == 32, "a hash is 32 octets");
}

void notification(ByteView der) {
  const auto request = parse_pending_notification(der);
  if (!request) return;
  if (const auto* result = std::get_if<ProfileInstallationResult>(&request->notification)) {
    must_hold(equal(result->whole, der), "a notification keeps its octets");
    must_lie_in(der, result->data);
    must_hold(result->signature.size() == 64, "a signature is 64 octets");
    return;
  }
  const auto& other = std::get<OtherSignedNotification>(request->notification);
  must_hold(equal(other.whole, der), "a notification keeps its octets");
  must_lie_in(der, other.tbs);
  must_lie_in(der, other.euicc_certificate);
  must_hold(other.signature.size() == 64, "a signature is 64 octets");
}

void cancel(ByteView der) {
  const auto response = parse_cancel_session_response(der);
  if (!response) return;
  const auto* ok = std::get_if<CancelSessionOk>(&*response);
  if (ok == nullptr) return;
  must_lie_in(der, ok->signed_part);
  must_hold(ok->signature.size() == 64, "a signature is 64 octets");
}

}  // namespace

void one_input(ByteView input) {
  Choices choices(input);
  switch (choices.octet() % 6) {
    case 0:
      return authenticate(choices.rest());
    case 1:
      return prepare(choices.rest());
    case 2:
      return notification(choices.rest());
    case 3:
      return cancel(choices.rest());
    case 4:
      parse_euicc_info1(choices.rest()).ok();
      return;
    default:
      if (const auto info = parse_euicc_info2(choices.rest())) {
        must_hold(!info->rsp_capability.empty(), "capabilities have an octet");
      }
  }
}

}  // namespace berth::fuzz
