// An RSP certificate, parsed once. Immutable, thread-safe, cheap to copy.
//
// Profiles: SGP.22 §4.5; roles are certificatePolicies under 2.23.146.1.2.1.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernel/base/clock.h"
#include "kernel/base/digest.h"
#include "kernel/base/identifiers.h"
#include "kernel/rsp/pki/public_key.h"

namespace berth::rsp::pki {

// One permitted subtree of an EUM certificate (GSMA reading of nameConstraints).
struct EumConstraint {
  std::string organization;
  std::string eid_prefix;
};

class Certificate {
 public:
  // Exactly one certificate, strict DER, at most 16 KiB, ecdsa-with-SHA256. "certificate.invalid";
  // "certificate.curve": the key is not on P-256 or brainpoolP256r1.
  static Result<Certificate> parse(ByteView der);
  // Text with exactly one CERTIFICATE block; what stands around it (keys, comments) is skipped.
  static Result<Certificate> from_pem(std::string_view pem);

  const Bytes& der() const;
  const Sha256& fingerprint() const;
  const PublicKey& public_key() const;
  const Bytes& subject_key_id() const;                   // empty when absent
  const std::optional<Bytes>& authority_key_id() const;  // keyIdentifier
  ByteView serial_number() const;                        // INTEGER contents, borrowed
  bool self_issued() const;                              // issuer == subject
  // This certificate's issuer name is that one's subject name (RFC 5280 §7.1 matching).
  bool issued_by_name_of(const Certificate& issuer) const;
  UnixMs not_before() const;
  UnixMs not_after() const;                 // the last valid second; "no expiry" saturates
  const std::string& subject_text() const;  // one line, for people
  const std::string& common_name() const;
  const std::string& organization() const;
  const std::string& subject_serial_number() const;        // the EID in an eUICC certificate
  const std::vector<std::string>& policies() const;        // dotted OIDs
  const std::vector<std::string>& registered_ids() const;  // SAN registeredID, dotted
  const std::vector<std::string>& dns_names() const;
  const std::vector<std::string>& extended_key_usages() const;  // dotted OIDs
  bool extended_key_usage_critical() const;
  bool is_ca() const;
  bool basic_constraints_critical() const;
  std::optional<int> path_length() const;
  bool key_usage_digital_signature() const;
  bool key_usage_cert_sign() const;
  bool has_unknown_critical_extension() const;
  bool has_name_constraints() const;
  // False when nameConstraints hold more than permitted (O, EID prefix) pairs; such a certificate
  // must not be relied on.
  bool name_constraints_understood() const;
  const std::vector<EumConstraint>& eum_constraints() const;
  // The issuer's key made this signature over the tbsCertificate.
  bool signed_by(const PublicKey& issuer) const;

 private:
  struct Parsed;
  explicit Certificate(std::shared_ptr<const Parsed> parsed);
  std::shared_ptr<const Parsed> parsed_;
};

// Role policies, SGP.22 §4.5.
inline constexpr std::string_view kRoleCi = "2.23.146.1.2.1.0";
inline constexpr std::string_view kRoleEuicc = "2.23.146.1.2.1.1";
inline constexpr std::string_view kRoleEum = "2.23.146.1.2.1.2";
inline constexpr std::string_view kRoleDpTls = "2.23.146.1.2.1.3";
inline constexpr std::string_view kRoleDpAuth = "2.23.146.1.2.1.4";
inline constexpr std::string_view kRoleDpPb = "2.23.146.1.2.1.5";
inline constexpr std::string_view kRoleDsTls = "2.23.146.1.2.1.6";
inline constexpr std::string_view kRoleDsAuth = "2.23.146.1.2.1.7";

}  // namespace berth::rsp::pki
