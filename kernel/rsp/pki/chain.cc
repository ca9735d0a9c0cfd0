#include "kernel/rsp/pki/chain.h"

#include <algorithm>
#include <limits>
#include <list>
#include <mutex>

#include "kernel/base/digest.h"
#include "kernel/rsp/pki/certificate_fields.h"

namespace berth::rsp::pki {
namespace {

// There are some dozens of EUMs in the world. Only certificates that passed are kept, so a peer
// cannot push good ones out with garbage.
constexpr std::size_t kMaxCachedEums = 128;

// Subject codes, SGP.22 §5.2.6.1.
constexpr const char* kEumCertificate = "8.1.2";
constexpr const char* kEuiccCertificate = "8.1.3";

enum class Dates { kValid = 1, kNotYetValid, kExpired };

Dates check_dates(const Certificate& certificate, UnixMs now) {
  if (now < certificate.not_before()) return Dates::kNotYetValid;
  // Valid through the whole of its last second.
  const UnixMs last = certificate.not_after();
  const bool expires = last <= std::numeric_limits<UnixMs>::max() - 1000;
  if (expires && now >= last + 1000) return Dates::kExpired;
  return Dates::kValid;
}

bool has_role(const Certificate& certificate, std::string_view role) {
  const auto& policies = certificate.policies();
  return std::find(policies.begin(), policies.end(), role) != policies.end();
}

bool same_key_id(const std::optional<Bytes>& left, const Bytes& right) {
  return left.has_value() && !left->empty() && *left == right;
}

bool is_root_like(const Certificate& certificate) {
  return !certificate.authority_key_id() ||
         (certificate.self_issued() &&
          same_key_id(certificate.authority_key_id(), certificate.subject_key_id()));
}

RspError refuse(const char* subject, const char* reason, std::string message) {
  return {subject, reason, std::move(message)};
}

RspError unknown_ci() {
  return refuse("8.11.1", "3.9", "the EUM certificate is not issued by the session's CI");
}

Result<void, RspError> dates_ok(const Certificate& certificate, const char* subject, UnixMs now) {
  switch (check_dates(certificate, now)) {
    case Dates::kValid:
      return {};
    case Dates::kNotYetValid:
      return refuse(subject, "6.1", "the certificate is not valid yet");
    case Dates::kExpired:
      return refuse(subject, "6.3", "the certificate has expired");
  }
  return refuse(subject, "6.1", "the certificate's dates cannot be read");
}

// SGP.22 §4.5.2.1.0.2. What is missing, or empty when all is there.
std::string_view eum_structure_flaw(const Certificate& eum, const Certificate& ci) {
  if (eum.has_unknown_critical_extension() || eum.extended_key_usage_critical()) {
    return "an unknown critical extension";
  }
  if (!eum.issued_by_name_of(ci)) return "its issuer is not the CI's subject";
  if (!eum.is_ca() || !eum.basic_constraints_critical()) return "not a CA certificate";
  if (eum.path_length() != 0) return "its path length is not 0";
  if (ci.path_length() && *ci.path_length() < 1) return "the CI's path length is exceeded";
  if (!eum.key_usage_cert_sign()) return "its key may not sign certificates";
  if (!has_role(eum, kRoleEum)) return "it does not have the role of an EUM";
  if (!eum.name_constraints_understood() || eum.eum_constraints().empty()) {
    return "its nameConstraints do not name an organisation and EIDs";
  }
  if (eum.subject_key_id().empty()) return "it has no subject key identifier";
  if (eum.public_key().curve() != ci.public_key().curve()) return "its curve is not the CI's";
  return {};
}

// SGP.22 §4.5.2.1.0.3.
std::string_view euicc_structure_flaw(const Certificate& euicc, const Certificate& eum) {
  if (euicc.has_unknown_critical_extension() || euicc.extended_key_usage_critical() ||
      euicc.has_name_constraints()) {
    return "an unknown critical extension";
  }
  if (!euicc.issued_by_name_of(eum)) return "its issuer is not the EUM's subject";
  if (euicc.is_ca() || euicc.key_usage_cert_sign()) return "it is a CA certificate";
  if (!euicc.key_usage_digital_signature()) return "its key may not sign data";
  if (!has_role(euicc, kRoleEuicc)) return "it does not have the role of an eUICC";
  if (euicc.public_key().curve() != eum.public_key().curve()) return "its curve is not the EUM's";
  return {};
}

// The GSMA's reading of nameConstraints: same organisation, and the EID begins with the digits.
std::string_view constraint_flaw(const Certificate& euicc, const Certificate& eum) {
  const std::string organization = fold(euicc.organization());
  const std::string_view eid = euicc.subject_serial_number();
  bool organization_matches = false;
  for (const EumConstraint& constraint : eum.eum_constraints()) {
    if (organization.empty() || fold(constraint.organization) != organization) continue;
    organization_matches = true;
    if (eid.starts_with(constraint.eid_prefix)) return {};
  }
  return organization_matches ? "its EID is not one of the EUM's"
                              : "its organisation is not the EUM's";
}

}  // namespace

Result<void> TrustAnchors::add(Certificate issuer) {
  const auto refuse_ci = [](std::string_view slug, const char* message) {
    return Error(ErrorCode::kInvalidArgument, slug, message);
  };
  const bool own_key_id =
      !issuer.authority_key_id() || same_key_id(issuer.authority_key_id(), issuer.subject_key_id());
  if (!issuer.self_issued() || !own_key_id || !issuer.signed_by(issuer.public_key())) {
    return refuse_ci("certificate.not_a_ci", "the certificate is not signed by itself");
  }
  if (!issuer.is_ca() || !issuer.key_usage_cert_sign() || issuer.subject_key_id().empty() ||
      issuer.has_unknown_critical_extension()) {
    return refuse_ci("certificate.not_a_ci",
                     "the certificate lacks cA, keyCertSign or a subject key identifier");
  }
  if (const Certificate* known = find(issuer.subject_key_id())) {
    if (known->public_key().point() == issuer.public_key().point()) return {};
    return refuse_ci("certificate.ambiguous_ci",
                     "another CI with this subject key identifier is trusted already");
  }
  issuers_.push_back(std::move(issuer));
  return {};
}

const Certificate* TrustAnchors::find(ByteView subject_key_id) const {
  if (subject_key_id.empty()) return nullptr;
  for (const Certificate& issuer : issuers_) {
    if (equal(issuer.subject_key_id(), subject_key_id)) return &issuer;
  }
  return nullptr;
}

Result<void> TrustAnchors::add(RevocationList list) {
  for (const Certificate& issuer : issuers_) {
    if (list.authority_key_id && *list.authority_key_id != issuer.subject_key_id()) continue;
    if (!list.signed_by(issuer.public_key())) continue;
    const std::pair key(issuer.subject_key_id(), list.scope);
    const auto known = revocations_.find(key);
    if (known == revocations_.end()) {
      revocations_.emplace(key, std::move(list));
    } else if (known->second.this_update < list.this_update) {
      known->second = std::move(list);
    }
    return {};
  }
  return Error(ErrorCode::kUnauthenticated, "revocation.untrusted",
               "the revocation list is signed by no trusted CI");
}

bool TrustAnchors::revoked(const Certificate& certificate) const {
  if (!certificate.authority_key_id()) return false;
  const Bytes serial = to_bytes(certificate.serial_number());
  return std::any_of(revocations_.begin(), revocations_.end(), [&](const auto& entry) {
    return entry.first.first == *certificate.authority_key_id() &&
           entry.second.serial_numbers.contains(serial);
  });
}

// EUM certificates whose signature and structure passed under a CI, most recently used first.
struct EuiccChainVerifier::Cache {
  struct Entry {
    Sha256 eum;
    Sha256 ci;
    Certificate certificate;
  };

