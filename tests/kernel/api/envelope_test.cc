#include "kernel/api/envelope.h"

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <catch2/catch.hpp>

namespace berth::api {
namespace {

struct Owner {
  explicit Owner(EVP_PKEY* made) : key(made), certificate(X509_new()) {
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("owner"), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_set_pubkey(certificate, key);
    REQUIRE(X509_sign(certificate, key, EVP_sha256()) > 0);
  }
  ~Owner() {
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;

  std::string pem() const {
    BIO* out = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(out, certificate);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out, &text);
    std::string made(text, static_cast<std::size_t>(size));
    BIO_free(out);
    return made;
  }
  // Empty: it does not open.
  std::string open(const Bytes& der) const {
    BIO* in = BIO_new_mem_buf(der.data(), static_cast<int>(der.size()));
    CMS_ContentInfo* message = d2i_CMS_bio(in, nullptr);
    REQUIRE(message != nullptr);
    BIO* out = BIO_new(BIO_s_mem());
    std::string plain;
    if (CMS_decrypt(message, key, certificate, nullptr, out, CMS_BINARY) == 1) {
      char* text = nullptr;
      const long size = BIO_get_mem_data(out, &text);
      plain.assign(text, static_cast<std::size_t>(size));
    }
    BIO_free(out);
    BIO_free(in);
    CMS_ContentInfo_free(message);
    return plain;
  }

  EVP_PKEY* key;
  X509* certificate;
};

}  // namespace

TEST_CASE("what is enciphered for a certificate its key opens, and no other one", "[api]") {
  const std::string plain = std::string("package\n\r\0with any octets", 25);
  const Owner rsa(EVP_RSA_gen(2048));
  const Owner other(EVP_RSA_gen(2048));
  const Owner ec(EVP_EC_gen("P-256"));
  for (const Owner* owner : {&rsa, &ec}) {
    const auto recipient = Recipient::parse(owner->pem());
    REQUIRE(recipient.ok());
    CHECK(recipient->sha256().size() == 64);
    const auto sealed = recipient->envelop(as_bytes(plain));
    REQUIRE(sealed.ok());
    CHECK(owner->open(*sealed) == plain);
    CHECK(std::string(sealed->begin(), sealed->end()).find("with any octets") == std::string::npos);
  }
  CHECK(other.open(*Recipient::parse(rsa.pem())->envelop(as_bytes(plain))) != plain);
}

TEST_CASE("what is no certificate, or has a weak key, is no recipient", "[api]") {
  const Owner weak(EVP_RSA_gen(1024));
  for (const std::string& text : {std::string(), std::string("nonsense"), weak.pem()}) {
    const auto recipient = Recipient::parse(text);
    REQUIRE_FALSE(recipient.ok());
    CHECK(recipient.error().reason() == "exit.recipient");
  }
}

}  // namespace berth::api
