#include "kernel/rsp/pki/certificate.h"

#include "kernel/base/digest.h"
#include "kernel/rsp/pki/certificate_fields.h"

namespace berth::rsp::pki {

struct Certificate::Parsed {
  Parsed(Bytes octets, PublicKey key) : der(std::move(octets)), public_key(std::move(key)) {}

  const Bytes der;  // the views in `fields` borrow from it
  CertificateFields fields;
  PublicKey public_key;
  Sha256 fingerprint{};
};

Certificate::Certificate(std::shared_ptr<const Parsed> parsed) : parsed_(std::move(parsed)) {}

Result<Certificate> Certificate::parse(ByteView der) {
  Bytes octets = to_bytes(der);
  BERTH_TRY(fields, parse_fields(octets));
  if (!fields.curve) {
    return Error(ErrorCode::kInvalidArgument, "certificate.curve",
                 "the certificate's key is not on P-256 or brainpoolP256r1");
  }
  auto key = PublicKey::from_point(*fields.curve, fields.point);
  if (!key) return invalid_certificate(key.error().message());
  // Moving a vector keeps its octets where they are, so the views stay good.
  auto parsed = std::make_shared<Parsed>(std::move(octets), std::move(*key));
  parsed->fields = std::move(fields);
  parsed->fingerprint = sha256(parsed->der);
  return Certificate(std::move(parsed));
}

Result<Certificate> Certificate::from_pem(std::string_view pem) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  const std::size_t begin = pem.find(kBegin);
  const std::size_t end = pem.find(kEnd, begin == std::string_view::npos ? 0 : begin);
  if (begin == std::string_view::npos || end == std::string_view::npos) {
    return invalid_certificate("no PEM block \"CERTIFICATE\"");
  }
  if (pem.find(kBegin, end) != std::string_view::npos) {
    return invalid_certificate("more than one PEM block \"CERTIFICATE\"");
  }
  std::string_view body = pem.substr(begin + kBegin.size(), end - begin - kBegin.size());
  if (body.size() > 2 * kMaxCertificateOctets) return invalid_certificate("larger than 16 KiB");
  auto der = from_base64(body);
  if (!der) return invalid_certificate("the PEM block is not base64");
  return parse(*der);
}

const Bytes& Certificate::der() const { return parsed_->der; }
const Sha256& Certificate::fingerprint() const { return parsed_->fingerprint; }
const PublicKey& Certificate::public_key() const { return parsed_->public_key; }
const Bytes& Certificate::subject_key_id() const { return parsed_->fields.subject_key_id; }
const std::optional<Bytes>& Certificate::authority_key_id() const {
  return parsed_->fields.authority_key_id;
}
ByteView Certificate::serial_number() const { return parsed_->fields.serial_number; }
bool Certificate::self_issued() const { return issued_by_name_of(*this); }
bool Certificate::issued_by_name_of(const Certificate& issuer) const {
  return parsed_->fields.issuer.canonical == issuer.parsed_->fields.subject.canonical;
}
UnixMs Certificate::not_before() const { return parsed_->fields.not_before; }
UnixMs Certificate::not_after() const { return parsed_->fields.not_after; }
const std::string& Certificate::subject_text() const { return parsed_->fields.subject.text; }
const std::string& Certificate::common_name() const { return parsed_->fields.subject.common_name; }
const std::string& Certificate::organization() const {
  return parsed_->fields.subject.organization;
}
const std::string& Certificate::subject_serial_number() const {
  return parsed_->fields.subject.serial_number;
}
const std::vector<std::string>& Certificate::policies() const { return parsed_->fields.policies; }
const std::vector<std::string>& Certificate::registered_ids() const {
  return parsed_->fields.registered_ids;
}
const std::vector<std::string>& Certificate::dns_names() const { return parsed_->fields.dns_names; }
const std::vector<std::string>& Certificate::extended_key_usages() const {
  return parsed_->fields.extended_key_usages;
}
bool Certificate::extended_key_usage_critical() const {
  return parsed_->fields.extended_key_usage_critical;
}
bool Certificate::is_ca() const { return parsed_->fields.is_ca; }
bool Certificate::basic_constraints_critical() const {
  return parsed_->fields.basic_constraints_critical;
}
std::optional<int> Certificate::path_length() const { return parsed_->fields.path_length; }
bool Certificate::key_usage_digital_signature() const { return parsed_->fields.digital_signature; }
bool Certificate::key_usage_cert_sign() const { return parsed_->fields.cert_sign; }
bool Certificate::has_unknown_critical_extension() const {
  return parsed_->fields.unknown_critical_extension;
}
bool Certificate::has_name_constraints() const { return parsed_->fields.has_name_constraints; }
bool Certificate::name_constraints_understood() const {
  return parsed_->fields.name_constraints_understood;
}
const std::vector<EumConstraint>& Certificate::eum_constraints() const {
  return parsed_->fields.eum_constraints;
}

bool Certificate::signed_by(const PublicKey& issuer) const {
  return issuer.verify_der(parsed_->fields.tbs, parsed_->fields.signature);
}

}  // namespace berth::rsp::pki
