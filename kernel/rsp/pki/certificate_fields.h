// The fields of an X.509 certificate that SGP.22 asks about, read strictly. Internal to this room.
//
// Stricter than X.509 libraries are: one certificate and nothing after it, no extension twice, no
// negative serial, one O and one serialNumber in a subject. Tolerated, because genuine issuers do
// it and nothing hangs on it: a DEFAULT FALSE written out, a GeneralizedTime before 2050.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel/base/clock.h"
#include "kernel/rsp/pki/certificate.h"

namespace berth::rsp::pki {

// Far beyond any certificate of SGP.22 (under 1 KiB) and of the web (a few KiB).
inline constexpr std::size_t kMaxCertificateOctets = 16 * 1024;

struct Name {
  // Equal for names that match by RFC 5280 §7.1: type and folded text of every attribute in order.
  std::string canonical;
  std::string text;  // "CN=Test CI, O=RSPTEST", valid UTF-8 without control characters
  std::string common_name;
  std::string organization;
  std::string serial_number;
  // Only O and serialNumber occur in it, as the GSMA writes permitted subtrees.
  bool only_organization_and_serial = true;
};

// ByteViews borrow from the input of parse_fields().
struct CertificateFields {
  ByteView tbs;  // the whole tbsCertificate element, as signed
  ByteView serial_number;
  Name issuer;
  Name subject;
  UnixMs not_before = 0;
  UnixMs not_after = 0;
  std::optional<Curve> curve;  // empty: a key we do not support
  ByteView point;
  ByteView signature;  // ECDSA-Sig-Value
  Bytes subject_key_id;
  std::optional<Bytes> authority_key_id;
  std::vector<std::string> policies;
  std::vector<std::string> registered_ids;
  std::vector<std::string> dns_names;
  std::vector<std::string> extended_key_usages;
  bool extended_key_usage_critical = false;
  bool basic_constraints_critical = false;
  bool is_ca = false;
  std::optional<int> path_length;
  bool digital_signature = false;
  bool cert_sign = false;
  bool unknown_critical_extension = false;
  bool has_name_constraints = false;
  // False when nameConstraints hold something whose meaning we do not know.
  bool name_constraints_understood = true;
  std::vector<EumConstraint> eum_constraints;
};

Result<CertificateFields> parse_fields(ByteView der);  // "certificate.invalid"
// Reads one extension's contents into the fields; the OID is dotted. "certificate.invalid"
Result<void> read_extension(CertificateFields& fields, std::string_view oid, bool critical,
                            ByteView contents);
// The contents of a Name's SEQUENCE.
Result<Name> read_name(ByteView contents);
// As RFC 5280 §7.1 compares attribute values: case and runs of spaces do not count.
std::string fold(std::string_view text);

Error invalid_certificate(std::string message);

}  // namespace berth::rsp::pki
