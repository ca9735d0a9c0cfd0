// Chain checks of SGP.22: the card's chain as an SM-DP+ sees it, a server's as a card sees it.
//
// Order of the checks and their status pairs: SGP.22 §5.6.3 and the CI test suites (dates before
// structure). Pure apart from an internal, bounded cache of parsed EUM certificates. Thread-safe.

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "kernel/base/clock.h"
#include "kernel/base/identifiers.h"
#include "kernel/rsp/pki/certificate.h"
#include "kernel/rsp/pki/revocation.h"
#include "kernel/rsp/rsp_error.h"

namespace berth::rsp::pki {

// The certificate issuers a host (or a card) trusts, found by subject key identifier.
class TrustAnchors {
 public:
  // Refuses what is not a self-signed CA with keyCertSign and a subject key identifier
  // ("certificate.not_a_ci"), and a second key under an identifier already known
  // ("certificate.ambiguous_ci"). A CI whose key is known already replaces nothing.
  Result<void> add(Certificate issuer);
  const Certificate* find(ByteView subject_key_id) const;  // borrowed; nullptr: unknown
  const std::vector<Certificate>& all() const { return issuers_; }

  // Takes a revocation list signed by one of the issuers; the newest list of each, for
  // each kind of certificates, counts.
  // "revocation.untrusted" when none of them signed it. A list whose nextUpdate has passed still
  // counts: what is revoked stays so.
  Result<void> add(RevocationList list);
  bool revoked(const Certificate& certificate) const;

 private:
  std::vector<Certificate> issuers_;
  // By the issuer's subject key identifier and the list's scope.
  std::map<std::pair<Bytes, RevocationScope>, RevocationList> revocations_;
};

struct EuiccIdentity {
  Eid eid;
  Certificate euicc;
  Certificate eum;
};

class EuiccChainVerifier {
 public:
  explicit EuiccChainVerifier(const TrustAnchors& anchors);  // borrowed, must outlive
  ~EuiccChainVerifier();
  // `required_ci`: the 20 octets of the session's euiccCiPKIdToBeUsed (empty: any trusted CI).
  // Refusals: 8.11.1/3.9 no such CI; 8.1.2/6.1, 8.1.2/6.3 the EUM's certificate (expired: 6.3);
  // 8.1.3/6.1, 8.1.3/6.3 the eUICC's. The EUM before the eUICC; in each the issuer, the signature,
  // the dates, the structure, revocation (6.1).
  Result<EuiccIdentity, RspError> verify(ByteView euicc_der, ByteView eum_der, ByteView required_ci,
                                         UnixMs now) const;

 private:
  struct Cache;
  Result<Certificate, RspError> checked_eum(ByteView der, ByteView required_ci, UnixMs now) const;
  const TrustAnchors& anchors_;
  std::unique_ptr<Cache> cache_;
};

// A server certificate directly under a trusted CI with the wanted role; what a card or LPA checks.
// `now`: empty for a card without a clock. Errors, in the order of the checks:
// "certificate.untrusted", "certificate.signature", "certificate.not_yet_valid",
// "certificate.expired", "certificate.role" (role, key usage or structure). All are
// kUnauthenticated. For a TLS certificate this comes on top of what TLS itself checks.
Result<void> verify_server_certificate(const Certificate& server, const TrustAnchors& anchors,
                                       std::string_view role, std::optional<UnixMs> now);

}  // namespace berth::rsp::pki
