#include <algorithm>

#include "kernel/rsp/der/der.h"
#include "kernel/rsp/pki/certificate_fields.h"

namespace berth::rsp::pki {
namespace {

constexpr std::size_t kMaxKeyIdOctets = 64;
constexpr std::size_t kEidDigits = 32;
constexpr std::uint8_t kDigitalSignatureBit = 0x80;
constexpr std::uint8_t kKeyCertSignBit = 0x04;

using Read = Result<void> (*)(CertificateFields&, bool critical, ByteView contents);

Result<void> key_id_is_sane(ByteView key_id) {
  if (key_id.empty() || key_id.size() > kMaxKeyIdOctets) {
    return invalid_certificate("a key identifier is empty or too long");
  }
  return {};
}

Result<void> read_subject_key_id(CertificateFields& fields, bool, ByteView contents) {
  BERTH_TRY(key_id, der::parse_single(contents, 0x04));
  BERTH_TRY_VOID(key_id_is_sane(key_id.value));
  fields.subject_key_id = to_bytes(key_id.value);
  return {};
}

Result<void> read_authority_key_id(CertificateFields& fields, bool, ByteView contents) {
  BERTH_TRY(sequence, der::parse_single(contents, 0x30));
  der::Reader reader(sequence.value);
  BERTH_TRY(key_id, reader.optional(0x80));
  BERTH_TRY_VOID(reader.optional(0xA1));  // authorityCertIssuer
  BERTH_TRY_VOID(reader.optional(0x82));  // authorityCertSerialNumber
  BERTH_TRY_VOID(reader.finish());
  if (key_id) {
    BERTH_TRY_VOID(key_id_is_sane(key_id->value));
    fields.authority_key_id = to_bytes(key_id->value);
  }
  return {};
}

Result<void> read_key_usage(CertificateFields& fields, bool, ByteView contents) {
  BERTH_TRY(bits, der::parse_single(contents, 0x03));
  const ByteView value = bits.value;
  if (value.size() < 2 || value.size() > 3 || value[0] > 7 ||
      (value.back() & ((1U << value[0]) - 1)) != 0) {
    return invalid_certificate("a malformed keyUsage");
  }
  fields.digital_signature = (value[1] & kDigitalSignatureBit) != 0;
  fields.cert_sign = (value[1] & kKeyCertSignBit) != 0;
  return {};
}

Result<void> read_basic_constraints(CertificateFields& fields, bool critical, ByteView contents) {
  BERTH_TRY(sequence, der::parse_single(contents, 0x30));
  der::Reader reader(sequence.value);
  BERTH_TRY(ca, reader.optional(0x01));
  BERTH_TRY(path_length, reader.optional(0x02));
  BERTH_TRY_VOID(reader.finish());
  fields.basic_constraints_critical = critical;
  if (ca) {
    BERTH_TRY(is_ca, der::to_boolean(ca->value));
    fields.is_ca = is_ca;
  }
  if (path_length) {
    BERTH_TRY(length, der::to_unsigned(path_length->value));
    if (!fields.is_ca) return invalid_certificate("a path length without cA");
    constexpr std::uint64_t kLongest = 1000;  // more is as good as unlimited
    fields.path_length = static_cast<int>(std::min(length, kLongest));
  }
  return {};
}

Result<void> read_policies(CertificateFields& fields, bool, ByteView contents) {
  BERTH_TRY(sequence, der::parse_single(contents, 0x30));
  der::Reader policies(sequence.value);
  while (!policies.at_end()) {
    BERTH_TRY(policy, policies.expect(0x30));
    der::Reader reader(policy.value);
    BERTH_TRY(id, reader.expect(0x06));
    BERTH_TRY_VOID(reader.optional(0x30));  // qualifiers carry nothing we act on
    BERTH_TRY_VOID(reader.finish());
    BERTH_TRY(oid, der::oid_to_text(id.value));
    fields.policies.push_back(std::move(oid));
  }
  if (fields.policies.empty()) return invalid_certificate("an empty certificatePolicies");
  return {};
}

// Letters, digits, hyphens, dots and the wildcard's star: no NUL, no space, nothing that another
// reader would cut or interpret.
bool is_plain_dns_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '*' || c == '_';
  };
  return !name.empty() && name.size() <= 255 && std::all_of(name.begin(), name.end(), allowed);
}

