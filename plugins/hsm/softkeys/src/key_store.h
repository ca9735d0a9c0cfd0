// The folder of encrypted keys: one file a key, sealed under a master key that the passphrase
// yields once per start.
//
// Thread-safe after open. Files are created and removed, never changed.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "aes.h"
#include "berth/sdk/op.h"
#include "config.h"
#include "openssl.h"

namespace softkeys {

// What a stored key is for; authenticated with the sealed octets.
struct KeyAttributes {
  std::uint32_t curve = 0;  // BERTH_CURVE_*; 0: symmetric
  std::uint32_t usage = 0;  // BERTH_KEY_*
  std::uint32_t bits = 0;   // symmetric only
};

struct StoredKey {
  KeyAttributes attributes;
  SecretOctets secret;  // 32 octets: scalar, or AES key
};

// Names one state of one key file; another file under the same name has another.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t changed_ns = 0;
  bool operator==(const FileIdentity&) const = default;
};

// References are 1 to 64 of a-z 0-9 . _ -, not beginning with a dot. Throws INVALID_ARGUMENT
// "hsm.bad_reference".
void check_reference(std::string_view reference);

class KeyStore {
 public:
  // Makes the folder and its master file at first use. Pays the key derivation: about 0.1 s.
  // Throws UNAUTHENTICATED "softkeys.wrong_passphrase", DATA_LOSS "softkeys.master_file" and what
  // read_passphrase and the file calls throw.
  static KeyStore open(const Config& config);

  // Empty: no such key. Does not read the file.
  std::optional<FileIdentity> find(std::string_view reference) const;
  // Empty: no such key. Throws DATA_LOSS "softkeys.key_file" when the file was altered or moved.
  std::optional<StoredKey> load(std::string_view reference) const;
  // False when the reference is taken.
  bool save(std::string_view reference, const StoredKey& key) const;
  bool remove(std::string_view reference) const;

 private:
  KeyStore(std::string folder, SecretOctets master)
      : folder_(std::move(folder)), master_(std::move(master)) {}

  std::string folder_;
  SecretOctets master_;
  Aes aes_;
};

}  // namespace softkeys
