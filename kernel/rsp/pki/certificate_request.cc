#include "kernel/rsp/pki/certificate_request.h"

#include <openssl/conf.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "kernel/base/assert.h"
#include "kernel/rsp/der/der.h"
#include "kernel/rsp/pki/certificate.h"
#include "kernel/rsp/pki/curves.h"
#include "kernel/rsp/pki/public_key.h"

namespace berth::rsp::pki {
namespace {

constexpr std::size_t kMaxSubject = 1024;
constexpr std::string_view kEcPublicKey = "1.2.840.10045.2.1";
constexpr std::string_view kEcdsaWithSha256 = "1.2.840.10045.4.3.2";
constexpr std::array<std::string_view, 7> kAttributes = {"CN", "O", "OU",          "C",
                                                         "ST", "L", "serialNumber"};

template <class T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

Error subject_error(std::string message) {
  return {ErrorCode::kInvalidArgument, "pki.request_subject",
          std::move(message) + R"(; write it as "CN=SM-DP+ of Example,O=Example,C=DE")"};
}

Error openssl_failed() {
  ERR_clear_error();
  return {ErrorCode::kInternal, "pki.crypto_failed", "OpenSSL could not build the request"};
}

struct Attribute {
  std::string type;
  std::string value;
};

Result<std::vector<Attribute>> parse_subject(std::string_view text) {
  if (text.empty() || text.size() > kMaxSubject) {
    return subject_error("a subject has 1 to 1024 octets");
  }
  std::vector<Attribute> found(1);
  bool in_value = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string& part = in_value ? found.back().value : found.back().type;
    if (text[at] == '\\') {
      if (++at == text.size()) return subject_error("nothing follows the last backslash");
      part += text[at];
    } else if (text[at] == '=' && !in_value) {
      in_value = true;
    } else if (text[at] == ',') {
      if (!in_value) return subject_error("'" + part + "' has no value");
      found.emplace_back();
      in_value = false;
    } else {
      part += text[at];
    }
  }
  for (const Attribute& one : found) {
    if (std::find(kAttributes.begin(), kAttributes.end(), one.type) == kAttributes.end()) {
      return subject_error("'" + one.type + "' is none of CN, O, OU, C, ST, L, serialNumber");
    }
    if (one.value.empty()) return subject_error(one.type + " is empty");
  }
  return found;
}

Result<void> set_subject(X509_REQ& request, std::string_view text) {
  BERTH_TRY(attributes, parse_subject(text));
  X509_NAME* name = X509_REQ_get_subject_name(&request);
  for (const Attribute& one : attributes) {
    // OpenSSL knows how long each may be, and which characters a country has.
    const auto* value = reinterpret_cast<const unsigned char*>(one.value.data());
    if (X509_NAME_add_entry_by_txt(name, one.type.c_str(), MBSTRING_UTF8, value,
                                   static_cast<int>(one.value.size()), -1, 0) != 1) {
      ERR_clear_error();
      return subject_error("a certificate cannot have " + one.type + "=" + one.value);
    }
  }
  return {};
}

// SubjectPublicKeyInfo, with the curve by its name.
Result<Owned<EVP_PKEY>> openssl_key(Curve curve, ByteView point) {
  BERTH_TRY_VOID(PublicKey::from_point(curve, point));  // it is on the curve
  BERTH_TRY(algorithm, der::oid_from_text(kEcPublicKey));
  BERTH_TRY(named, der::oid_from_text(curve_oid(curve)));
  Bytes bits = {0};  // none unused
  append(bits, point);
  const Bytes info = der::tlv(
      0x30,
      {der::tlv(0x30, {der::tlv(0x06, algorithm), der::tlv(0x06, named)}), der::tlv(0x03, bits)});
  const unsigned char* input = info.data();
  Owned<EVP_PKEY> key(d2i_PUBKEY(nullptr, &input, static_cast<long>(info.size())), EVP_PKEY_free);
  if (!key) return openssl_failed();
  return key;
}

using Extensions = Owned<STACK_OF(X509_EXTENSION)>;

Result<void> add(Extensions& extensions, X509V3_CTX& context, int kind, const std::string& value) {
  Owned<X509_EXTENSION> one(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()),
                            X509_EXTENSION_free);
  if (!one || sk_X509_EXTENSION_push(extensions.get(), one.get()) <= 0) return openssl_failed();
  static_cast<void>(one.release());
  return {};
}

