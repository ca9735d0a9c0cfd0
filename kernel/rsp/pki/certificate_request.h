// A PKCS#10 request (RFC 2986) for a server's certificate, signed by a key that is elsewhere.
//
// Two steps around the signature: request_body() gives the octets an HSM signs (ECDSA over their
// SHA-256), finish_request() puts them together with it. Pure functions; thread-safe.

#pragma once

#include <optional>
#include <string>

#include "kernel/base/bytes.h"
#include "kernel/base/curve.h"
#include "kernel/base/result.h"

namespace berth::rsp::pki {

// Whose certificate is asked for (SGP.22 §4.5.2.1); decides key usage and certificate policy.
enum class RequestedRole : std::uint8_t { kDpAuth = 1, kDpPb };

struct CertificateRequest {
  // "CN=…,O=…,C=…", in the order of the certificate; of CN, O, OU, C, ST, L and serialNumber. A
  // backslash takes away what the character after it means. At most 1,024 octets.
  std::string subject;
  std::string registered_id = {};  // subjectAltName registeredID, "2.999.10"; empty: none
  std::optional<RequestedRole> role = {};
};

// The CertificationRequestInfo, DER. "pki.request_subject", "pki.request_oid", "pki.bad_point".
Result<Bytes> request_body(const CertificateRequest& request, Curve curve, ByteView point);

// The request as PEM. `raw_signature`: r||s, 64 octets, by the key that `body` names;
// kInternal "pki.request_signature" when it is not.
Result<std::string> finish_request(ByteView body, ByteView raw_signature);

}  // namespace berth::rsp::pki
