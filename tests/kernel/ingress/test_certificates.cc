#include "tests/kernel/ingress/test_certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <memory>

namespace berth::ingress::test {
namespace {

template <class T, auto Free>
struct Deleter {
  void operator()(T* object) const { Free(object); }
};

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "berth-ingress-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

tenancy::TlsIdentity make_certificate(const std::filesystem::path& folder, const std::string& file,
                                      const std::string& dns_name, const std::string& group) {
  const std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY, EVP_PKEY_free>> key(
      EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", group.c_str()));
  const std::unique_ptr<X509, Deleter<X509, X509_free>> certificate(X509_new());
  REQUIRE(key);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_set_pubkey(certificate.get(), key.get());
  X509_EXTENSION* names =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + dns_name).c_str());
  X509_add_ext(certificate.get(), names, -1);
  X509_EXTENSION_free(names);
  REQUIRE(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);

  tenancy::TlsIdentity identity{folder / (file + ".pem"), folder / (file + ".key.pem")};
  FILE* out = ::fopen(identity.certificate_chain.c_str(), "w");
  PEM_write_X509(out, certificate.get());
  ::fclose(out);
  out = ::fopen(identity.private_key.c_str(), "w");
  PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  ::fclose(out);
  ::chmod(identity.private_key.c_str(), S_IRUSR | S_IWUSR);
  return identity;
}

}  // namespace berth::ingress::test
