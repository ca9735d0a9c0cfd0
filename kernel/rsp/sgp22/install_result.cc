#include "kernel/rsp/sgp22/install_result.h"

#include <iterator>

namespace berth::rsp::sgp22 {
namespace {

constexpr auto kPermanent = FailureClass::kPermanent;
constexpr auto kTemporary = FailureClass::kTemporary;

struct Row {
  std::uint64_t error_reason;
  InstallFailure failure;
};

// Names are those of the v2.3+ modules; v2.2 says scp03t… for 7 and 8 and …IccidMismatch for 13.
constexpr Row kFailures[] = {
    {1, {"incorrectInputValues", kPermanent}},
    {2, {"invalidSignature", kPermanent}},
    {3, {"invalidTransactionId", kPermanent}},
    {4, {"unsupportedCrtValues", kPermanent}},
    {5, {"unsupportedRemoteOperationType", kPermanent}},
    {6, {"unsupportedProfileClass", kPermanent}},
    {7, {"bspStructureError", kPermanent}},
    {8, {"bspSecurityError", kPermanent}},
    {9, {"installFailedDueToIccidAlreadyExistsOnEuicc", kPermanent}},
    {10, {"installFailedDueToInsufficientMemoryForProfile", kTemporary}},
    {11, {"installFailedDueToInterruption", kTemporary}},
    {12, {"installFailedDueToPEProcessingError", kPermanent}},
    {13, {"installFailedDueToDataMismatch", kPermanent}},
    {14, {"testProfileInstallFailedDueToInvalidNaaKey", kPermanent}},
    {15, {"pprNotAllowed", kPermanent}},
    {17, {"enterpriseProfilesNotSupported", kPermanent}},
    {18, {"enterpriseRulesNotAllowed", kPermanent}},
    {19, {"enterpriseProfileNotAllowed", kPermanent}},
    {20, {"enterpriseOidMismatch", kPermanent}},
    {21, {"enterpriseRulesError", kPermanent}},
    {22, {"enterpriseProfilesOnly", kPermanent}},
    {23, {"lprNotSupported", kPermanent}},
    {26, {"unknownTlvInMetadata", kPermanent}},
    {31, {"insufficientMinimumSecurityLevel", kPermanent}},
    {32, {"serverAddressNotAllowed", kPermanent}},
    {127, {"installFailedDueToUnknownError", kPermanent}},
};

constexpr std::string_view kCommands[] = {"initialiseSecureChannel", "configureISDP",
                                          "storeMetadata",           "storeMetadata2",
                                          "replaceSessionKeys",      "loadProfileElements"};

}  // namespace

InstallFailure install_failure(std::uint64_t error_reason) {
  for (const Row& row : kFailures) {
    if (row.error_reason == error_reason) return row.failure;
  }
  return {"unknown", kPermanent};
}

std::string_view bpp_command_name(std::uint64_t bpp_command_id) {
  return bpp_command_id < std::size(kCommands) ? kCommands[bpp_command_id] : "unknown";
}

}  // namespace berth::rsp::sgp22
