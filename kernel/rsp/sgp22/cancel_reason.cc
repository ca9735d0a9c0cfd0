#include "kernel/rsp/sgp22/cancel_reason.h"

#include <string>

namespace berth::rsp::sgp22 {
namespace {

struct Row {
  std::uint64_t reason;
  std::string_view name;
  std::string_view subject_code;  // empty: the order stays and nothing is reported
  std::string_view reason_code;
  std::string_view message;
};

constexpr Row kReasons[] = {
    {0, "endUserRejection", "8.8.5", "3.8", "the subscriber rejected the profile"},
    {1, "postponed", "", "", ""},
    {2, "timeout", "", "", ""},
    {3, "pprNotAllowed", "8.2.8", "1.2", "the card does not allow the profile's policy rules"},
    {4, "metadataMismatch", "8.2.9", "3.11", "the profile's metadata changed on the way"},
    {5, "loadBppExecutionError", "8.2.10", "4.2", "the package could not be loaded"},
    {16, "sessionAborted", "8", "4.2", "the device aborted the session"},
    {17, "enterpriseProfilesNotSupported", "8.2.13", "3.1", "no enterprise profiles on this card"},
    {18, "enterpriseRulesNotAllowed", "8.2.13", "1.2", "enterprise rules are not allowed"},
    {19, "enterpriseProfileNotAllowed", "8.2.13", "3.8", "the enterprise profile is not allowed"},
    {20, "enterpriseOidMismatch", "8.2.13", "3.12", "the card belongs to another enterprise"},
    {21, "enterpriseRulesError", "8.2.13", "3.8", "the enterprise rules are in error"},
    {22, "enterpriseProfilesOnly", "8.2.13", "3.8", "the card takes enterprise profiles only"},
    {23, "lprNotSupported", "8.2.14", "3.1", "the device has no LPA proxy"},
    {24, "lprNetworkDataNotAllowed", "8.8.6", "3.8", "network data is not allowed"},
    {25, "emptyProfileOrSpName", "8.2.9", "3.8", "the profile has no name"},
    {27, "rpmDisabled", "8.8.6", "3.8", "remote management is switched off"},
    {28, "invalidRpmPackage", "8.8.6", "2.1", "the management package is invalid"},
    {29, "loadRpmPackageError", "8.8.6", "4.2", "the management package could not be loaded"},
    {30, "operationAbandoned", "8.10.3", "4.3", "the device change was abandoned"},
    {127, "undefinedReason", "8", "4.2", "the device gave no reason"},
};

CancelReason from_row(const Row& row) {
  if (row.subject_code.empty()) return {row.name, CancelEffect::kKeepOrder, std::nullopt};
  return {row.name, CancelEffect::kEndOrder,
          RspError{std::string(row.subject_code), std::string(row.reason_code),
                   std::string(row.message)}};
}

}  // namespace

CancelReason cancel_reason(std::uint64_t reason) {
  for (const Row& row : kReasons) {
    if (row.reason == reason) return from_row(row);
  }
  return {"unknown", CancelEffect::kEndOrder,
          RspError{"8", "4.2", "the device gave a reason unknown here"}};
}

}  // namespace berth::rsp::sgp22
