// Loads a realm's certificate chain and private key into a TLS context, with errors a person can
// act on.

#pragma once

#include <openssl/ssl.h>

#include "kernel/base/result.h"
#include "kernel/ingress/tls_listener.h"

namespace berth::ingress {

// All errors are kFailedPrecondition "ingress.certificate" and name realm and file.
Result<void> load_certificate(SSL_CTX* context, const HostName& realm,
                              const tenancy::TlsIdentity& identity);

}  // namespace berth::ingress
