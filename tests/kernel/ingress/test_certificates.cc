#include "tests/kernel/ingress/test_certificates.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <array>
#include <catch2/catch.hpp>
#include <cctype>
#include <memory>

#include "kernel/base/digest.h"

namespace berth::ingress::test {
namespace {

template <class T, auto Free>
struct Deleter {
  void operator()(T* object) const { Free(object); }
};

using X509Ptr = std::unique_ptr<X509, Deleter<X509, X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY, EVP_PKEY_free>>;

X509Ptr read_certificate(const std::filesystem::path& file) {
  FILE* in = ::fopen(file.c_str(), "r");
  REQUIRE(in != nullptr);
  X509Ptr certificate(PEM_read_X509(in, nullptr, nullptr, nullptr));
  ::fclose(in);
  REQUIRE(certificate);
  return certificate;
}

KeyPtr read_key(const std::filesystem::path& file) {
  FILE* in = ::fopen(file.c_str(), "r");
  REQUIRE(in != nullptr);
  KeyPtr key(PEM_read_PrivateKey(in, nullptr, nullptr, nullptr));
  ::fclose(in);
  REQUIRE(key);
  return key;
}

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
  return make_certificate(folder, file, CertificateWish{.dns_name = dns_name, .group = group});
}

tenancy::TlsIdentity make_certificate(const std::filesystem::path& folder, const std::string& file,
                                      const CertificateWish& wish) {
  const KeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", wish.group.c_str()));
  const X509Ptr certificate(X509_new());
  REQUIRE(key);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), wish.begins_in_s);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), wish.ends_in_s);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wish.common_name.c_str()), -1,
                             -1, 0);
  X509_set_pubkey(certificate.get(), key.get());
  const X509Ptr issuer = wish.issuer ? read_certificate(wish.issuer->certificate_chain) : nullptr;
  const KeyPtr issuer_key = wish.issuer ? read_key(wish.issuer->private_key) : nullptr;
  X509* signer = issuer ? issuer.get() : certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(signer));
  X509V3_CTX context;
  X509V3_set_ctx(&context, signer, certificate.get(), nullptr, nullptr, 0);
  const auto add = [&](int nid, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    REQUIRE(extension != nullptr);
    X509_add_ext(certificate.get(), extension, -1);
    X509_EXTENSION_free(extension);
  };
  if (!wish.dns_name.empty()) add(NID_subject_alt_name, "DNS:" + wish.dns_name);
  add(NID_subject_key_identifier, "hash");
  if (wish.ca) add(NID_basic_constraints, "critical,CA:TRUE");
  if (issuer) add(NID_authority_key_identifier, "keyid:always");
  REQUIRE(X509_sign(certificate.get(), issuer_key ? issuer_key.get() : key.get(), EVP_sha256()) >
          0);

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

tenancy::TlsIdentity without_possession(const std::filesystem::path& folder,
                                        const tenancy::TlsIdentity& shown) {
  const KeyPtr claimed = read_key(shown.private_key);
  std::array<unsigned char, 80> point{};
  std::size_t size = 0;
  REQUIRE(EVP_PKEY_get_octet_string_param(claimed.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                          point.size(), &size) == 1);
  BIGNUM* scalar = nullptr;
  REQUIRE(EVP_PKEY_get_bn_param(claimed.get(), OSSL_PKEY_PARAM_PRIV_KEY, &scalar) == 1);
  REQUIRE(BN_add_word(scalar, 1) == 1);
  OSSL_PARAM_BLD* fields = OSSL_PARAM_BLD_new();
  OSSL_PARAM_BLD_push_utf8_string(fields, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(fields, OSSL_PKEY_PARAM_PUB_KEY, point.data(), size);
  OSSL_PARAM_BLD_push_BN(fields, OSSL_PKEY_PARAM_PRIV_KEY, scalar);
  OSSL_PARAM* params = OSSL_PARAM_BLD_to_param(fields);
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr);
  EVP_PKEY* made = nullptr;
  REQUIRE(EVP_PKEY_fromdata_init(context) == 1);
  REQUIRE(EVP_PKEY_fromdata(context, &made, EVP_PKEY_KEYPAIR, params) == 1);
  const KeyPtr key(made);
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(params);
  OSSL_PARAM_BLD_free(fields);
  BN_free(scalar);
  tenancy::TlsIdentity identity{shown.certificate_chain, folder / "forged.key.pem"};
  FILE* out = ::fopen(identity.private_key.c_str(), "w");
  PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  ::fclose(out);
  ::chmod(identity.private_key.c_str(), S_IRUSR | S_IWUSR);
  return identity;
}

std::string pin_of(const std::filesystem::path& file) {
  const X509Ptr certificate = read_certificate(file);
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der);
  REQUIRE(size > 0);
  std::string pin = to_hex(sha256({der, static_cast<std::size_t>(size)}));
  OPENSSL_free(der);
  for (char& c : pin) c = static_cast<char>(std::tolower(c));
  return pin;
}

Bytes key_id_of(const std::filesystem::path& file) {
  const X509Ptr certificate = read_certificate(file);
  const ASN1_OCTET_STRING* id = X509_get0_subject_key_id(certificate.get());
  REQUIRE(id != nullptr);
  return {ASN1_STRING_get0_data(id), ASN1_STRING_get0_data(id) + ASN1_STRING_length(id)};
}

}  // namespace berth::ingress::test
