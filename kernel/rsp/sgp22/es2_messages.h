// ES2+ (SGP.22 §5.3): the operator's requests as values, their JSON and the JSON of the answers.
//
// Pure. Readers refuse with the standard's own pairs: what is no JSON object is the Error (HTTP
// 400), a missing mandatory member 1.3.1/2.2, a member of the wrong kind or form 1.3.1/2.1 (1.3 is
// the protocol; the message names the member). Unknown members are ignored. Check digits of EIDs
// and ICCIDs are not asked (an order must be able to name whatever a certificate can carry).

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "kernel/base/clock.h"
#include "kernel/base/identifiers.h"
#include "kernel/rsp/rsp_error.h"

namespace berth::rsp::sgp22 {

inline constexpr std::size_t kMaxFunctionIdentifier = 128;  // octets; requester and call
inline constexpr std::size_t kMaxConfirmationCode = 64;     // octets
inline constexpr std::size_t kMaxProfileType = 64;          // octets

using Es2Failure = std::variant<RspError, Error>;

struct FunctionHeader {
  std::string requester;  // functionRequesterIdentifier
  std::string call;       // functionCallIdentifier
};

struct DownloadOrder {
  FunctionHeader header;
  std::optional<Eid> eid;
  std::optional<Iccid> iccid;
  std::string profile_type;    // empty: not given
  std::string correlation_id;  // extension: "correlationId"; empty: the call identifier serves
};

struct ConfirmOrder {
  FunctionHeader header;
  Iccid iccid;
  std::optional<Eid> eid;
  std::optional<std::string> matching_id;  // absent: generate; "": default SM-DP+ use
  std::string confirmation_code;           // empty: none
  std::string smds_address;                // empty: none
  bool release = false;
};

struct CancelOrder {
  FunctionHeader header;
  Iccid iccid;
  std::optional<Eid> eid;
  std::optional<std::string> matching_id;
  bool to_available = false;  // finalProfileStatusIndicator Available; else Unavailable
};

struct ReleaseProfile {
  FunctionHeader header;
  Iccid iccid;
};

// The header alone, to find out for whom a call is.
Result<FunctionHeader, Es2Failure> read_function_header(std::string_view json);
Result<DownloadOrder, Es2Failure> read_download_order(std::string_view json);
Result<ConfirmOrder, Es2Failure> read_confirm_order(std::string_view json);
Result<CancelOrder, Es2Failure> read_cancel_order(std::string_view json);
Result<ReleaseProfile, Es2Failure> read_release_profile(std::string_view json);

std::string download_order_json(const Iccid& iccid);
struct ConfirmOrderAnswer {
  std::optional<Eid> eid;
  std::string matching_id;
  std::string smdp_address;
  std::string warning;  // not empty: Executed-WithWarning
};
std::string confirm_order_json(const ConfirmOrderAnswer& answer);
// CancelOrder and ReleaseProfile: header only. Refusals: failure_json() of es9_json.h.
std::string es2_success_json();

// The body of HandleDownloadProgressInfo, as it is sent.
struct ProgressInfo {
  FunctionHeader header;
  std::optional<Eid> eid;
  Iccid iccid;
  std::string profile_type;
  UnixMs time_ms = 0;
  std::uint32_t point = 0;
  std::optional<RspError> failure;  // none: Executed-Success
  ByteView result_data;             // empty: none
};
std::string progress_info_json(const ProgressInfo& info);

// The same as another SM-DP+ sent it. `status` as it was told; times are the sender's.
struct ReportedProgress {
  FunctionHeader header;
  std::optional<Eid> eid;
  Iccid iccid;
  std::string profile_type;
  std::string timestamp;  // 1..40 octets
  std::uint32_t point = 0;
  std::optional<RspError> failure;  // none: it went well, with a warning or without
  Bytes result_data;                // empty: none
};
// 1.3.1/2.1, too, for a notificationPointId that is not 1 to 4: what others mean by further numbers
// the standard does not say.
Result<ReportedProgress, Es2Failure> read_progress_info(std::string_view json);
// Did the operator take it? 204, or 200 with a status other than Failed.
bool is_failed_answer(std::string_view json);

}  // namespace berth::rsp::sgp22
