#include "kernel/api/answers.h"

#include <nlohmann/json.hpp>

namespace berth::api {

using nlohmann::ordered_json;

ingress::HttpResponse answer(const ordered_json& body, int status) {
  ingress::HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  // Names come from operators' files: octets that are no UTF-8 are replaced, not thrown about.
  response.body = body.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
  return response;
}

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return 400;
    case ErrorCode::kUnauthenticated:
      return 401;
    case ErrorCode::kPermissionDenied:
      return 403;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kFailedPrecondition:
    case ErrorCode::kAborted:
      return 409;
    case ErrorCode::kResourceExhausted:
      return 429;
    case ErrorCode::kUnsupported:
      return 501;
    case ErrorCode::kUnavailable:
    case ErrorCode::kCancelled:
      return 503;
    case ErrorCode::kDeadlineExceeded:
      return 504;
    case ErrorCode::kInternal:
    case ErrorCode::kDataLoss:
    case ErrorCode::kBufferTooSmall:
      return 500;
  }
  return 500;
}

ingress::HttpResponse refuse(const Error& error) {
  ingress::HttpResponse response = answer({{"error",
                                            {{"code", to_string(error.code())},
                                             {"reason", error.reason()},
                                             {"message", error.message()}}}},
                                          status_of(error.code()));
  if (error.retry_after()) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*error.retry_after());
    response.headers.emplace_back("Retry-After", std::to_string(seconds.count()));
  }
  return response;
}

ingress::HttpResponse refuse(const smdpplus::Failure& failure) {
  if (const Error* error = std::get_if<Error>(&failure)) return refuse(*error);
  const rsp::RspError& refusal = std::get<rsp::RspError>(failure);
  return answer({{"error",
                  {{"code", "refused"},
                   {"reason", refusal.pair()},
                   {"message", refusal.message},
                   {"subjectCode", refusal.subject_code},
                   {"reasonCode", refusal.reason_code}}}},
                409);
}

}  // namespace berth::api
