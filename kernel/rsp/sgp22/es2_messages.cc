#include "kernel/rsp/sgp22/es2_messages.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "kernel/rsp/sgp22/json_members.h"
#include "kernel/rsp/sgp22/status_codes.h"

namespace berth::rsp::sgp22 {
namespace {

using nlohmann::ordered_json;
using Kind = JsonValue::Kind;
template <class T>
using Es2Result = Result<T, Es2Failure>;
using Path = std::initializer_list<std::string_view>;

constexpr std::size_t kRequestDepth = 2;  // header and its members
constexpr std::size_t kAnswerDepth = 3;   // header.functionExecutionStatus.status
constexpr std::size_t kMaxAddress = 255;  // octets
constexpr std::size_t kMaxMatchingId = 255;
constexpr std::size_t kProgressDepth = 3;  // notificationPointStatus.statusCodeData.subjectCode
constexpr std::size_t kMaxTimestamp = 40;  // octets
constexpr std::size_t kMaxStatusCode = 16;
constexpr std::size_t kMaxStatusMessage = 256;
constexpr std::size_t kMaxResultData = 64 * 1024;

Es2Failure missing(std::string_view member) {
  return request_element_missing(std::string(member) + " is missing");
}
Es2Failure wrong(std::string_view member, std::string_view wanted) {
  return request_malformed(std::string(member) + " is not " + std::string(wanted));
}

Es2Result<JsonMembers> read_members(std::string_view json, std::size_t depth = kRequestDepth) {
  auto members = JsonMembers::read(json, depth);
  if (!members) return Es2Failure(std::move(members).error());
  return std::move(members).value();
}

// null is how some generators write an absent member.
const JsonValue* find(const JsonMembers& members, Path path) {
  const JsonValue* value = members.find(path);
  return value == nullptr || value->kind == Kind::kNull ? nullptr : value;
}

bool is_printable(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

// A string of at most `limit` octets without control characters; none when absent.
Es2Result<std::optional<std::string>> optional_text(const JsonMembers& members, Path path,
                                                    std::size_t limit) {
  const std::string_view name = *(path.end() - 1);
  const JsonValue* value = find(members, path);
  if (value == nullptr) return std::optional<std::string>();
  if (value->kind != Kind::kText) return wrong(name, "a string");
  if (value->text.size() > limit) {
    return wrong(name, "at most " + std::to_string(limit) + " octets long");
  }
  if (!is_printable(value->text)) return wrong(name, "free of control characters");
  return std::optional(value->text);
}

Es2Result<std::string> mandatory_text(const JsonMembers& members, Path path, std::size_t limit) {
  const std::string_view name = *(path.end() - 1);
  BERTH_TRY(text, optional_text(members, path, limit));
  if (!text) return missing(name);
  if (text->empty()) return request_malformed(std::string(name) + " is empty");
  return std::move(*text);
}

Es2Result<FunctionHeader> to_header(const JsonMembers& members) {
  const JsonValue* header = find(members, {"header"});
  if (header == nullptr) return missing("header");
  if (header->kind != Kind::kObject) return wrong("header", "an object");
  BERTH_TRY(requester, mandatory_text(members, {"header", "functionRequesterIdentifier"},
                                      kMaxFunctionIdentifier));
  BERTH_TRY(call,
            mandatory_text(members, {"header", "functionCallIdentifier"}, kMaxFunctionIdentifier));
  return FunctionHeader{std::move(requester), std::move(call)};
}

Es2Result<std::optional<Eid>> optional_eid(const JsonMembers& members) {
  const JsonValue* value = find(members, {"eid"});
  if (value == nullptr) return std::optional<Eid>();
  if (value->kind != Kind::kText) return wrong("eid", "a string");
  auto eid = Eid::parse(value->text);
  if (!eid) return wrong("eid", "32 digits");
  return std::optional(*eid);
}

Es2Result<std::optional<Iccid>> optional_iccid(const JsonMembers& members) {
  const JsonValue* value = find(members, {"iccid"});
  if (value == nullptr) return std::optional<Iccid>();
  if (value->kind != Kind::kText) return wrong("iccid", "a string");
  auto iccid = Iccid::parse(value->text);
  if (!iccid) return wrong("iccid", "18 to 20 digits");
  return std::optional(std::move(iccid).value());
}

Es2Result<Iccid> mandatory_iccid(const JsonMembers& members) {
  BERTH_TRY(iccid, optional_iccid(members));
  if (!iccid) return missing("iccid");
  return std::move(*iccid);
}

// "" is a value of its own: default SM-DP+ use.
Es2Result<std::optional<std::string>> optional_matching_id(const JsonMembers& members) {
  BERTH_TRY(text, optional_text(members, {"matchingId"}, kMaxMatchingId));
  if (text && !text->empty() && !MatchingId::parse(*text)) {
    return wrong("matchingId", "of printable ASCII characters without $");
  }
  return std::move(text);
}

// The standard has a pair of its own for an address that cannot be one (SGP.22 §5.3.2).
Es2Result<std::string> optional_smds_address(const JsonMembers& members) {
  BERTH_TRY(text, optional_text(members, {"smdsAddress"}, kMaxAddress));
  if (!text || text->empty()) return std::string();
  if (!HostName::parse(*text)) return Es2Failure(smds_inaccessible("smdsAddress is no host name"));
  return std::move(*text);
}

Es2Result<bool> mandatory_boolean(const JsonMembers& members, std::string_view name) {
  const JsonValue* value = find(members, {name});
  if (value == nullptr) return missing(name);
  if (value->kind != Kind::kBoolean) return wrong(name, "a boolean");
  return value->boolean;
}

// A number or its digits (both are sent).
Es2Result<std::uint32_t> notification_point(const JsonMembers& members) {
  constexpr std::string_view kName = "notificationPointId";
  const JsonValue* value = find(members, {kName});
  if (value == nullptr) return missing(kName);
  const bool digits = value->kind == Kind::kNumber || value->kind == Kind::kText;
  if (!digits || value->text.size() != 1 || value->text[0] < '1' || value->text[0] > '4') {
    return wrong(kName, "1, 2, 3 or 4");
  }
  return static_cast<std::uint32_t>(value->text[0] - '0');
}

Es2Result<std::optional<RspError>> point_status(const JsonMembers& members) {
  constexpr std::string_view kStatus = "notificationPointStatus";
  constexpr std::string_view kData = "statusCodeData";
  const JsonValue* object = find(members, {kStatus});
  if (object == nullptr) return missing(kStatus);
  if (object->kind != Kind::kObject) return wrong(kStatus, "an object");
  BERTH_TRY(status, mandatory_text(members, {kStatus, "status"}, kMaxProfileType));
  if (status == "Executed-Success" || status == "Executed-WithWarning") {
    return std::optional<RspError>();
  }
  if (status != "Failed" && status != "Expired") return wrong("status", "one of the standard's");
  BERTH_TRY(subject, mandatory_text(members, {kStatus, kData, "subjectCode"}, kMaxStatusCode));
  BERTH_TRY(reason, mandatory_text(members, {kStatus, kData, "reasonCode"}, kMaxStatusCode));
  BERTH_TRY(message, optional_text(members, {kStatus, kData, "message"}, kMaxStatusMessage));
  return std::optional(RspError{std::move(subject), std::move(reason), message.value_or("")});
}

Es2Result<Bytes> optional_octets(const JsonMembers& members, std::string_view name) {
  BERTH_TRY(text, optional_text(members, {name}, kMaxResultData));
  auto octets = from_base64(text.value_or(""));
  if (!octets) return wrong(name, "base64");
  return std::move(*octets);
}

// A message may quote a peer; octets that are not UTF-8 must not turn an answer into a throw.
std::string written(const ordered_json& body) {
  return body.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

ordered_json status_object(std::string_view status, const RspError* details) {
  ordered_json object = {{"status", status}};
  if (details != nullptr) {
    object["statusCodeData"] = {{"subjectCode", details->subject_code},
                                {"reasonCode", details->reason_code}};
    if (!details->message.empty()) object["statusCodeData"]["message"] = details->message;
  }
  return object;
}

ordered_json with_header(ordered_json status) {
  ordered_json body;
  body["header"]["functionExecutionStatus"] = std::move(status);
  return body;
}

}  // namespace

Result<FunctionHeader, Es2Failure> read_function_header(std::string_view json) {
  BERTH_TRY(members, read_members(json));
  return to_header(members);
}

Result<DownloadOrder, Es2Failure> read_download_order(std::string_view json) {
  BERTH_TRY(members, read_members(json));
  BERTH_TRY(header, to_header(members));
  BERTH_TRY(eid, optional_eid(members));
  BERTH_TRY(iccid, optional_iccid(members));
  BERTH_TRY(profile_type, optional_text(members, {"profileType"}, kMaxProfileType));
  BERTH_TRY(correlation_id, optional_text(members, {"correlationId"}, kMaxFunctionIdentifier));
  if (!iccid && profile_type.value_or("").empty()) {
    return Es2Failure(request_element_missing("iccid or profileType is needed"));
  }
  return DownloadOrder{std::move(header), std::move(eid), std::move(iccid),
                       profile_type.value_or(""), correlation_id.value_or("")};
}

Result<ConfirmOrder, Es2Failure> read_confirm_order(std::string_view json) {
  BERTH_TRY(members, read_members(json));
  BERTH_TRY(header, to_header(members));
  BERTH_TRY(iccid, mandatory_iccid(members));
  BERTH_TRY(eid, optional_eid(members));
  BERTH_TRY(matching_id, optional_matching_id(members));
  BERTH_TRY(code, optional_text(members, {"confirmationCode"}, kMaxConfirmationCode));
  BERTH_TRY(smds_address, optional_smds_address(members));
  BERTH_TRY(release, mandatory_boolean(members, "releaseFlag"));
  return ConfirmOrder{
      std::move(header), std::move(iccid),        std::move(eid), std::move(matching_id),
      code.value_or(""), std::move(smds_address), release};
}

Result<CancelOrder, Es2Failure> read_cancel_order(std::string_view json) {
  constexpr std::string_view kIndicator = "finalProfileStatusIndicator";
  BERTH_TRY(members, read_members(json));
  BERTH_TRY(header, to_header(members));
  BERTH_TRY(iccid, mandatory_iccid(members));
  BERTH_TRY(eid, optional_eid(members));
  BERTH_TRY(matching_id, optional_matching_id(members));
  BERTH_TRY(indicator, mandatory_text(members, {kIndicator}, kMaxProfileType));
  if (indicator != "Available" && indicator != "Unavailable") {
    return wrong(kIndicator, "Available or Unavailable");
  }
  return CancelOrder{std::move(header), std::move(iccid), std::move(eid), std::move(matching_id),
                     indicator == "Available"};
}

Result<ReleaseProfile, Es2Failure> read_release_profile(std::string_view json) {
  BERTH_TRY(members, read_members(json));
  BERTH_TRY(header, to_header(members));
  BERTH_TRY(iccid, mandatory_iccid(members));
  return ReleaseProfile{std::move(header), std::move(iccid)};
}

std::string download_order_json(const Iccid& iccid) {
  ordered_json body = with_header(status_object("Executed-Success", nullptr));
  body["iccid"] = iccid.text();
  return written(body);
}

std::string confirm_order_json(const ConfirmOrderAnswer& answer) {
  // No pair of the standard speaks of a mere warning; the reason nearest in name is sent with it.
  const RspError warning{"1.6", "4.3", answer.warning};
  ordered_json body =
      with_header(answer.warning.empty() ? status_object("Executed-Success", nullptr)
                                         : status_object("Executed-WithWarning", &warning));
  if (answer.eid) body["eid"] = answer.eid->text();
  body["matchingId"] = answer.matching_id;
  body["smdpAddress"] = answer.smdp_address;
  return written(body);
}

std::string es2_success_json() {
  return written(with_header(status_object("Executed-Success", nullptr)));
}

std::string progress_info_json(const ProgressInfo& info) {
  ordered_json body;
  body["header"] = {{"functionRequesterIdentifier", info.header.requester},
                    {"functionCallIdentifier", info.header.call}};
  if (info.eid) body["eid"] = info.eid->text();
  body["iccid"] = info.iccid.text();
  body["profileType"] = info.profile_type;
  body["timestamp"] = to_rfc3339(info.time_ms);
  body["notificationPointId"] = info.point;
  body["notificationPointStatus"] = info.failure ? status_object("Failed", &*info.failure)
                                                 : status_object("Executed-Success", nullptr);
  if (!info.result_data.empty()) body["resultData"] = to_base64(info.result_data);
  return written(body);
}

Result<ReportedProgress, Es2Failure> read_progress_info(std::string_view json) {
  BERTH_TRY(members, read_members(json, kProgressDepth));
  BERTH_TRY(header, to_header(members));
  BERTH_TRY(eid, optional_eid(members));
  BERTH_TRY(iccid, mandatory_iccid(members));
  BERTH_TRY(profile_type, mandatory_text(members, {"profileType"}, kMaxProfileType));
  BERTH_TRY(timestamp, mandatory_text(members, {"timestamp"}, kMaxTimestamp));
  BERTH_TRY(point, notification_point(members));
  BERTH_TRY(failure, point_status(members));
  BERTH_TRY(result_data, optional_octets(members, "resultData"));
  return ReportedProgress{std::move(header),       std::move(eid),        std::move(iccid),
                          std::move(profile_type), std::move(timestamp),  point,
                          std::move(failure),      std::move(result_data)};
}

bool is_failed_answer(std::string_view json) {
  const auto members = JsonMembers::read(json, kAnswerDepth);
  if (!members) return false;  // nothing that says Failed
  const JsonValue* status = members->find({"header", "functionExecutionStatus", "status"});
  return status != nullptr && status->kind == Kind::kText && status->text == "Failed";
}

}  // namespace berth::rsp::sgp22
