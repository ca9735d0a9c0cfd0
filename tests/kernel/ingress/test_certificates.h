// Self-signed certificates for the listener's tests, written to a folder of their own.

#pragma once

#include <filesystem>
#include <string>

#include "kernel/tenancy/configuration.h"

namespace berth::ingress::test {

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// <folder>/<file>.pem and <file>.key.pem (0600); `group` is an OpenSSL curve name.
tenancy::TlsIdentity make_certificate(const std::filesystem::path& folder, const std::string& file,
                                      const std::string& dns_name,
                                      const std::string& group = "prime256v1");

}  // namespace berth::ingress::test
