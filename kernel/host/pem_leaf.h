// The server's own certificate of a PEM chain.

#pragma once

#include <filesystem>

#include "kernel/rsp/pki/certificate.h"

namespace berth::host {

// The first certificate of the file; the errors of rsp::pki::Certificate::from_pem.
Result<rsp::pki::Certificate> read_leaf(const std::filesystem::path& file);

}  // namespace berth::host
