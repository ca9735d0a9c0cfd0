#include "tools/euicc/install_error.h"

namespace berth::euicc {

std::string_view to_string(InstallError reason) {
  switch (reason) {
    case InstallError::kIncorrectInputValues:
      return "incorrectInputValues";
    case InstallError::kInvalidSignature:
      return "invalidSignature";
    case InstallError::kInvalidTransactionId:
      return "invalidTransactionId";
    case InstallError::kUnsupportedCrtValues:
      return "unsupportedCrtValues";
    case InstallError::kUnsupportedRemoteOperationType:
      return "unsupportedRemoteOperationType";
    case InstallError::kUnsupportedProfileClass:
      return "unsupportedProfileClass";
    case InstallError::kBspStructure:
      return "bspStructureError";
    case InstallError::kBspSecurity:
      return "bspSecurityError";
    case InstallError::kIccidAlreadyExists:
      return "installFailedDueToIccidAlreadyExistsOnEuicc";
    case InstallError::kInsufficientMemory:
      return "installFailedDueToInsufficientMemoryForProfile";
    case InstallError::kInterruption:
      return "installFailedDueToInterruption";
    case InstallError::kPeProcessing:
      return "installFailedDueToPEProcessingError";
    case InstallError::kDataMismatch:
      return "installFailedDueToDataMismatch";
    case InstallError::kTestProfileInvalidNaaKey:
      return "testProfileInstallFailedDueToInvalidNaaKey";
    case InstallError::kPprNotAllowed:
      return "pprNotAllowed";
    case InstallError::kUnknown:
      break;
  }
  return "installFailedDueToUnknownError";
}

std::string_view to_string(BppCommand command) {
  switch (command) {
    case BppCommand::kInitialiseSecureChannel:
      return "initialiseSecureChannel";
    case BppCommand::kConfigureIsdp:
      return "configureISDP";
    case BppCommand::kStoreMetadata:
      return "storeMetadata";
    case BppCommand::kStoreMetadata2:
      return "storeMetadata2";
    case BppCommand::kReplaceSessionKeys:
      return "replaceSessionKeys";
    case BppCommand::kLoadProfileElements:
      break;
  }
  return "loadProfileElements";
}

bool is_temporary(InstallError reason) {
  return reason == InstallError::kInsufficientMemory || reason == InstallError::kInterruption;
}

}  // namespace berth::euicc
