// How the operator API says yes and no. Internal to this room.

#pragma once

#include <nlohmann/json_fwd.hpp>

#include "kernel/base/error.h"
#include "kernel/ingress/http.h"
#include "kernel/smdpplus/failure.h"

namespace berth::api {

ingress::HttpResponse answer(const nlohmann::ordered_json& body, int status = 200);

// {"error":{"code","reason","message"}} with the status of the code; Retry-After when it has one.
ingress::HttpResponse refuse(const Error& error);
// A standard refusal is 409 and adds "subjectCode" and "reasonCode".
ingress::HttpResponse refuse(const smdpplus::Failure& failure);

int status_of(ErrorCode code);

inline Error bad_request(std::string message) {
  return {ErrorCode::kInvalidArgument, "api.request", std::move(message)};
}

}  // namespace berth::api
