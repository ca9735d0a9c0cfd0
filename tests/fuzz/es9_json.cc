// Bodies of the JSON binding. The first octet chooses the function and whether the rest is the
// whole body or the card's octets inside a good one.

#include "kernel/rsp/sgp22/es9_json.h"

#include "tests/fuzz/fuzz.h"

namespace berth::fuzz {
namespace {

using namespace rsp::sgp22;  // NOLINT: messages by the dozen

void body(std::uint8_t function, std::string_view json) {
  switch (function) {
    case 0:
      if (const auto request = parse_initiate_authentication(json)) {
        must_hold(request->euicc_challenge.size() == 16, "a challenge is 16 octets");
        must_hold(parse_euicc_info1(request->euicc_info1_der).ok(), "the info is readable");
      }
      return;
    case 1:
      parse_authenticate_client(json).ok();
      return;
    case 2:
      parse_get_bound_profile_package(json).ok();
      return;
    case 3:
      parse_handle_notification(json).ok();
      return;
    default:
      parse_cancel_session(json).ok();
  }
}

std::string around(std::string_view member, ByteView der) {
  return "{\"transactionId\":\"00FF\",\"" + std::string(member) + "\":\"" + to_base64(der) + "\"}";
}

// The binding adds nothing to what the octets inside are and takes nothing away.
void inside(std::uint8_t function, ByteView der) {
  switch (function) {
    case 1:
      must_hold(parse_authenticate_client(around("authenticateServerResponse", der)).ok() ==
                    parse_authenticate_server_response(der).ok(),
                "JSON and DER agree on authenticateServerResponse");
      return;
    case 2:
      must_hold(parse_get_bound_profile_package(around("prepareDownloadResponse", der)).ok() ==
                    parse_prepare_download_response(der).ok(),
                "JSON and DER agree on prepareDownloadResponse");
      return;
    case 3:
      must_hold(parse_handle_notification(around("pendingNotification", der)).ok() ==
                    parse_pending_notification(der).ok(),
                "JSON and DER agree on pendingNotification");
      return;
    default:
      must_hold(parse_cancel_session(around("cancelSessionResponse", der)).ok() ==
                    parse_cancel_session_response(der).ok(),
                "JSON and DER agree on cancelSessionResponse");
  }
}

}  // namespace

void one_input(ByteView input) {
  Choices choices(input);
  const auto choice = choices.octet();
  const auto function = static_cast<std::uint8_t>(choice % 5);
  if (choice / 5 % 2 == 0) return body(function, choices.rest_text());
  inside(function, choices.rest());
}

}  // namespace berth::fuzz
