// The certificate that the other side of a TLS connection showed.

#pragma once

#include <openssl/x509.h>

#include <optional>
#include <string>

#include "kernel/base/clock.h"

namespace berth::tls {

inline constexpr std::size_t kMaxShownSubject = 256;  // octets

struct PeerCertificate {
  std::string spki_sha256;
  std::string subject;  // for people; printable ASCII, at most kMaxShownSubject
  UnixMs not_before_ms = 0;
  UnixMs not_after_ms = 0;
};

// SHA-256 of the SubjectPublicKeyInfo in DER, lower-case hexadecimal; empty: there is no key.
std::string spki_sha256(X509* certificate);

// nullopt: a certificate that cannot be told apart from others (no key, dates out of form).
std::optional<PeerCertificate> describe_peer(X509* certificate);

}  // namespace berth::tls
