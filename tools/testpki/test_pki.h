// A whole SGP.22 v2 test PKI: CI, EUM, eUICC, DPauth, DPpb, DPtls, and the broken twin of each.
// Profiles follow the SGP.26 test certificates (Variant O).
//
//   auto ci = testpki::TestCi::create(Curve::kP256, "Berth Test CI", clock, random);
//   auto eum = ci->issue_eum({});
//   auto card = eum->issue_euicc({.eid = "89049032123451234512345678901235"});
//   auto pb = ci->issue_server({.role = ServerRole::kDpPb, .registered_id = "2.999.10"});
//
// Nothing is written to disk; callers do that. Not thread-safe. Errors: "testpki.bad_request" when
// a name, OID or EID cannot be encoded, "testpki.bad_key" for a key that is not its certificate's.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel/base/clock.h"
#include "tools/testpki/key_pair.h"

namespace berth::testpki {

// What is wrong with a certificate on purpose; sgp22 status in the comment where a chain is
// checked, EUM (8.1.2) and eUICC (8.1.3) alike unless said otherwise.
enum class Flaw {
  kNone = 1,
  kBrokenSignature,             // 6.1
  kExpired,                     // 6.3
  kNotYetValid,                 // 6.1
  kWrongRole,                   // 6.1; the policy of DPtls in place of its own
  kUnknownCriticalExtension,    // 6.1
  kOtherCurve,                  // 6.1; its key is on the other of the two curves
  kUnsupportedCurve,            // 6.1; the key's curve OID is secp256k1's
  kWrongAuthorityKeyId,         // EUM 8.11.1/3.9, eUICC 6.1
  kNoAuthorityKeyId,            // 6.1
  kSelfSigned,                  // 6.1; signed by its own key, issuer = subject, AKI = own SKI
  kWrongIssuerName,             // 6.1; signed by the right key, issuer name of someone else
  kWrongKeyUsage,               // 6.1; keyAgreement alone
  kDuplicateExtension,          // 6.1; keyUsage twice
  kNegativeSerial,              // 6.1
  kTrailingOctet,               // 6.1
  kNotACa,                      // EUM: basicConstraints absent
  kPathLength,                  // EUM: pathlen 1
  kNoNameConstraints,           // EUM
  kUncriticalBasicConstraints,  // EUM
  kIsACa,                       // eUICC: cA TRUE
  kWrongOrganization,           // eUICC: an O that is not the EUM's
};

struct Validity {
  UnixMs not_before = 0;  // whole seconds; the rest is cut off
  UnixMs not_after = 0;
};

// A certificate and the key it certifies.
struct Issued {
  Bytes certificate;  // DER
  KeyPair key;

  std::string certificate_pem() const;
  SecretBytes key_pem() const { return key_to_pem(key); }
};

enum class ServerRole { kDpAuth = 1, kDpPb, kDpTls, kDsAuth, kDsTls };

struct CiRequest {
  std::string registered_id = "2.999.1";
  std::optional<int> path_length = {};    // SGP.26's CI has none
  std::optional<Validity> validity = {};  // else yesterday and 35 years
};

struct EumRequest {
  std::string organization = "Berth Test EUM";
  std::string common_name = "Berth Test EUM";
  std::vector<std::string> eid_prefixes = {"89049032"};
  std::string registered_id = "2.999.5";
  std::optional<Validity> validity = {};  // else yesterday and 34 years
  std::optional<KeyPair> key = {};        // else a fresh one
  Flaw flaw = Flaw::kNone;
};

struct EuiccRequest {
  std::string eid = {};  // 32 digits; check digits and the EUM's prefix are the caller's affair
  std::string common_name = "Berth Test eUICC";
  std::optional<Validity> validity = {};  // else yesterday and 2,000,000 days
  std::optional<KeyPair> key = {};        // else a fresh one
  Flaw flaw = Flaw::kNone;
};

struct ServerRequest {
  ServerRole role = ServerRole::kDpAuth;
  std::string organization = "Berth Test";
  std::string common_name = "Berth Test SM-DP+";  // TLS roles: the first dNSName when there is one
  std::string registered_id = "2.999.10";         // one OID for the whole set of a server
  std::vector<std::string> dns_names = {};        // TLS roles
  std::optional<Validity> validity = {};          // else yesterday and 10 years; TLS 398 days
  std::optional<KeyPair> key = {};                // else a fresh one
  Flaw flaw = Flaw::kNone;
};

class TestEum {
 public:
  // Goes on issuing under an EUM made earlier (or published: SGP.26). `clock` and `random` are
  // borrowed and must outlive it.
  static Result<TestEum> load(ByteView certificate, KeyPair key, const Clock& clock,
                              Random& random);

  Result<Issued> issue_euicc(const EuiccRequest& request);
  const Issued& issued() const { return issued_; }

 private:
  friend class TestCi;
  TestEum(Issued issued, const Clock& clock, Random& random)
      : issued_(std::move(issued)), clock_(&clock), random_(&random) {}
  Issued issued_;
  const Clock* clock_;
  Random* random_;
};

class TestCi {
 public:
  // `clock` and `random` are borrowed and must outlive it. All it issues is on `curve`.
  static Result<TestCi> create(Curve curve, std::string_view name, const Clock& clock,
                               Random& random, const CiRequest& request = {});
  static Result<TestCi> load(ByteView certificate, KeyPair key, const Clock& clock, Random& random);

  Result<TestEum> issue_eum(const EumRequest& request);
  Result<Issued> issue_server(const ServerRequest& request);
  const Issued& issued() const { return issued_; }
  // The euiccCiPKId of this CI, 20 octets.
  const Bytes& subject_key_id() const { return subject_key_id_; }

 private:
  TestCi(Issued issued, Bytes subject_key_id, const Clock& clock, Random& random)
      : issued_(std::move(issued)),
        subject_key_id_(std::move(subject_key_id)),
        clock_(&clock),
        random_(&random) {}
  Issued issued_;
  Bytes subject_key_id_;
  const Clock* clock_;
  Random* random_;
};

}  // namespace berth::testpki
