// ES9+ over the ASN.1 binding (SGP.22 §6.6): RemoteProfileProvisioningRequest and -Response, A2
// around one function. The messages are those of the JSON binding.
//
// Pure, fuzzable. Failures are kInvalidArgument "rsp.*" or "der.*". Doubled tags, which some
// toolkits write (BF3B{BF3B{…}}), are read; the standard form is written.

#pragma once

#include <variant>

#include "kernel/rsp/sgp22/messages.h"

namespace berth::rsp::sgp22 {

struct RspRequest {
  std::variant<InitiateAuthenticationRequest, AuthenticateClientRequest,
               GetBoundProfilePackageRequest, CancelSessionRequest, HandleNotificationRequest>
      function;
};
Result<RspRequest> parse_rsp_request(ByteView der);

Bytes to_asn1(const InitiateAuthenticationResponse& response);
Bytes to_asn1(const AuthenticateClientResponse& response);
Bytes to_asn1(const GetBoundProfilePackageResponse& response);
Bytes cancel_session_done_asn1();

// Which function an error answer belongs to; the integers differ (docs: the pair is decided first
// and mapped last; 127 where the binding has no value for it).
enum class Es9Function : std::uint8_t {
  kInitiateAuthentication = 1,
  kAuthenticateClient,
  kGetBoundProfilePackage,
  kCancelSession,
};
std::uint8_t asn1_error(Es9Function function, const RspError& error);
Bytes failure_asn1(Es9Function function, const RspError& error);

}  // namespace berth::rsp::sgp22
