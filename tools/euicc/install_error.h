// Why an installation ended: BppCommandId and ErrorReason of SGP.22 (module RSPDefinitions).

#pragma once

#include <cstdint>
#include <string_view>

namespace berth::euicc {

// The values are those on the wire, so kInitialiseSecureChannel is 0 by the standard's choice.
enum class BppCommand : std::uint8_t {
  kInitialiseSecureChannel = 0,
  kConfigureIsdp = 1,
  kStoreMetadata = 2,
  kStoreMetadata2 = 3,
  kReplaceSessionKeys = 4,
  kLoadProfileElements = 5,
};

enum class InstallError : std::uint8_t {
  kIncorrectInputValues = 1,
  kInvalidSignature = 2,
  kInvalidTransactionId = 3,
  kUnsupportedCrtValues = 4,
  kUnsupportedRemoteOperationType = 5,
  kUnsupportedProfileClass = 6,
  kBspStructure = 7,
  kBspSecurity = 8,
  kIccidAlreadyExists = 9,
  kInsufficientMemory = 10,
  kInterruption = 11,
  kPeProcessing = 12,
  kDataMismatch = 13,
  kTestProfileInvalidNaaKey = 14,
  kPprNotAllowed = 15,
  kUnknown = 127,
};

struct InstallFailure {
  BppCommand command;
  InstallError reason;
};

// "bspSecurityError", as SGP.22 spells it.
std::string_view to_string(InstallError reason);
std::string_view to_string(BppCommand command);
// The server may deliver the same package again (SGP.22 §3.1.3): the one-time key is kept.
bool is_temporary(InstallError reason);

}  // namespace berth::euicc
