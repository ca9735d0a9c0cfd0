#include "kernel/api/answers.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace berth;
using namespace berth::api;
using nlohmann::json;

TEST_CASE("every error code has its HTTP status", "[api]") {
  const std::pair<ErrorCode, int> rows[] = {
      {ErrorCode::kInvalidArgument, 400},  {ErrorCode::kUnauthenticated, 401},
      {ErrorCode::kPermissionDenied, 403}, {ErrorCode::kNotFound, 404},
      {ErrorCode::kAlreadyExists, 409},    {ErrorCode::kFailedPrecondition, 409},
      {ErrorCode::kAborted, 409},          {ErrorCode::kResourceExhausted, 429},
      {ErrorCode::kUnsupported, 501},      {ErrorCode::kUnavailable, 503},
      {ErrorCode::kCancelled, 503},        {ErrorCode::kDeadlineExceeded, 504},
      {ErrorCode::kInternal, 500},         {ErrorCode::kDataLoss, 500},
      {ErrorCode::kBufferTooSmall, 500},   {static_cast<ErrorCode>(0), 500},
      {static_cast<ErrorCode>(9999), 500}};
  for (const auto& [code, status] : rows) {
    CAPTURE(static_cast<int>(code));
    CHECK(status_of(code) == status);
  }
}

TEST_CASE("octets that are no UTF-8 are replaced, not thrown about", "[api]") {
  const auto response = answer({{"name", std::string("a\xFF\xC3(\x80")}});
  CHECK(response.status == 200);
  CHECK(response.content_type == "application/json");
  CHECK(response.body.back() == '\n');
  CHECK(json::parse(response.body).at("name").get<std::string>().starts_with("a"));
  CHECK(refuse(Error(ErrorCode::kInternal, "x.y", "\xFF")).status == 500);
}

TEST_CASE("members stay in the order they were given", "[api]") {
  CHECK(answer({{"z", 1}, {"a", 2}}, 201).body == "{\"z\":1,\"a\":2}\n");
}

TEST_CASE("an error says what happened and when to come back, in whole seconds", "[api]") {
  const auto plain = refuse(Error(ErrorCode::kNotFound, "api.none", "nothing \"here\""));
  CHECK(plain.status == 404);
  CHECK(plain.headers.empty());
  const json error = json::parse(plain.body).at("error");
  CHECK(error.at("code") == to_string(ErrorCode::kNotFound));
  CHECK(error.at("reason") == "api.none");
  CHECK(error.at("message") == "nothing \"here\"");
  const auto later = refuse(Error(ErrorCode::kUnavailable, "x.busy", "later")
                                .with_retry_after(std::chrono::milliseconds(1)));
  CHECK(later.headers == decltype(later.headers){{"Retry-After", "1"}});
}

TEST_CASE("a refusal of the standard carries both codes, an error inside it stays one", "[api]") {
  const auto refusal = refuse(smdpplus::Failure(rsp::RspError{"8.2.6", "3.8", "unknown"}));
  CHECK(refusal.status == 409);
  const json error = json::parse(refusal.body).at("error");
  CHECK(error.at("code") == "refused");
  CHECK(error.at("reason") == "8.2.6/3.8");
  CHECK(error.at("subjectCode") == "8.2.6");
  CHECK(error.at("reasonCode") == "3.8");
  CHECK(refuse(smdpplus::Failure(Error(ErrorCode::kUnavailable, "x.y", "z"))).status == 503);
}
