#include "kernel/api/envelope.h"

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "kernel/routing/digests.h"

namespace berth::api {
namespace {

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Message = std::unique_ptr<CMS_ContentInfo, Free<CMS_ContentInfo_free>>;

struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }  // not what is in it
};

Bio reading(ByteView octets) {
  return Bio(BIO_new_mem_buf(octets.data(), static_cast<int>(octets.size())));
}

Bytes der_of(X509* certificate) {
  std::uint8_t* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  if (size <= 0) return {};
  Bytes octets(der, der + size);
  OPENSSL_free(der);
  return octets;
}

bool usable(X509* certificate) {
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr) return false;
  if (EVP_PKEY_is_a(key, "RSA") == 1) return EVP_PKEY_get_bits(key) >= kMinRecipientRsaBits;
  return EVP_PKEY_is_a(key, "EC") == 1;
}

}  // namespace

Result<Recipient> Recipient::parse(std::string_view certificate_pem) {
  const Bio input = reading(as_bytes(certificate_pem));
  std::shared_ptr<X509> certificate(
      input ? PEM_read_bio_X509(input.get(), nullptr, nullptr, nullptr) : nullptr, X509_free);
  ERR_clear_error();
  if (!certificate || !usable(certificate.get())) {
    return Error(ErrorCode::kInvalidArgument, "exit.recipient",
                 "the recipient is no PEM certificate with an EC key or an RSA key of 2048 bits or "
                 "more; ask the tenant for one whose private key it keeps");
  }
  std::string digest = routing::lower_hex(berth::sha256(der_of(certificate.get())));
  return Recipient(std::move(certificate), std::move(digest));
}

Result<Bytes> Recipient::envelop(ByteView plain) const {
  const std::unique_ptr<STACK_OF(X509), FreeStack> recipients(sk_X509_new_null());
  const Bio input = reading(plain);
  const Bio output(BIO_new(BIO_s_mem()));
  bool good = recipients && input && output &&
              sk_X509_push(recipients.get(), static_cast<X509*>(certificate_.get())) > 0;
  const Message message(
      good ? CMS_encrypt(recipients.get(), input.get(), EVP_aes_256_gcm(), CMS_BINARY) : nullptr);
  good = message && i2d_CMS_bio(output.get(), message.get()) == 1;
  ERR_clear_error();
  if (!good) {
    return Error(ErrorCode::kInternal, "exit.envelope",
                 "nothing could be enciphered for the recipient's certificate; try another one");
  }
  char* octets = nullptr;
  const long size = BIO_get_mem_data(output.get(), &octets);
  return Bytes(octets, octets + size);
}

}  // namespace berth::api
