// JSON binding of ES9+ (SGP.22 §6.5.2): request bodies in, response bodies out.
//
// A body that is not JSON, lacks a mandatory member or holds undecodable base64 or DER is
// kInvalidArgument "json.*", "rsp.*", "der.*" or "base64.*"; the HTTP layer answers 400.
// Unknown members are ignored. Thread-safe, no state.

#pragma once

#include <string>
#include <string_view>

#include "kernel/base/result.h"
#include "kernel/rsp/rsp_error.h"
#include "kernel/rsp/sgp22/messages.h"

namespace berth::rsp::sgp22 {

Result<InitiateAuthenticationRequest> parse_initiate_authentication(std::string_view json);
Result<AuthenticateClientRequest> parse_authenticate_client(std::string_view json);
Result<GetBoundProfilePackageRequest> parse_get_bound_profile_package(std::string_view json);
Result<HandleNotificationRequest> parse_handle_notification(std::string_view json);
Result<CancelSessionRequest> parse_cancel_session(std::string_view json);

std::string to_json(const InitiateAuthenticationResponse& response);
std::string to_json(const AuthenticateClientResponse& response);
std::string to_json(const GetBoundProfilePackageResponse& response);
std::string success_json();                       // header only, Executed-Success
std::string failure_json(const RspError& error);  // header only, Failed

}  // namespace berth::rsp::sgp22
