// What a module answers, and what it means for the caller.

#pragma once

#include <p11-kit/pkcs11.h>

#include <string>

#include "berth/sdk/error.h"

namespace pkcs11 {

// A call of the module that did not answer CKR_OK. Never leaves the plugin: refuse() turns it into
// an Error once nothing more can be done about it.
struct CallFailed {
  const char* call;
  CK_RV value;
};

inline void check(const char* call, CK_RV value) {
  if (value != CKR_OK) throw CallFailed{call, value};
}

enum class Trouble {
  kToken,   // the session, the login or the token is gone: everything has to be opened anew
  kObject,  // the object handle means nothing (any more)
  kDevice,  // something failed, the module does not say what
  kOther,   // the request itself, or a limit
};
Trouble trouble_of(CK_RV value);

// "CKR_PIN_LOCKED", or the number of one this plugin has no name for.
std::string name_of(CK_RV value);

// The Error that callers see; README.md lists the reasons.
berth::sdk::Error error_of(const CallFailed& failed);

}  // namespace pkcs11
