// EUICCInfo1 and EUICCInfo2 (SGP.22 §5.7.8). Both grow with every release of the specification,
// so elements are taken by tag wherever they stand and unknown ones are skipped.

#include <optional>

#include "kernel/rsp/sgp22/fields.h"

namespace berth::rsp::sgp22 {
namespace {

constexpr der::Tag kEuiccInfo1 = 0xBF20;
constexpr der::Tag kEuiccInfo2 = 0xBF22;
constexpr std::size_t kMaxSasNumberSize = 64;  // UTF8String (SIZE(0..64))

// Puts a parsed element into its place; the same element twice is refused, since two readers
// could then take different ones.
template <class T>
Result<void> place(std::optional<T>& target, Result<T> parsed) {
  if (!parsed) return std::move(parsed).error();
  if (target.has_value()) return malformed("rsp.duplicate", "an element of EUICCInfo comes twice");
  target = std::move(parsed).value();
  return {};
}

struct Info1Fields {
  std::optional<Version> svn;
  std::optional<std::vector<Bytes>> verification;
  std::optional<std::vector<Bytes>> signing;
};

struct Info2Fields {
  std::optional<Version> profile_version, svn, firmware, pp_version;
  std::optional<Bytes> resources, uicc, rsp, forbidden;
  std::optional<std::vector<Bytes>> verification, signing;
  std::optional<std::string> sas;
};

Result<std::string> to_sas_number(ByteView value) {
  if (value.size() > kMaxSasNumberSize) {
    return malformed("rsp.size", "sasAcreditationNumber is at most 64 octets");
  }
  return std::string(as_text(value));
}

Result<void> take_info2_element(Info2Fields& fields, const der::Tlv& element) {
  switch (element.tag) {
    case 0x81:
      return place(fields.profile_version, to_version(element.value));
    case 0x82:
      return place(fields.svn, to_version(element.value));
    case 0x83:
      return place(fields.firmware, to_version(element.value));
    case 0x84:
      return place(fields.resources, Result<Bytes>(to_bytes(element.value)));
    case 0x85:
      return place(fields.uicc, to_bit_string(element.value));
    case 0x88:
      return place(fields.rsp, to_bit_string(element.value));
    case 0xA9:
      return place(fields.verification, to_ci_ids(element.value));
    case 0xAA:
      return place(fields.signing, to_ci_ids(element.value));
    case 0x99:
      return place(fields.forbidden, to_bit_string(element.value));
    case kOctetString:
      return place(fields.pp_version, to_version(element.value));
    case kUtf8String:
      return place(fields.sas, to_sas_number(element.value));
    default:
      return {};
  }
}

// Tag 82 of the ETSI TS 102 226 resource TLVs, a plain big-endian number. What cannot be read is
// no reason to refuse the card: it is advice, and absent advice is allowed.
std::optional<std::uint64_t> free_nvm(ByteView resources) {
  der::Reader reader(resources);
  while (!reader.at_end()) {
    const Result<der::Tlv> element = reader.next();
    if (!element) return std::nullopt;
    if (element->tag != 0x82) continue;
    if (element->value.empty() || element->value.size() > sizeof(std::uint64_t)) return {};
    std::uint64_t octets = 0;
    for (const std::uint8_t octet : element->value) octets = (octets << 8) | octet;
    return octets;
  }
  return std::nullopt;
}

}  // namespace

std::string Version::text() const {
  return std::to_string(major) + '.' + std::to_string(minor) + '.' + std::to_string(revision);
}

Result<EuiccInfo1> parse_euicc_info1(ByteView der) {
  BERTH_TRY(info, der::parse_single(der, kEuiccInfo1));
  Info1Fields fields;
  der::Reader reader(info.value);
  while (!reader.at_end()) {
    BERTH_TRY(element, reader.next());
    if (element.tag == 0x82) BERTH_TRY_VOID(place(fields.svn, to_version(element.value)));
    if (element.tag == 0xA9) BERTH_TRY_VOID(place(fields.verification, to_ci_ids(element.value)));
    if (element.tag == 0xAA) BERTH_TRY_VOID(place(fields.signing, to_ci_ids(element.value)));
  }
  if (!fields.svn || !fields.verification || !fields.signing) {
    return malformed("rsp.euicc_info", "EUICCInfo1 lacks its version or a list of CI keys");
  }
  return EuiccInfo1{*fields.svn, std::move(*fields.verification), std::move(*fields.signing)};
}

Result<EuiccInfo2> parse_euicc_info2(ByteView der) {
  BERTH_TRY(info, der::parse_single(der, kEuiccInfo2));
  Info2Fields fields;
  der::Reader reader(info.value);
  while (!reader.at_end()) {
    BERTH_TRY(element, reader.next());
    BERTH_TRY_VOID(take_info2_element(fields, element));
  }
  const bool complete = fields.profile_version && fields.svn && fields.firmware &&
                        fields.resources && fields.uicc && fields.rsp && fields.verification &&
                        fields.signing && fields.pp_version && fields.sas;
  if (!complete) return malformed("rsp.euicc_info", "EUICCInfo2 lacks a mandatory element");
  EuiccInfo2 result;
  result.profile_version = *fields.profile_version;
  result.svn = *fields.svn;
  result.firmware_version = *fields.firmware;
  result.free_nvm_bytes = free_nvm(*fields.resources);
  result.uicc_capability = std::move(*fields.uicc);
  result.rsp_capability = std::move(*fields.rsp);
  if (fields.forbidden) result.forbidden_profile_policy_rules = std::move(*fields.forbidden);
  result.ci_ids_for_verification = std::move(*fields.verification);
  result.ci_ids_for_signing = std::move(*fields.signing);
  result.pp_version = *fields.pp_version;
  result.sas_accreditation_number = std::move(*fields.sas);
  return result;
}

}  // namespace berth::rsp::sgp22
