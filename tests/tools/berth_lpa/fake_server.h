// The fake SM-DP+ behind the LPA's transport: ES9+ in and out in either binding, with the server's
// own codec.

#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "kernel/rsp/sgp22/es9_asn1.h"
#include "kernel/rsp/sgp22/es9_json.h"
#include "tests/tools/euicc/fake_smdp.h"
#include "tools/berth-lpa/transport.h"

namespace berth::lpa {

class FakeServer final : public Transport {
 public:
  explicit FakeServer(euicc::FakeSmdp& smdp) : smdp_(smdp) {}

  Result<HttpReply> post(std::string_view host, std::string_view path,
                         std::string_view content_type, std::string_view body) override;

  // The function's name, in the order of the calls.
  std::vector<std::string> calls;
  std::vector<rsp::sgp22::HandleNotificationRequest> notifications;
  std::optional<rsp::sgp22::CancelSessionRequest> cancelled;
  // Answers this instead, for the function named.
  std::map<std::string, std::function<Result<HttpReply>()>> instead;
  std::string wanted_code;   // another one is 8.2.7/3.8; empty: none wanted
  Bytes metadata_announced;  // else the order's

 private:
  // `card_answer`: the card's object inside the request, as it came.
  struct Answer {
    std::optional<rsp::RspError> refusal;
    std::variant<std::monostate, rsp::sgp22::InitiateAuthenticationResponse,
                 rsp::sgp22::AuthenticateClientResponse, rsp::sgp22::GetBoundProfilePackageResponse>
        response;
  };
  Answer serve(const rsp::sgp22::RspRequest& request, ByteView card_answer);
  Result<HttpReply> post_json(const std::string& function, std::string_view body);
  Result<HttpReply> post_asn1(ByteView body);
  euicc::FakeSmdp& smdp_;
};

inline HttpReply json_reply(std::string body) {
  return {200, "application/json;charset=UTF-8", "gsma/rsp/v2.5.0", std::move(body)};
}
inline HttpReply asn1_reply(ByteView body) {
  return {200, "application/x-gsma-rsp-asn1", "gsma/rsp/v2.5.0", std::string(as_text(body))};
}

}  // namespace berth::lpa
