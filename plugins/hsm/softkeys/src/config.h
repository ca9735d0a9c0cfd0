// The instance's configuration and the secret it points to.

#pragma once

#include <string>
#include <string_view>

#include "master_key.h"
#include "openssl.h"

namespace softkeys {

struct Config {
  std::string folder;       // absolute
  std::string secret_file;  // absolute: passphraseFile or masterKeyFile
  SecretKind secret_kind = SecretKind::kPassphrase;
};

// Throws Error INVALID_ARGUMENT "softkeys.config" naming the key at fault.
Config parse_config(std::string_view json);

inline constexpr std::size_t kMaxPassphraseOctets = 1024;

// The file's content without its last line end. Throws Error: NOT_FOUND "softkeys.passphrase_file"
// when it cannot be read, PERMISSION_DENIED "softkeys.passphrase_mode" unless it is a regular file
// of mode 0600 or 0400 owned by this user or root, INVALID_ARGUMENT "softkeys.passphrase" when it
// is empty or too long.
SecretOctets read_passphrase(const std::string& path);

// The 32 octets that the file spells in 64 hexadecimal digits. Throws Error as read_passphrase
// does, and INVALID_ARGUMENT "softkeys.master_key" for anything else in it.
SecretOctets read_random_key(const std::string& path);

}  // namespace softkeys
