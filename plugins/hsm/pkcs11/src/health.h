// What the instance answers when it is asked how it does.

#pragma once

#include "berth/sdk/thunk.h"
#include "config.h"
#include "token.h"

namespace pkcs11 {

berth::sdk::Health health_of(const Config& config, const TokenState& state);

}  // namespace pkcs11
