// Certificates for tests over real sockets, written to a folder of their own.

#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "kernel/base/bytes.h"
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

struct CertificateWish {
  std::string dns_name;  // empty: no subjectAltName
  std::string group = "prime256v1";
  std::string common_name = "test";
  long begins_in_s = -3600;
  long ends_in_s = 3600;
  bool ca = false;
  // A CA made here signs; its key identifier is named, its certificate is not in the chain file.
  std::optional<tenancy::TlsIdentity> issuer = {};
};
tenancy::TlsIdentity make_certificate(const std::filesystem::path& folder, const std::string& file,
                                      const CertificateWish& wish);

// A key file that claims the public key of `shown` and holds another private key: what somebody has
// who only saw the certificate.
tenancy::TlsIdentity without_possession(const std::filesystem::path& folder,
                                        const tenancy::TlsIdentity& shown);

// SHA-256 of the SubjectPublicKeyInfo of the file's first certificate, lower-case hexadecimal.
std::string pin_of(const std::filesystem::path& certificate);
// Its SubjectKeyIdentifier.
Bytes key_id_of(const std::filesystem::path& certificate);

// <folder>/<file>.pem and <file>.key.pem (0600); `group` is an OpenSSL curve name.
tenancy::TlsIdentity make_certificate(const std::filesystem::path& folder, const std::string& file,
                                      const std::string& dns_name,
                                      const std::string& group = "prime256v1");

}  // namespace berth::ingress::test