bool is_general_name(der::Tag tag) {
  return tag == 0xA0 || tag == 0x81 || tag == 0x82 || (tag >= 0xA3 && tag <= 0xA5) ||
         (tag >= 0x86 && tag <= 0x88);
}

Result<void> read_alternative_names(CertificateFields& fields, bool, ByteView contents) {
  BERTH_TRY(sequence, der::parse_single(contents, 0x30));
  der::Reader reader(sequence.value);
  while (!reader.at_end()) {
    BERTH_TRY(name, reader.next());
    if (!is_general_name(name.tag)) return invalid_certificate("an unknown kind of GeneralName");
    if (name.tag == 0x82) {
      if (!is_plain_dns_name(as_text(name.value))) return invalid_certificate("a bad dNSName");
      fields.dns_names.emplace_back(as_text(name.value));
    } else if (name.tag == 0x88) {
      BERTH_TRY(oid, der::oid_to_text(name.value));
      fields.registered_ids.push_back(std::move(oid));
    }
  }
  return {};
}

Result<void> read_extended_key_usage(CertificateFields& fields, bool critical, ByteView contents) {
  BERTH_TRY(sequence, der::parse_single(contents, 0x30));
  der::Reader reader(sequence.value);
  fields.extended_key_usage_critical = critical;
  while (!reader.at_end()) {
    BERTH_TRY(id, reader.expect(0x06));
    BERTH_TRY(oid, der::oid_to_text(id.value));
    fields.extended_key_usages.push_back(std::move(oid));
  }
  if (fields.extended_key_usages.empty()) return invalid_certificate("an empty extKeyUsage");
  return {};
}

bool is_eid_prefix(std::string_view text) {
  return !text.empty() && text.size() <= kEidDigits &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// SGP.22 §4.5.2.1.0.2: permitted directoryNames of an O and the leading digits of EIDs. Anything
// else is well-formed X.509 whose meaning nobody here knows, and a chain over it is refused.
Result<void> read_name_constraints(CertificateFields& fields, bool, ByteView contents) {
  BERTH_TRY(sequence, der::parse_single(contents, 0x30));
  fields.has_name_constraints = true;
  der::Reader reader(sequence.value);
  BERTH_TRY(permitted, reader.optional(0xA0));
  if (!permitted || !reader.at_end()) fields.name_constraints_understood = false;
  if (!permitted) return {};
  der::Reader subtrees(permitted->value);
  while (!subtrees.at_end()) {
    BERTH_TRY(subtree, subtrees.expect(0x30));
    der::Reader base(subtree.value);
    BERTH_TRY(general_name, base.next());
    if (general_name.tag != 0xA4 || !base.at_end()) {
      fields.name_constraints_understood = false;
      continue;
    }
    BERTH_TRY(name_sequence, der::parse_single(general_name.value, 0x30));
    BERTH_TRY(name, read_name(name_sequence.value));
    if (!name.only_organization_and_serial || name.organization.empty() ||
        !is_eid_prefix(name.serial_number)) {
      fields.name_constraints_understood = false;
      continue;
    }
    fields.eum_constraints.push_back({name.organization, name.serial_number});
  }
  return {};
}

struct KnownExtension {
  std::string_view oid;
  Read read;
  bool may_be_critical;
};

// SGP.22 §4.5.2 and RFC 5280 §4.2. Known but never acted on as a critical one: subjectAltName and
// the key identifiers, which no profile marks critical.
constexpr KnownExtension kExtensions[] = {
    {"2.5.29.14", &read_subject_key_id, false},    {"2.5.29.15", &read_key_usage, true},
    {"2.5.29.17", &read_alternative_names, false}, {"2.5.29.19", &read_basic_constraints, true},
    {"2.5.29.30", &read_name_constraints, true},   {"2.5.29.32", &read_policies, true},
    {"2.5.29.35", &read_authority_key_id, false},  {"2.5.29.37", &read_extended_key_usage, true},
};

}  // namespace

Result<void> read_extension(CertificateFields& fields, std::string_view oid, bool critical,
                            ByteView contents) {
  const auto* known = std::find_if(std::begin(kExtensions), std::end(kExtensions),
                                   [&](const KnownExtension& entry) { return entry.oid == oid; });
  const bool is_known = known != std::end(kExtensions);
  if (critical && !(is_known && known->may_be_critical)) fields.unknown_critical_extension = true;
  if (!is_known) return {};
  return known->read(fields, critical, contents);
}

}  // namespace berth::rsp::pki
