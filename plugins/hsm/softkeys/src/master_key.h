// The key that seals the key files, derived from the operator's secret with a salt kept in the
// folder.

#pragma once

#include <string>

#include "berth/sdk/views.h"
#include "openssl.h"

namespace softkeys {

// What the secret is: a passphrase may have been chosen by a person and is stretched by scrypt,
// slow by design; a random key of 256 bits cannot be guessed however fast the guessing, so HKDF is
// enough.
enum class SecretKind { kPassphrase = 1, kRandomKey };

inline constexpr std::size_t kRandomKeyOctets = 32;

// Reads folder/.master, or makes it at first use (two instances starting at once agree on one).
// Throws UNAUTHENTICATED "softkeys.wrong_passphrase" (or "softkeys.wrong_master_key"),
// FAILED_PRECONDITION "softkeys.secret_kind" when the folder was made under a secret of the other
// kind, and DATA_LOSS "softkeys.master_file".
SecretOctets open_master_key(const std::string& folder, berth::sdk::ByteView secret,
                             SecretKind kind);

}  // namespace softkeys
