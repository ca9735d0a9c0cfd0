// ES9+ requests in the ASN.1 binding. The first octet chooses: the whole request, or the card's
// octets inside a good one.

#include "kernel/rsp/sgp22/es9_asn1.h"

#include "kernel/rsp/der/der.h"
#include "tests/fuzz/fuzz.h"

namespace berth::fuzz {
namespace {

using namespace rsp::sgp22;  // NOLINT: messages by the dozen

void whole(ByteView der) {
  const auto request = parse_rsp_request(der);
  if (!request) return;
  if (const auto* first = std::get_if<InitiateAuthenticationRequest>(&request->function)) {
    must_hold(first->euicc_challenge.size() == 16, "a challenge is 16 octets");
    must_hold(parse_euicc_info1(first->euicc_info1_der).ok(), "the info is readable");
  }
}

Bytes request(rsp::der::Tag function, std::initializer_list<ByteView> parts) {
  return rsp::der::tlv(0xA2, rsp::der::tlv(function, parts));
}

// The binding adds nothing to what the octets inside are and takes nothing away. What follows the
// one element would be the binding's own business.
void inside(std::uint8_t function, ByteView der) {
  rsp::der::Reader reader(der);
  if (!reader.next() || !reader.at_end()) return;
  const Bytes transaction = rsp::der::tlv(0x80, Bytes{0x00, 0xFF});
  if (function == 0) {
    must_hold(parse_rsp_request(request(0xBF3B, {transaction, der})).ok() ==
                  parse_authenticate_server_response(der).ok(),
              "both agree on authenticateServerResponse");
  } else if (function == 1) {
    must_hold(parse_rsp_request(request(0xBF3A, {transaction, der})).ok() ==
                  parse_prepare_download_response(der).ok(),
              "both agree on prepareDownloadResponse");
  } else if (function == 2) {
    must_hold(parse_rsp_request(request(0xBF3D, {rsp::der::tlv(0xA0, der)})).ok() ==
                  parse_pending_notification(der).ok(),
              "both agree on pendingNotification");
  } else if (parse_cancel_session_response(der).ok()) {
    must_hold(parse_rsp_request(request(0xBF41, {transaction, rsp::der::tlv(0xA1, der)})).ok(),
              "what is a cancelSessionResponse is one inside, too");
  }
}

}  // namespace

void one_input(ByteView input) {
  Choices choices(input);
  const auto choice = choices.octet();
  if (choice % 2 == 0) return whole(choices.rest());
  inside(static_cast<std::uint8_t>(choice / 2 % 4), choices.rest());
}

}  // namespace berth::fuzz
