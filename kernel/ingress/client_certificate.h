// A client's certificate as the handlers see it.

#pragma once

#include <openssl/x509.h>

#include <optional>

#include "kernel/ingress/http.h"

namespace berth::ingress {

inline constexpr std::size_t kMaxShownSubject = 256;  // octets

// nullopt: a certificate that cannot be told apart from others (no key, dates out of form).
std::optional<ClientCertificate> describe_client(X509* certificate);

}  // namespace berth::ingress
