// What the sdk has for secrets, by this plugin's names.

#pragma once

#include "berth/sdk/openssl_errors.h"
#include "berth/sdk/secret.h"

namespace s3 {

using berth::sdk::ErrorQueueGuard;
using berth::sdk::SecretOctets;

}  // namespace s3
