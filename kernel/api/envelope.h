// Enciphering for one recipient, who alone can open it: CMS (RFC 5652, RFC 5083), AES-256-GCM, as
// `openssl cms -decrypt -inform DER` reads it. Internal to this room.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "kernel/base/bytes.h"
#include "kernel/base/result.h"

namespace berth::api {

inline constexpr std::size_t kMaxRecipientPem = 16 * 1024;
inline constexpr int kMinRecipientRsaBits = 2048;

// Immutable; thread-safe.
class Recipient {
 public:
  // A certificate, PEM. kInvalidArgument "exit.recipient": it is none, or its key is not RSA of
  // 2048 bits and more, nor EC. Who issued it is the caller's affair.
  static Result<Recipient> parse(std::string_view certificate_pem);
  // DER. kInternal "exit.envelope".
  Result<Bytes> envelop(ByteView plain) const;
  const std::string& sha256() const { return sha256_; }  // of the certificate, lower-case hex

 private:
  Recipient(std::shared_ptr<void> certificate, std::string sha256)
      : certificate_(std::move(certificate)), sha256_(std::move(sha256)) {}
  std::shared_ptr<void> certificate_;  // X509
  std::string sha256_;
};

}  // namespace berth::api
