// The key that seals the key files: scrypt over the passphrase, with a salt kept in the folder.

#pragma once

#include <string>

#include "berth/sdk/views.h"
#include "openssl.h"

namespace softkeys {

// Reads folder/.master, or makes it at first use (two instances starting at once agree on one).
// Throws UNAUTHENTICATED "softkeys.wrong_passphrase" and DATA_LOSS "softkeys.master_file".
SecretOctets open_master_key(const std::string& folder, berth::sdk::ByteView passphrase);

}  // namespace softkeys
