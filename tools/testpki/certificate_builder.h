// The pieces of a certificate as DER, right or deliberately wrong. Internal to the test PKI.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/testpki/test_pki.h"

namespace berth::testpki {

// What one certificate shall say. Empty members are left out of it.
struct Profile {
  std::vector<std::pair<std::string_view, std::string>> subject;  // "O", "CN", "serialNumber"
  std::string_view role;                                          // policy OID
  bool role_critical = true;
  std::uint8_t key_usage = 0;  // first octet of the BIT STRING
  bool is_ca = false;
  std::optional<int> path_length;
  bool basic_constraints_critical = true;
  bool tls = false;  // extKeyUsage serverAuth and clientAuth
  std::string registered_id;
  std::vector<std::string> dns_names;
  std::string constrained_organization;
  std::vector<std::string> constrained_eid_prefixes;
  bool crl_distribution_point = true;
  Validity validity;
};

struct Issuer {
  Bytes name;                    // DER Name
  Bytes subject_key_id;          // empty: the new certificate is the root
  const KeyPair* key = nullptr;  // borrowed
};

// The certificate, for `key`, with the flaw built in. "testpki.bad_request"
Result<Bytes> build_certificate(Profile profile, const KeyPair& key, Issuer issuer, Flaw flaw,
                                Random& random);

Result<Bytes> encode_name(const std::vector<std::pair<std::string_view, std::string>>& attributes);
// SHA-1 of the point, RFC 5280 §4.2.1.2 method 1.
Bytes key_id_of(const KeyPair& key);
// The DER of the subject Name, copied from a certificate.
Result<Bytes> subject_of(ByteView certificate);

}  // namespace berth::testpki
