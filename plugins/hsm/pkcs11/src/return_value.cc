#include "return_value.h"

#include <array>
#include <cstdint>

namespace pkcs11 {
namespace {

using berth::sdk::Error;

constexpr std::uint32_t kRetryLaterMs = 1000;

struct Row {
  CK_RV value;
  const char* name;
  Trouble trouble;
  berth_status status;
  const char* reason;
  const char* advice;
};

constexpr const char* kReplug = "the token is away; put it back, the plugin finds it by itself";
constexpr const char* kNoOffer = "the token does not offer this; see its manual and its policy";
constexpr const char* kNoFit = "the key is not for this use";
constexpr const char* kLook = "look at the device and its log";
constexpr const char* kFull = "the token or its driver is out of room";
constexpr const char* kAgain = "the session was closed by the token, and so was the next one";
constexpr const char* kNoPin = "no further attempt is made; correct the PIN file, then restart";

constexpr Row kRows[] = {
#define BERTH_ROW(value, trouble, status, reason, advice) \
  Row { value, #value, Trouble::trouble, BERTH_##status, reason, advice }
    BERTH_ROW(CKR_SESSION_HANDLE_INVALID, kToken, UNAVAILABLE, "pkcs11.session_lost", kAgain),
    BERTH_ROW(CKR_SESSION_CLOSED, kToken, UNAVAILABLE, "pkcs11.session_lost", kAgain),
    BERTH_ROW(CKR_OPERATION_ACTIVE, kToken, UNAVAILABLE, "pkcs11.session_lost", kAgain),
    BERTH_ROW(CKR_DEVICE_REMOVED, kToken, UNAVAILABLE, "pkcs11.token_lost", kReplug),
    BERTH_ROW(CKR_TOKEN_NOT_PRESENT, kToken, UNAVAILABLE, "pkcs11.token_lost", kReplug),
    BERTH_ROW(CKR_TOKEN_NOT_RECOGNIZED, kToken, UNAVAILABLE, "pkcs11.token_lost", kReplug),
    BERTH_ROW(CKR_SLOT_ID_INVALID, kToken, UNAVAILABLE, "pkcs11.token_lost", kReplug),
    BERTH_ROW(CKR_USER_NOT_LOGGED_IN, kToken, UNAVAILABLE, "pkcs11.token_lost", kReplug),
    BERTH_ROW(CKR_CRYPTOKI_NOT_INITIALIZED, kToken, UNAVAILABLE, "pkcs11.token_lost", kReplug),
    BERTH_ROW(CKR_OBJECT_HANDLE_INVALID, kObject, ABORTED, "pkcs11.key_lost", kLook),
    BERTH_ROW(CKR_KEY_HANDLE_INVALID, kObject, ABORTED, "pkcs11.key_lost", kLook),
    BERTH_ROW(CKR_GENERAL_ERROR, kDevice, UNAVAILABLE, "pkcs11.device", kLook),
    BERTH_ROW(CKR_FUNCTION_FAILED, kDevice, UNAVAILABLE, "pkcs11.device", kLook),
    BERTH_ROW(CKR_DEVICE_ERROR, kDevice, UNAVAILABLE, "pkcs11.device", kLook),
    BERTH_ROW(CKR_DEVICE_MEMORY, kOther, RESOURCE_EXHAUSTED, "pkcs11.full", kFull),
    BERTH_ROW(CKR_HOST_MEMORY, kOther, RESOURCE_EXHAUSTED, "pkcs11.full", kFull),
    BERTH_ROW(CKR_SESSION_COUNT, kOther, RESOURCE_EXHAUSTED, "pkcs11.full", kFull),
    BERTH_ROW(CKR_PIN_INCORRECT, kOther, UNAUTHENTICATED, "pkcs11.pin_incorrect", kNoPin),
    BERTH_ROW(CKR_PIN_INVALID, kOther, UNAUTHENTICATED, "pkcs11.pin_incorrect", kNoPin),
    BERTH_ROW(CKR_PIN_LEN_RANGE, kOther, UNAUTHENTICATED, "pkcs11.pin_incorrect", kNoPin),
    BERTH_ROW(CKR_PIN_LOCKED, kOther, UNAUTHENTICATED, "pkcs11.pin_locked",
              "the security officer has to set a new PIN"),
    BERTH_ROW(CKR_PIN_EXPIRED, kOther, UNAUTHENTICATED, "pkcs11.pin_expired",
              "set a new PIN, then restart"),
    BERTH_ROW(CKR_USER_PIN_NOT_INITIALIZED, kOther, FAILED_PRECONDITION, "pkcs11.pin_not_set",
              "the security officer has to set the user's PIN"),
    BERTH_ROW(CKR_MECHANISM_INVALID, kOther, UNSUPPORTED, "pkcs11.unsupported", kNoOffer),
    BERTH_ROW(CKR_MECHANISM_PARAM_INVALID, kOther, UNSUPPORTED, "pkcs11.unsupported", kNoOffer),
    BERTH_ROW(CKR_FUNCTION_NOT_SUPPORTED, kOther, UNSUPPORTED, "pkcs11.unsupported", kNoOffer),
    BERTH_ROW(CKR_DOMAIN_PARAMS_INVALID, kOther, UNSUPPORTED, "pkcs11.unsupported", kNoOffer),
    BERTH_ROW(CKR_CURVE_NOT_SUPPORTED, kOther, UNSUPPORTED, "pkcs11.unsupported", kNoOffer),
    BERTH_ROW(CKR_TEMPLATE_INCONSISTENT, kOther, UNSUPPORTED, "pkcs11.unsupported", kNoOffer),
    BERTH_ROW(CKR_TEMPLATE_INCOMPLETE, kOther, UNSUPPORTED, "pkcs11.unsupported", kNoOffer),
    BERTH_ROW(CKR_ATTRIBUTE_VALUE_INVALID, kOther, UNSUPPORTED, "pkcs11.unsupported", kNoOffer),
    BERTH_ROW(CKR_ATTRIBUTE_TYPE_INVALID, kOther, UNSUPPORTED, "pkcs11.unsupported", kNoOffer),
    BERTH_ROW(CKR_ATTRIBUTE_SENSITIVE, kOther, UNSUPPORTED, "pkcs11.unsupported", kNoOffer),
    BERTH_ROW(CKR_DATA_LEN_RANGE, kOther, UNSUPPORTED, "pkcs11.unsupported", kNoOffer),
    BERTH_ROW(CKR_TOKEN_WRITE_PROTECTED, kOther, FAILED_PRECONDITION, "pkcs11.write_protected",
              "the token takes no new objects"),
    BERTH_ROW(CKR_KEY_FUNCTION_NOT_PERMITTED, kOther, PERMISSION_DENIED, "hsm.key_usage", kNoFit),
    BERTH_ROW(CKR_KEY_TYPE_INCONSISTENT, kOther, PERMISSION_DENIED, "hsm.key_usage", kNoFit),
#undef BERTH_ROW
};

const Row* find(CK_RV value) {
  for (const Row& row : kRows) {
    if (row.value == value) return &row;
  }
  return nullptr;
}

}  // namespace

Trouble trouble_of(CK_RV value) {
  const Row* row = find(value);
  return row == nullptr ? Trouble::kOther : row->trouble;
}

std::string name_of(CK_RV value) {
  if (const Row* row = find(value)) return row->name;
  constexpr std::array<char, 17> kDigits = {"0123456789ABCDEF"};
  std::string digits;
  do {
    digits.insert(digits.begin(), kDigits[value & 15]);
    value >>= 4;
  } while (value != 0);
  return "return value 0x" + digits;
}

Error error_of(const CallFailed& failed) {
  std::string what = std::string(failed.call) + " answered " + name_of(failed.value);
  const Row* row = find(failed.value);
  if (row == nullptr) {
    return Error(BERTH_INTERNAL, "pkcs11.call", what + "; look it up in the device's manual");
  }
  Error error(row->status, row->reason, what + ": " + row->advice);
  bool later = row->status == BERTH_UNAVAILABLE || row->status == BERTH_RESOURCE_EXHAUSTED;
  return later ? std::move(error).with_retry_after_ms(kRetryLaterMs) : error;
}

}  // namespace pkcs11
