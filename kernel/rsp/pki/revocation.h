// Certificate revocation lists of the CIs (SGP.22 §4.5.2.2, RFC 5280 §5). Pure.

#pragma once

#include <optional>
#include <set>

#include "kernel/base/clock.h"
#include "kernel/rsp/pki/public_key.h"

namespace berth::rsp::pki {

inline constexpr std::size_t kMaxRevocationListSize = 4 * 1024 * 1024;

// Which certificates a list speaks of; a CI may publish one list for each kind.
enum class RevocationScope : std::uint8_t { kAll = 1, kCaCertificates, kUserCertificates };

struct RevocationList {
  RevocationScope scope = RevocationScope::kAll;
  std::optional<Bytes> authority_key_id;  // of the issuer's key; absent in some lists
  std::set<Bytes> serial_numbers;         // INTEGER contents, as Certificate::serial_number()
  UnixMs this_update = 0;
  std::optional<UnixMs> next_update;
  Bytes tbs;
  Bytes signature;  // DER

  bool signed_by(const PublicKey& issuer) const { return issuer.verify_der(tbs, signature); }
};

// One CRL, DER or PEM, ecdsa-with-SHA256. "revocation.invalid": it cannot be read, is a delta or
// indirect list, covers only some reasons, or has a critical extension nobody
// knows.
Result<RevocationList> parse_revocation_list(ByteView octets);

}  // namespace berth::rsp::pki
