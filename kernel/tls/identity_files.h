// Loads a certificate chain and its private key into a TLS context, with errors a person can act
// on.

#pragma once

#include <openssl/ssl.h>

#include <filesystem>
#include <string>

#include "kernel/base/result.h"

namespace berth::tls {

// `chain`: PEM, our certificate first, at most eight; `key`: PEM, unencrypted, closed to group and
// world. `host_name`: what the certificate must name; empty for a client's. The error is a message
// that begins with the file, to be told with the caller's own reason.
Result<void, std::string> load_identity(SSL_CTX* context, const std::filesystem::path& chain,
                                        const std::filesystem::path& key,
                                        const std::string& host_name);

}  // namespace berth::tls
