#include "tools/testpki/test_pki.h"

#include <algorithm>

#include "kernel/rsp/pki/certificate.h"
#include "tools/testpki/certificate_builder.h"

namespace berth::testpki {
namespace {

namespace pki = rsp::pki;

constexpr UnixMs kDayMs = 86'400'000;
constexpr UnixMs kYearMs = 365 * kDayMs + kDayMs / 4;
constexpr std::uint8_t kDigitalSignature = 0x80;
constexpr std::uint8_t kKeyCertSign = 0x04;
constexpr std::uint8_t kCrlSign = 0x02;

constexpr UnixMs kCiLifetimeMs = 35 * kYearMs;
constexpr UnixMs kEumLifetimeMs = 34 * kYearMs;
constexpr UnixMs kEuiccLifetimeMs = 2'000'000 * kDayMs;
constexpr UnixMs kServerLifetimeMs = 10 * kYearMs;
constexpr UnixMs kTlsLifetimeMs = 398 * kDayMs;
constexpr UnixMs kLatestMs = 253'402'300'799'000;  // 9999-12-31T23:59:59Z, the last X.509 can say

Error bad_request(std::string message) {
  return {ErrorCode::kInvalidArgument, "testpki.bad_request", std::move(message)};
}

Result<Validity> validity_of(const std::optional<Validity>& wanted, const Clock& clock,
                             UnixMs lifetime_ms) {
  // Since yesterday: machines whose clocks differ a little can use it at once.
  const UnixMs start = clock.now_ms() - kDayMs;
  const Validity validity =
      wanted.value_or(Validity{start, std::min(start + lifetime_ms, kLatestMs)});
  if (validity.not_before < 0 || validity.not_after > kLatestMs) {
    return bad_request("validity lies between 1970 and 9999");
  }
  return validity;
}

Curve other(Curve curve) { return curve == Curve::kP256 ? Curve::kBrainpoolP256r1 : Curve::kP256; }

Result<KeyPair> key_for(const std::optional<KeyPair>& wanted, Curve curve, Flaw flaw,
                        Random& random) {
  const Curve needed = flaw == Flaw::kOtherCurve ? other(curve) : curve;
  if (!wanted) return generate_key(needed, random);
  if (wanted->curve != needed) return bad_request("the given key is not on the issuer's curve");
  return wanted->copy();
}

Result<Issued> issue(Profile profile, KeyPair key, const Issued& issuer, Flaw flaw,
                     Random& random) {
  BERTH_TRY(issuer_name, subject_of(issuer.certificate));
  BERTH_TRY(parsed, pki::Certificate::parse(issuer.certificate));
  BERTH_TRY(certificate,
            build_certificate(std::move(profile), key,
                              {issuer_name, parsed.subject_key_id(), &issuer.key}, flaw, random));
  return Issued{std::move(certificate), std::move(key)};
}

Result<pki::Certificate> matching_certificate(ByteView der, const KeyPair& key) {
  BERTH_TRY(certificate, pki::Certificate::parse(der));
  if (certificate.public_key().curve() != key.curve ||
      certificate.public_key().point() != key.point) {
    return Error(ErrorCode::kInvalidArgument, "testpki.bad_key",
                 "the key does not belong to the certificate");
  }
  return certificate;
}

std::string_view policy_of(ServerRole role) {
  switch (role) {
    case ServerRole::kDpAuth:
      return pki::kRoleDpAuth;
    case ServerRole::kDpPb:
      return pki::kRoleDpPb;
    case ServerRole::kDpTls:
      return pki::kRoleDpTls;
    case ServerRole::kDsAuth:
      return pki::kRoleDsAuth;
    case ServerRole::kDsTls:
      return pki::kRoleDsTls;
  }
  assertion_failed("a role of the enumeration", __FILE__, __LINE__);
}

}  // namespace

std::string Issued::certificate_pem() const {
  const std::string base64 = to_base64(certificate);
  std::string pem = "-----BEGIN CERTIFICATE-----\n";
  for (std::size_t at = 0; at < base64.size(); at += 64) pem += base64.substr(at, 64) + '\n';
  return pem + "-----END CERTIFICATE-----\n";
}

Result<TestCi> TestCi::create(Curve curve, std::string_view name, const Clock& clock,
                              Random& random, const CiRequest& request) {
  KeyPair key = generate_key(curve, random);
  Profile profile;
  profile.subject = {{"CN", std::string(name)}, {"O", "Berth Test"}};
  profile.role = pki::kRoleCi;
  profile.key_usage = kKeyCertSign | kCrlSign;
  profile.is_ca = true;
  profile.path_length = request.path_length;
  profile.registered_id = request.registered_id;
  BERTH_TRY(validity, validity_of(request.validity, clock, kCiLifetimeMs));
  profile.validity = validity;
  BERTH_TRY(own_name, encode_name(profile.subject));
  BERTH_TRY(certificate,
            build_certificate(std::move(profile), key, {own_name, {}, &key}, Flaw::kNone, random));
  Bytes key_id = key_id_of(key);
  return TestCi(Issued{std::move(certificate), std::move(key)}, std::move(key_id), clock, random);
}

Result<TestCi> TestCi::load(ByteView certificate, KeyPair key, const Clock& clock, Random& random) {
  BERTH_TRY(parsed, matching_certificate(certificate, key));
  return TestCi(Issued{to_bytes(certificate), std::move(key)}, parsed.subject_key_id(), clock,
                random);
}

Result<TestEum> TestCi::issue_eum(const EumRequest& request) {
  BERTH_TRY(key, key_for(request.key, issued_.key.curve, request.flaw, *random_));
  Profile profile;
  profile.subject = {{"C", "ES"}, {"O", request.organization}, {"CN", request.common_name}};
  profile.role = pki::kRoleEum;
  profile.key_usage = kKeyCertSign;
  profile.is_ca = true;
  profile.path_length = 0;
  profile.registered_id = request.registered_id;
  profile.constrained_organization = request.organization;
  profile.constrained_eid_prefixes = request.eid_prefixes;
  BERTH_TRY(validity, validity_of(request.validity, *clock_, kEumLifetimeMs));
  profile.validity = validity;
  BERTH_TRY(issued, issue(std::move(profile), std::move(key), issued_, request.flaw, *random_));
  return TestEum(std::move(issued), *clock_, *random_);
}

Result<Issued> TestCi::issue_server(const ServerRequest& request) {
  const bool tls = request.role == ServerRole::kDpTls || request.role == ServerRole::kDsTls;
  if (tls == request.dns_names.empty()) {
    return bad_request("TLS certificates have dNSNames, the others have none");
  }
  BERTH_TRY(key, key_for(request.key, issued_.key.curve, request.flaw, *random_));
  Profile profile;
  profile.subject = {{"O", request.organization},
                     {"CN", tls ? request.dns_names.front() : request.common_name}};
  profile.role = policy_of(request.role);
  profile.role_critical = !tls;
  profile.key_usage = kDigitalSignature;
  profile.tls = tls;
  profile.registered_id = request.registered_id;
  profile.dns_names = request.dns_names;
  BERTH_TRY(validity,
            validity_of(request.validity, *clock_, tls ? kTlsLifetimeMs : kServerLifetimeMs));
  profile.validity = validity;
  // Its own role is the wrong one nowhere but here: give a TLS certificate dp-auth's.
  if (tls && request.flaw == Flaw::kWrongRole) {
    profile.role = pki::kRoleDpAuth;
    return issue(std::move(profile), std::move(key), issued_, Flaw::kNone, *random_);
  }
  return issue(std::move(profile), std::move(key), issued_, request.flaw, *random_);
}

Result<TestEum> TestEum::load(ByteView certificate, KeyPair key, const Clock& clock,
                              Random& random) {
  BERTH_TRY_VOID(matching_certificate(certificate, key));
  return TestEum(Issued{to_bytes(certificate), std::move(key)}, clock, random);
}

Result<Issued> TestEum::issue_euicc(const EuiccRequest& request) {
  const bool digits = std::all_of(request.eid.begin(), request.eid.end(),
                                  [](char c) { return c >= '0' && c <= '9'; });
  if (request.eid.size() != 32 || !digits) return bad_request("an EID is 32 digits");
  BERTH_TRY(key, key_for(request.key, issued_.key.curve, request.flaw, *random_));
  BERTH_TRY(eum, pki::Certificate::parse(issued_.certificate));
  const bool wrong = request.flaw == Flaw::kWrongOrganization;
  Profile profile;
  profile.subject = {{"C", "ES"},
                     {"O", wrong ? "Another EUM" : eum.organization()},
                     {"serialNumber", request.eid},
                     {"CN", request.common_name}};
  profile.role = pki::kRoleEuicc;
  profile.key_usage = kDigitalSignature;
  profile.crl_distribution_point = false;
  BERTH_TRY(validity, validity_of(request.validity, *clock_, kEuiccLifetimeMs));
  profile.validity = validity;
  return issue(std::move(profile), std::move(key), issued_, request.flaw, *random_);
}

}  // namespace berth::testpki