  std::optional<Certificate> find(const Sha256& eum, ByteView der) {
    const std::lock_guard lock(mutex);
    for (auto entry = entries.begin(); entry != entries.end(); ++entry) {
      if (entry->eum != eum || !equal(entry->certificate.der(), der)) continue;
      entries.splice(entries.begin(), entries, entry);
      return entry->certificate;
    }
    return std::nullopt;
  }

  // The CI under which `eum` passed must still be this one.
  bool passed_under(const Sha256& eum, const Sha256& ci) {
    const std::lock_guard lock(mutex);
    return std::any_of(entries.begin(), entries.end(),
                       [&](const Entry& entry) { return entry.eum == eum && entry.ci == ci; });
  }

  void keep(const Certificate& eum, const Certificate& ci) {
    const std::lock_guard lock(mutex);
    const auto same = [&](const Entry& entry) { return entry.eum == eum.fingerprint(); };
    entries.remove_if(same);
    entries.push_front({eum.fingerprint(), ci.fingerprint(), eum});
    if (entries.size() > kMaxCachedEums) entries.pop_back();
  }

  std::mutex mutex;
  std::list<Entry> entries;
};

EuiccChainVerifier::EuiccChainVerifier(const TrustAnchors& anchors)
    : anchors_(anchors), cache_(std::make_unique<Cache>()) {}
EuiccChainVerifier::~EuiccChainVerifier() = default;

Result<Certificate, RspError> EuiccChainVerifier::checked_eum(ByteView der, ByteView required_ci,
                                                              UnixMs now) const {
  const auto trusted = [&](const std::optional<Bytes>& key_id) -> const Certificate* {
    if (!key_id || (!required_ci.empty() && !equal(*key_id, required_ci))) return nullptr;
    return anchors_.find(*key_id);
  };
  const Sha256 digest = sha256(der);
  const std::optional<Certificate> cached = cache_->find(digest, der);
  if (!cached) {
    // An unknown CI comes before whatever else is wrong, a key we do not support included.
    const auto fields = parse_fields(der);
    if (fields && fields->authority_key_id && !fields->curve &&
        trusted(fields->authority_key_id) == nullptr) {
      return unknown_ci();
    }
  }
  const auto parsed = cached ? Result<Certificate>(*cached) : Certificate::parse(der);
  if (!parsed) {
    return refuse(kEumCertificate, "6.1", "EUM certificate: " + parsed.error().message());
  }
  const Certificate& eum = *parsed;
  if (is_root_like(eum)) {
    return refuse(kEumCertificate, "6.1", "the EUM certificate is not issued by a CI");
  }
  const Certificate* ci = trusted(eum.authority_key_id());
  if (ci == nullptr) return unknown_ci();
  const bool passed_before = cached && cache_->passed_under(digest, ci->fingerprint());
  if (!passed_before && !eum.signed_by(ci->public_key())) {
    return refuse(kEumCertificate, "6.1", "the CI did not sign the EUM certificate");
  }
  BERTH_TRY_VOID(dates_ok(eum, kEumCertificate, now));
  if (!passed_before) {
    if (const std::string_view flaw = eum_structure_flaw(eum, *ci); !flaw.empty()) {
      return refuse(kEumCertificate, "6.1", "EUM certificate: " + std::string(flaw));
    }
  }
  if (anchors_.revoked(eum)) {
    return refuse(kEumCertificate, "6.1", "the EUM certificate is revoked");
  }
  if (passed_before) return eum;
  cache_->keep(eum, *ci);
  return eum;
}

Result<EuiccIdentity, RspError> EuiccChainVerifier::verify(ByteView euicc_der, ByteView eum_der,
                                                           ByteView required_ci, UnixMs now) const {
  const auto refuse_euicc = [](std::string_view flaw) {
    return refuse(kEuiccCertificate, "6.1", "eUICC certificate: " + std::string(flaw));
  };
  BERTH_TRY(eum, checked_eum(eum_der, required_ci, now));
  const auto parsed = Certificate::parse(euicc_der);
  if (!parsed) return refuse_euicc(parsed.error().message());
  const Certificate& euicc = *parsed;
  if (is_root_like(euicc) || !same_key_id(euicc.authority_key_id(), eum.subject_key_id())) {
    return refuse_euicc("not issued by the EUM");
  }
  if (!euicc.signed_by(eum.public_key())) return refuse_euicc("the EUM did not sign it");
  BERTH_TRY_VOID(dates_ok(euicc, kEuiccCertificate, now));
  for (const std::string_view flaw :
       {euicc_structure_flaw(euicc, eum), constraint_flaw(euicc, eum)}) {
    if (!flaw.empty()) return refuse_euicc(flaw);
  }
  const auto eid = Eid::parse(euicc.subject_serial_number());
  if (!eid) return refuse_euicc("its serialNumber is not an EID");
  return EuiccIdentity{*eid, euicc, eum};
}

Result<void> verify_server_certificate(const Certificate& server, const TrustAnchors& anchors,
                                       std::string_view role, std::optional<UnixMs> now) {
  const auto fail = [](std::string_view slug, const char* message) {
    return Error(ErrorCode::kUnauthenticated, slug, message);
  };
  const auto wrong_role = [&](const char* message) { return fail("certificate.role", message); };
  const Certificate* ci = is_root_like(server) ? nullptr : anchors.find(*server.authority_key_id());
  if (ci == nullptr) {
    return fail("certificate.untrusted", "the certificate is not issued by a trusted CI");
  }
  if (!server.signed_by(ci->public_key())) {
    return fail("certificate.signature", "the CI did not sign the certificate");
  }
  const Dates dates = now ? check_dates(server, *now) : Dates::kValid;
  if (dates == Dates::kNotYetValid) {
    return fail("certificate.not_yet_valid", "the certificate is not valid yet");
  }
  if (dates == Dates::kExpired) {
    return fail("certificate.expired", "the certificate has expired");
  }
  const bool tls = role == kRoleDpTls || role == kRoleDsTls;
  if (!has_role(server, role)) return wrong_role("the certificate does not have the wanted role");
  if (server.has_unknown_critical_extension() || server.has_name_constraints() ||
      (server.extended_key_usage_critical() && !tls)) {
    return wrong_role("an unknown critical extension");
  }
  if (!server.issued_by_name_of(*ci)) return wrong_role("its issuer is not the CI's subject");
  if (server.is_ca() || server.key_usage_cert_sign()) return wrong_role("it is a CA certificate");
  if (!server.key_usage_digital_signature()) return wrong_role("its key may not sign data");
  if (server.registered_ids().size() != 1) return wrong_role("it does not name one SM-DP+ OID");
  if (server.public_key().curve() != ci->public_key().curve()) {
    return wrong_role("its curve is not the CI's");
  }
  return {};
}

}  // namespace berth::rsp::pki