// What SGP.22 §4.5.2.1 wants of a server's certificate and a requester can say.
Result<void> set_extensions(X509_REQ& request, const CertificateRequest& wanted) {
  Extensions extensions(sk_X509_EXTENSION_new_null(), [](STACK_OF(X509_EXTENSION) * stack) {
    sk_X509_EXTENSION_pop_free(stack, X509_EXTENSION_free);
  });
  // Policies are read with a configuration at hand, be it empty.
  const Owned<CONF> nothing(NCONF_new(nullptr), NCONF_free);
  if (!extensions || !nothing) return openssl_failed();
  X509V3_CTX context;
  X509V3_set_ctx(&context, nullptr, nullptr, &request, nullptr, 0);
  X509V3_set_nconf(&context, nothing.get());
  BERTH_TRY_VOID(add(extensions, context, NID_subject_key_identifier, "hash"));
  BERTH_TRY_VOID(add(extensions, context, NID_key_usage, "critical,digitalSignature"));
  if (wanted.role) {
    const std::string policy(*wanted.role == RequestedRole::kDpAuth ? kRoleDpAuth : kRoleDpPb);
    BERTH_TRY_VOID(add(extensions, context, NID_certificate_policies, "critical," + policy));
  }
  if (!wanted.registered_id.empty()) {
    if (!der::oid_from_text(wanted.registered_id)) {
      return Error(ErrorCode::kInvalidArgument, "pki.request_oid",
                   "'" + wanted.registered_id + "' is no object identifier such as 2.999.10");
    }
    BERTH_TRY_VOID(add(extensions, context, NID_subject_alt_name, "RID:" + wanted.registered_id));
  }
  if (X509_REQ_add_extensions(&request, extensions.get()) != 1) return openssl_failed();
  return {};
}

Bytes ecdsa_value(ByteView raw) {
  Owned<ECDSA_SIG> value(ECDSA_SIG_new(), ECDSA_SIG_free);
  BIGNUM* r = BN_bin2bn(raw.data(), kScalarOctets, nullptr);
  BIGNUM* s = BN_bin2bn(raw.data() + kScalarOctets, kScalarOctets, nullptr);
  BERTH_ASSERT(value != nullptr && ECDSA_SIG_set0(value.get(), r, s) == 1);
  unsigned char* encoded = nullptr;
  const int size = i2d_ECDSA_SIG(value.get(), &encoded);
  BERTH_ASSERT(size > 0);
  Bytes octets(encoded, encoded + size);
  OPENSSL_free(encoded);
  return octets;
}

}  // namespace

Result<Bytes> request_body(const CertificateRequest& wanted, Curve curve, ByteView point) {
  Owned<X509_REQ> request(X509_REQ_new(), X509_REQ_free);
  if (!request || X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1) {
    return openssl_failed();
  }
  BERTH_TRY_VOID(set_subject(*request, wanted.subject));
  BERTH_TRY(key, openssl_key(curve, point));
  if (X509_REQ_set_pubkey(request.get(), key.get()) != 1) return openssl_failed();
  BERTH_TRY_VOID(set_extensions(*request, wanted));
  unsigned char* encoded = nullptr;
  const int size = i2d_re_X509_REQ_tbs(request.get(), &encoded);
  if (size <= 0) return openssl_failed();
  Bytes body(encoded, encoded + size);
  OPENSSL_free(encoded);
  return body;
}

Result<std::string> finish_request(ByteView body, ByteView raw_signature) {
  const Error wrong(ErrorCode::kInternal, "pki.request_signature",
                    "the signature is not by the key of the request; the HSM does not sign as it "
                    "should, look at its own log");
  if (raw_signature.size() != kRawSignatureOctets) return wrong;
  BERTH_TRY(algorithm, der::oid_from_text(kEcdsaWithSha256));
  Bytes bits = {0};
  append(bits, ecdsa_value(raw_signature));
  const Bytes whole =
      der::tlv(0x30, {body, der::tlv(0x30, der::tlv(0x06, algorithm)), der::tlv(0x03, bits)});
  const unsigned char* input = whole.data();
  const Owned<X509_REQ> request(d2i_X509_REQ(nullptr, &input, static_cast<long>(whole.size())),
                                X509_REQ_free);
  if (!request || X509_REQ_verify(request.get(), X509_REQ_get0_pubkey(request.get())) != 1) {
    ERR_clear_error();
    return wrong;
  }
  const Owned<BIO> text(BIO_new(BIO_s_mem()), BIO_free_all);
  if (!text || PEM_write_bio_X509_REQ(text.get(), request.get()) != 1) return openssl_failed();
  char* octets = nullptr;
  const long size = BIO_get_mem_data(text.get(), &octets);
  return std::string(octets, static_cast<std::size_t>(size));
}

}  // namespace berth::rsp::pki
