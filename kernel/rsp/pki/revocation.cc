#include "kernel/rsp/pki/revocation.h"

#include <openssl/asn1.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>

#include "kernel/rsp/der/der.h"

namespace berth::rsp::pki {
namespace {

constexpr std::string_view kPem = "-----BEGIN X509 CRL-----";

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, "revocation.invalid", std::move(message)};
}

using Crl = std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)>;

Crl read(ByteView octets) {
  if (as_text(octets).find(kPem) != std::string_view::npos) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
        BIO_new_mem_buf(octets.data(), static_cast<int>(octets.size())), &BIO_free);
    return {PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr), &X509_CRL_free};
  }
  const unsigned char* at = octets.data();
  Crl crl(d2i_X509_CRL(nullptr, &at, static_cast<long>(octets.size())), &X509_CRL_free);
  if (at != octets.data() + octets.size()) crl.reset();
  return crl;
}

std::optional<UnixMs> to_ms(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return static_cast<UnixMs>(::timegm(&parts)) * 1000;
}

// What the extensions say of the list's meaning (RFC 5280 §5.2.4, §5.2.5). Empty: it is no list
// that stands alone, or one extension is critical and unknown.
std::optional<RevocationScope> scope_of(const X509_CRL* crl) {
  RevocationScope scope = RevocationScope::kAll;
  for (int i = 0; i < X509_CRL_get_ext_count(crl); ++i) {
    X509_EXTENSION* extension = X509_CRL_get_ext(crl, i);
    const int kind = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
    if (kind == NID_delta_crl) return std::nullopt;
    if (kind == NID_issuing_distribution_point) {
      // Where it was published says nothing; for which certificates it is does.
      const std::unique_ptr<ISSUING_DIST_POINT, decltype(&ISSUING_DIST_POINT_free)> point(
          static_cast<ISSUING_DIST_POINT*>(X509V3_EXT_d2i(extension)), &ISSUING_DIST_POINT_free);
      if (point == nullptr || point->onlysomereasons != nullptr || point->indirectCRL > 0 ||
          point->onlyattr > 0 || (point->onlyuser > 0 && point->onlyCA > 0)) {
        return std::nullopt;
      }
      if (point->onlyCA > 0) scope = RevocationScope::kCaCertificates;
      if (point->onlyuser > 0) scope = RevocationScope::kUserCertificates;
    } else if (X509_EXTENSION_get_critical(extension) != 0) {
      return std::nullopt;
    }
  }
  return scope;
}

Bytes octets_of(const ASN1_STRING* text) {
  const unsigned char* data = ASN1_STRING_get0_data(text);
  return Bytes(data, data + ASN1_STRING_length(text));
}

// The contents of a serial number as they stand in a certificate.
Bytes integer_contents(const ASN1_INTEGER* number) {
  unsigned char* encoded = nullptr;
  const int size = i2d_ASN1_INTEGER(number, &encoded);
  if (size <= 0) return {};
  const std::unique_ptr<unsigned char, void (*)(unsigned char*)> owner(
      encoded, [](unsigned char* octets) { OPENSSL_free(octets); });
  const auto element = der::parse_single(ByteView(encoded, static_cast<std::size_t>(size)), 0x02);
  return element ? to_bytes(element->value) : Bytes();
}

}  // namespace

Result<RevocationList> parse_revocation_list(ByteView octets) {
  if (octets.size() > kMaxRevocationListSize) return invalid("larger than 4 MiB");
  const Crl crl = read(octets);
  if (crl == nullptr) return invalid("not a certificate revocation list");
  if (X509_CRL_get_signature_nid(crl.get()) != NID_ecdsa_with_SHA256) {
    return invalid("not signed by ecdsa-with-SHA256");
  }
  const auto scope = scope_of(crl.get());
  if (!scope) {
    return invalid("a delta, partial or indirect list, or one with an unknown critical extension");
  }
  RevocationList list;
  list.scope = *scope;
  const auto this_update = to_ms(X509_CRL_get0_lastUpdate(crl.get()));
  if (!this_update) return invalid("thisUpdate cannot be read");
  list.this_update = *this_update;
  list.next_update = to_ms(X509_CRL_get0_nextUpdate(crl.get()));
  const std::unique_ptr<AUTHORITY_KEYID, decltype(&AUTHORITY_KEYID_free)> authority(
      static_cast<AUTHORITY_KEYID*>(
          X509_CRL_get_ext_d2i(crl.get(), NID_authority_key_identifier, nullptr, nullptr)),
      &AUTHORITY_KEYID_free);
  if (authority != nullptr && authority->keyid != nullptr) {
    list.authority_key_id = octets_of(authority->keyid);
  }
  const STACK_OF(X509_REVOKED)* revoked = X509_CRL_get_REVOKED(crl.get());
  for (int i = 0; revoked != nullptr && i < sk_X509_REVOKED_num(revoked); ++i) {
    const X509_REVOKED* entry = sk_X509_REVOKED_value(revoked, i);
    list.serial_numbers.insert(integer_contents(X509_REVOKED_get0_serialNumber(entry)));
  }
  unsigned char* tbs = nullptr;
  const int size = i2d_re_X509_CRL_tbs(crl.get(), &tbs);
  if (size <= 0) return invalid("its content cannot be encoded again");
  list.tbs.assign(tbs, tbs + size);
  OPENSSL_free(tbs);
  const ASN1_BIT_STRING* signature = nullptr;
  X509_CRL_get0_signature(crl.get(), &signature, nullptr);
  list.signature = octets_of(signature);
  return list;
}

}  // namespace berth::rsp::pki
