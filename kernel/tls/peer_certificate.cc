#include "kernel/tls/peer_certificate.h"

#include <openssl/err.h>
#include <time.h>

#include <algorithm>
#include <memory>

#include "kernel/base/digest.h"

namespace berth::tls {
namespace {

std::optional<UnixMs> milliseconds(const ASN1_TIME* time) {
  tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return static_cast<UnixMs>(::timegm(&parts)) * 1000;
}

std::string lower_case_hex(ByteView octets) {
  std::string hex = to_hex(octets);
  std::transform(hex.begin(), hex.end(), hex.begin(),
                 [](char c) { return c >= 'A' ? static_cast<char>(c - 'A' + 'a') : c; });
  return hex;
}

// RFC 4514 escapes what is not printable ASCII; whatever it may have missed is shown as '?'.
std::string printable(const X509_NAME* name) {
  const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), &BIO_free);
  if (!out || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253) < 0) return "";
  std::string text(kMaxShownSubject, '\0');
  const int size = BIO_read(out.get(), text.data(), static_cast<int>(text.size()));
  text.resize(static_cast<std::size_t>(std::max(size, 0)));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

}  // namespace

std::string spki_sha256(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (size <= 0) return "";
  const Sha256 digest = sha256({der, static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  return lower_case_hex(digest);
}

std::optional<PeerCertificate> describe_peer(X509* certificate) {
  std::string key = spki_sha256(certificate);
  const auto not_before = milliseconds(X509_get0_notBefore(certificate));
  const auto not_after = milliseconds(X509_get0_notAfter(certificate));
  if (key.empty() || !not_before || !not_after) return std::nullopt;
  return PeerCertificate{std::move(key), printable(X509_get_subject_name(certificate)), *not_before,
                         *not_after};
}

}  // namespace berth::tls
