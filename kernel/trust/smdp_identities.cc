#include "kernel/trust/smdp_identities.h"

#include <fstream>
#include <sstream>

namespace berth::trust {
namespace {

using rsp::pki::Certificate;

constexpr std::uintmax_t kMaxCertificateFile = 64 * 1024;

Error trust_error(std::string_view reason, const std::filesystem::path& file, std::string what) {
  return {ErrorCode::kInvalidArgument, reason, file.string() + ": " + std::move(what)};
}

Result<std::string> read_file(const std::filesystem::path& file, std::uintmax_t limit) {
  std::error_code failed;
  const std::uintmax_t size = std::filesystem::file_size(file, failed);
  if (failed) {
    return trust_error("trust.certificate_unreadable", file, "cannot be read: " + failed.message());
  }
  if (size > limit) {
    return trust_error("trust.certificate_unreadable", file, "is too large for what it should be");
  }
  std::ifstream input(file, std::ios::binary);
  std::ostringstream text;
  text << input.rdbuf();
  return text.str();
}

Result<Certificate> read_certificate(const std::filesystem::path& file) {
  BERTH_TRY(octets, read_file(file, kMaxCertificateFile));
  Result<Certificate> certificate = octets.starts_with("-----BEGIN")
                                        ? Certificate::from_pem(octets)
                                        : Certificate::parse(as_bytes(octets));
  if (!certificate) return std::move(certificate).error().within(file.string());
  return certificate;
}

// A pair whose certificates do not belong together would be refused by every card.
Result<void> check_pair(const std::filesystem::path& file, const Certificate& auth,
                        const Certificate& binding) {
  if (auth.authority_key_id() != binding.authority_key_id() || !auth.authority_key_id()) {
    return trust_error("trust.pair_mismatch", file, "DPauth and DPpb are not issued by one CI");
  }
  if (auth.registered_ids().size() != 1 || auth.registered_ids() != binding.registered_ids()) {
    return trust_error("trust.pair_mismatch", file,
                       "DPauth and DPpb must carry one and the same OID (subjectAltName "
                       "registeredID)");
  }
  if (auth.public_key().curve() != binding.public_key().curve()) {
    return trust_error("trust.pair_mismatch", file, "DPauth and DPpb are on different curves");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<SmdpIdentities>> SmdpIdentities::load(const tenancy::HostConfiguration& host,
                                                             plugins::Hsm& hsm, UnixMs now) {
  std::unique_ptr<SmdpIdentities> identities(new SmdpIdentities(hsm));
  for (const auto& file : host.certificate_issuers) {
    BERTH_TRY(issuer, read_certificate(file));
    if (auto added = identities->anchors_.add(issuer); !added) {
      return std::move(added).error().within(file.string());
    }
  }
  for (const auto& file : host.revocation_lists) {
    BERTH_TRY(octets, read_file(file, rsp::pki::kMaxRevocationListSize));
    auto list = rsp::pki::parse_revocation_list(as_bytes(octets));
    if (!list) return std::move(list).error().within(file.string());
    if (auto added = identities->anchors_.add(std::move(*list)); !added) {
      return std::move(added).error().within(file.string());
    }
  }
  for (const tenancy::SmdpIdentity& pair : host.smdp) {
    BERTH_TRY(auth, read_certificate(pair.dp_auth.certificate));
    BERTH_TRY(binding, read_certificate(pair.dp_pb.certificate));
    for (const auto& [certificate, role, file] :
         {std::tuple(auth, rsp::pki::kRoleDpAuth, pair.dp_auth.certificate),
          std::tuple(binding, rsp::pki::kRoleDpPb, pair.dp_pb.certificate)}) {
      if (auto checked =
              rsp::pki::verify_server_certificate(certificate, identities->anchors_, role, now);
          !checked) {
        return std::move(checked).error().within(file.string());
      }
    }
    BERTH_TRY_VOID(check_pair(pair.dp_auth.certificate, auth, binding));
    identities->loaded_.push_back({std::make_shared<const SmdpIdentity>(
                                       SmdpIdentity{auth, binding, auth.registered_ids().front(),
                                                    *auth.authority_key_id(), nullptr, nullptr}),
                                   pair, "not opened yet", "not opened yet"});
  }
  return identities;
}

namespace {

// Opens one key and makes sure it is the certificate's.
Result<std::shared_ptr<plugins::HsmKey>> open_matching(plugins::Hsm& hsm, const plugins::Op& op,
                                                       const tenancy::ServerKeys& keys,
                                                       const Certificate& certificate) {
  auto key = hsm.open_key(op, keys.key_reference);
  if (!key) {
    if (key.error().code() == ErrorCode::kNotFound) {
      return Error{ErrorCode::kNotFound, "trust.key_missing",
                   "the HSM has no key '" + keys.key_reference +
                       "'; run: berthctl pki import --reference " + keys.key_reference +
                       " KEYFILE"};
    }
    return std::move(key).error();
  }
  BERTH_TRY(point, hsm.public_point(op, **key));
  if (!equal(point, certificate.public_key().point())) {
    return Error{ErrorCode::kFailedPrecondition, "trust.key_mismatch",
                 "key '" + keys.key_reference + "' is not the key of " + keys.certificate.string() +
                     "; import the right one under a new reference, name that in the host file, "
                     "restart"};
  }
  return std::shared_ptr<plugins::HsmKey>(std::move(*key));
}

}  // namespace

void SmdpIdentities::open_keys(const plugins::Op& op) {
  std::vector<Loaded> pairs;
  {
    const std::lock_guard lock(mutex_);
    pairs = loaded_;
  }
  for (Loaded& pair : pairs) {
    if (pair.identity->dp_auth_key != nullptr) continue;
    auto auth = open_matching(hsm_, op, pair.configured.dp_auth, pair.identity->dp_auth);
    auto binding = open_matching(hsm_, op, pair.configured.dp_pb, pair.identity->dp_pb);
    pair.auth_problem = auth ? "" : auth.error().message();
    pair.binding_problem = binding ? "" : binding.error().message();
    if (!pair.usable()) continue;
    SmdpIdentity opened = *pair.identity;
    opened.dp_auth_key = *auth;
    opened.dp_pb_key = *binding;
    pair.identity = std::make_shared<const SmdpIdentity>(std::move(opened));
  }
  const std::lock_guard lock(mutex_);
  loaded_ = std::move(pairs);
}

Result<void> SmdpIdentities::check_key(std::string_view reference, ByteView public_point) const {
  const std::lock_guard lock(mutex_);
  std::string expected;
  for (const Loaded& pair : loaded_) {
    for (const auto& [keys, certificate] :
         {std::pair(pair.configured.dp_auth, pair.identity->dp_auth),
          std::pair(pair.configured.dp_pb, pair.identity->dp_pb)}) {
      if (keys.key_reference != reference) continue;
      if (equal(certificate.public_key().point(), public_point)) return {};
      expected = keys.certificate.string();
    }
  }
  if (expected.empty()) return {};  // a key for a certificate to come
  return Error(ErrorCode::kFailedPrecondition, "trust.key_mismatch",
               "this is not the key of " + expected + ", which the host file names for '" +
                   std::string(reference) + "'; nothing was imported, choose the right key file");
}

std::shared_ptr<const SmdpIdentity> SmdpIdentities::for_ci(ByteView ci_key_id) const {
  const std::lock_guard lock(mutex_);
  for (const Loaded& pair : loaded_) {
    if (pair.usable() && equal(pair.identity->ci_key_id, ci_key_id)) return pair.identity;
  }
  return nullptr;
}

std::shared_ptr<const SmdpIdentity> SmdpIdentities::first_for(
    const std::vector<Bytes>& ci_key_ids) const {
  for (const Bytes& id : ci_key_ids) {
    if (auto identity = for_ci(id)) return identity;
  }
  return nullptr;
}

std::vector<IdentityStatus> SmdpIdentities::status() const {
  const std::lock_guard lock(mutex_);
  std::vector<IdentityStatus> all;
  for (const Loaded& pair : loaded_) {
    for (const auto& [keys, problem] : {std::pair(pair.configured.dp_auth, pair.auth_problem),
                                        std::pair(pair.configured.dp_pb, pair.binding_problem)}) {
      all.push_back({keys.certificate.string(), keys.key_reference, problem.empty(), problem});
    }
  }
  return all;
}

std::vector<std::shared_ptr<const SmdpIdentity>> SmdpIdentities::usable() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<const SmdpIdentity>> all;
  for (const Loaded& pair : loaded_) {
    if (pair.usable()) all.push_back(pair.identity);
  }
  return all;
}

}  // namespace berth::trust
