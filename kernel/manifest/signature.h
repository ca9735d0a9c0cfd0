// Ed25519 signatures (RFC 8032, pure) over a manifest's octets: who signs, who is trusted.
//
// A signature is 64 raw octets in a file of its own, so that OpenSSL's command or an HSM can make
// and check one as well. Keys are PEM: PKCS#8 for the private, SubjectPublicKeyInfo for the public.
// Values; thread-safe once made.

#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "kernel/base/bytes.h"
#include "kernel/base/result.h"
#include "kernel/base/secret_bytes.h"

namespace berth::manifest {

inline constexpr std::size_t kSignatureBytes = 64;
inline constexpr std::size_t kKeyBytes = 32;  // of a raw key, private or public

class PublicKey {
 public:
  // "plugin_key.invalid" for anything but one PEM public key of type Ed25519.
  static Result<PublicKey> from_pem(std::string_view pem);
  // The same of a file; "plugin_key.unreadable" when it cannot be read. The message names the file.
  static Result<PublicKey> read(const std::filesystem::path& file);

  // SHA-256 of the SubjectPublicKeyInfo, 64 lower-case hexadecimal digits, as a pin is written.
  const std::string& fingerprint() const { return fingerprint_; }
  // False for a signature of another length, too.
  bool verifies(ByteView message, ByteView signature) const;

 private:
  PublicKey(Bytes raw, std::string fingerprint)
      : raw_(std::move(raw)), fingerprint_(std::move(fingerprint)) {}

  Bytes raw_;
  std::string fingerprint_;
};

class SigningKey {
 public:
  // From the system's generator.
  static SigningKey generate();
  // "plugin_key.invalid": not one unencrypted Ed25519 private key in PEM.
  static Result<SigningKey> from_pem(std::string_view pem);
  // The same of a file; "plugin_key.unreadable", and "plugin_key.open_to_others" unless its mode
  // keeps group and others out.
  static Result<SigningKey> read(const std::filesystem::path& file);

  SecretBytes private_pem() const;
  std::string public_pem() const;
  Bytes sign(ByteView message) const;  // kSignatureBytes

 private:
  explicit SigningKey(SecretBytes raw) : raw_(std::move(raw)) {}

  SecretBytes raw_;
};

}  // namespace berth::manifest
