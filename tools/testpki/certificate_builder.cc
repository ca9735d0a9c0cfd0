#include "tools/testpki/certificate_builder.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "kernel/rsp/der/der.h"
#include "kernel/rsp/pki/certificate.h"
#include "kernel/rsp/pki/curves.h"

namespace berth::testpki {
namespace {

namespace der = rsp::der;

constexpr std::string_view kEcdsaWithSha256 = "1.2.840.10045.4.3.2";
constexpr std::string_view kEcPublicKey = "1.2.840.10045.2.1";
constexpr std::string_view kSecp256k1 = "1.3.132.0.10";
constexpr std::uint8_t kKeyAgreement = 0x08;
constexpr const char* kCrlAddress = "http://ci.test.example.com/CRL-A.crl";

struct AttributeType {
  std::string_view name;
  std::string_view oid;
  der::Tag string_tag;  // UTF8String, or PrintableString where X.520 says so
};
constexpr std::array<AttributeType, 4> kAttributeTypes = {{
    {"C", "2.5.4.6", 0x13},
    {"CN", "2.5.4.3", 0x0C},
    {"O", "2.5.4.10", 0x0C},
    {"serialNumber", "2.5.4.5", 0x13},
}};

Error bad_request(std::string message) {
  return {ErrorCode::kInvalidArgument, "testpki.bad_request", std::move(message)};
}

// For the constants of this file.
Bytes known_oid(std::string_view text) { return der::tlv(0x06, der::oid_from_text(text).value()); }

Result<Bytes> contents_of_oid(const std::string& text) {
  auto contents = der::oid_from_text(text);
  if (!contents) return bad_request("\"" + text + "\" is not an OID");
  return contents;
}

// A named-bit BIT STRING of one octet, without trailing zero bits.
Bytes named_bits(std::uint8_t bits) {
  std::uint8_t unused = 0;
  while (unused < 7 && ((bits >> unused) & 1) == 0) ++unused;
  return der::tlv(0x03, Bytes{unused, bits});
}

Bytes extension(std::string_view oid, bool critical, ByteView contents) {
  const Bytes flag = critical ? der::tlv(0x01, Bytes{0xFF}) : Bytes();
  return der::tlv(0x30, {known_oid(oid), flag, der::tlv(0x04, contents)});
}

Bytes basic_constraints(const Profile& profile) {
  Bytes value = der::tlv(0x01, Bytes{0xFF});
  if (profile.path_length) {
    der::append_tlv(value, 0x02,
                    der::integer_contents(static_cast<std::uint64_t>(*profile.path_length)));
  }
  return extension("2.5.29.19", profile.basic_constraints_critical, der::tlv(0x30, value));
}

Result<Bytes> alternative_names(const Profile& profile) {
  Bytes names;
  for (const std::string& dns_name : profile.dns_names) {
    der::append_tlv(names, 0x82, as_bytes(dns_name));
  }
  if (!profile.registered_id.empty()) {
    BERTH_TRY(oid, contents_of_oid(profile.registered_id));
    der::append_tlv(names, 0x88, oid);
  }
  return extension("2.5.29.17", false, der::tlv(0x30, names));
}

// Octet for octet as the SGP.26 EUM has them: per prefix one directoryName of O and serialNumber.
Result<Bytes> name_constraints(const Profile& profile) {
  Bytes subtrees;
  for (const std::string& prefix : profile.constrained_eid_prefixes) {
    BERTH_TRY(name,
              encode_name({{"O", profile.constrained_organization}, {"serialNumber", prefix}}));
    der::append_tlv(subtrees, 0x30, der::tlv(0xA4, name));
  }
  return extension("2.5.29.30", true, der::tlv(0x30, der::tlv(0xA0, subtrees)));
}

Bytes crl_distribution_points() {
  const Bytes full_name = der::tlv(0xA0, der::tlv(0x86, as_bytes(kCrlAddress)));
  const Bytes point = der::tlv(0x30, der::tlv(0xA0, full_name));
  return extension("2.5.29.31", false, der::tlv(0x30, point));
}

Bytes tls_key_usage() {
  return extension(
      "2.5.29.37", true,
      der::tlv(0x30, {known_oid("1.3.6.1.5.5.7.3.1"), known_oid("1.3.6.1.5.5.7.3.2")}));
}

Result<Bytes> extensions(const Profile& profile, const KeyPair& key, const Bytes& authority_key_id,
                         Flaw flaw) {
  Bytes all;
  if (!authority_key_id.empty()) {
    append(all, extension("2.5.29.35", false, der::tlv(0x30, der::tlv(0x80, authority_key_id))));
  }
  append(all, extension("2.5.29.14", false, der::tlv(0x04, key_id_of(key))));
  const Bytes key_usage = extension("2.5.29.15", true, named_bits(profile.key_usage));
  append(all, key_usage);
  if (flaw == Flaw::kDuplicateExtension) append(all, key_usage);
  const Bytes policy = der::tlv(0x30, der::tlv(0x30, known_oid(profile.role)));
  append(all, extension("2.5.29.32", profile.role_critical, policy));
  if (profile.tls) append(all, tls_key_usage());
  if (!profile.registered_id.empty() || !profile.dns_names.empty()) {
    BERTH_TRY(names, alternative_names(profile));
    append(all, names);
  }
  if (profile.is_ca) append(all, basic_constraints(profile));
  if (profile.crl_distribution_point) append(all, crl_distribution_points());
  if (!profile.constrained_eid_prefixes.empty()) {
    BERTH_TRY(constraints, name_constraints(profile));
    append(all, constraints);
  }
  if (flaw == Flaw::kUnknownCriticalExtension) {
    append(all, extension("2.999.1.2.3", true, der::tlv(0x05, ByteView())));
  }
  return der::tlv(0xA3, der::tlv(0x30, all));
}

// UTCTime through 2049, GeneralizedTime after (RFC 5280 §4.1.2.5).
Bytes time(UnixMs moment) {
  std::string text = to_rfc3339(moment);
  std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == 'T'; });
  BERTH_ASSERT(text.size() == 15);
  if (text >= "1950" && text < "2050") return der::tlv(0x17, as_bytes(text.substr(2)));
  return der::tlv(0x18, as_bytes(text));
}

Bytes public_key_info(const KeyPair& key, Flaw flaw) {
  const std::string_view curve =
      flaw == Flaw::kUnsupportedCurve ? kSecp256k1 : rsp::pki::curve_oid(key.curve);
  const Bytes algorithm = der::tlv(0x30, {known_oid(kEcPublicKey), known_oid(curve)});
  return der::tlv(0x30, {algorithm, der::tlv(0x03, {Bytes{0}, key.point})});
}

constexpr UnixMs kDayMs = 86'400'000;

void apply_flaw(Profile& profile, Issuer& issuer, const KeyPair& key, Flaw flaw) {
  switch (flaw) {
    case Flaw::kExpired:
      profile.validity.not_after = profile.validity.not_before + kDayMs / 2;
      break;
    case Flaw::kNotYetValid:
      profile.validity.not_before += 30 * kDayMs;
      break;
    case Flaw::kWrongRole:
      profile.role = rsp::pki::kRoleDpTls;
      break;
    case Flaw::kWrongKeyUsage:
      profile.key_usage = kKeyAgreement;
      break;
    case Flaw::kNotACa:
      profile.is_ca = false;
      break;
    case Flaw::kIsACa:
      profile.is_ca = true;
      break;
    case Flaw::kPathLength:
      profile.path_length = 1;
      break;
    case Flaw::kNoNameConstraints:
      profile.constrained_eid_prefixes.clear();
      break;
    case Flaw::kUncriticalBasicConstraints:
      profile.basic_constraints_critical = false;
      break;
    case Flaw::kWrongAuthorityKeyId:
      issuer.subject_key_id = Bytes(20, 0x5A);
      break;
    case Flaw::kNoAuthorityKeyId:
      issuer.subject_key_id.clear();
      break;
    case Flaw::kSelfSigned:
      issuer.subject_key_id = key_id_of(key);
      issuer.key = &key;
      break;
    default:  // built in elsewhere
      break;
  }
}

}  // namespace

Result<Bytes> encode_name(const std::vector<std::pair<std::string_view, std::string>>& attributes) {
  Bytes name;
  for (const auto& [type, text] : attributes) {
    const auto* known = std::find_if(
        kAttributeTypes.begin(), kAttributeTypes.end(),
        [&, wanted = type](const AttributeType& entry) { return entry.name == wanted; });
    BERTH_ASSERT(known != kAttributeTypes.end());
    const bool printable =
        std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
    constexpr std::size_t kLongest = 64;  // X.520 upper bounds
    if (text.empty() || text.size() > kLongest || !printable) {
      return bad_request("a name's part is 1 to 64 printable ASCII characters");
    }
    const Bytes value = der::tlv(known->string_tag, as_bytes(text));
    der::append_tlv(name, 0x31, der::tlv(0x30, {known_oid(known->oid), value}));
  }
  return der::tlv(0x30, name);
}

Bytes key_id_of(const KeyPair& key) {
  Bytes digest(20);
  unsigned size = 0;
  BERTH_ASSERT(EVP_Digest(key.point.data(), key.point.size(), digest.data(), &size, EVP_sha1(),
                          nullptr) == 1 &&
               size == digest.size());
  return digest;
}

Result<Bytes> subject_of(ByteView certificate) {
  BERTH_TRY(outer, der::parse_single(certificate, 0x30));
  der::Reader outer_reader(outer.value);
  BERTH_TRY(tbs, outer_reader.expect(0x30));
  der::Reader reader(tbs.value);
  BERTH_TRY_VOID(reader.expect(0xA0));
  BERTH_TRY_VOID(reader.expect(0x02));
  for (int skipped = 0; skipped < 3; ++skipped) BERTH_TRY_VOID(reader.expect(0x30));
  BERTH_TRY(subject, reader.expect(0x30));
  return to_bytes(subject.whole);
}

Result<Bytes> build_certificate(Profile profile, const KeyPair& key, Issuer issuer, Flaw flaw,
                                Random& random) {
  apply_flaw(profile, issuer, key, flaw);
  BERTH_TRY(subject, encode_name(profile.subject));
  if (flaw == Flaw::kSelfSigned) issuer.name = subject;
  if (flaw == Flaw::kWrongIssuerName) {
    BERTH_TRY(other, encode_name({{"O", "Someone Else"}, {"CN", "Someone Else"}}));
    issuer.name = other;
  }
  Bytes serial = random.bytes(8);
  serial[0] =
      static_cast<std::uint8_t>(flaw == Flaw::kNegativeSerial ? 0x81 : 0x40 | (serial[0] & 0x3F));
  BERTH_TRY(extension_list, extensions(profile, key, issuer.subject_key_id, flaw));
  const Bytes algorithm = der::tlv(0x30, known_oid(kEcdsaWithSha256));
  const Bytes validity =
      der::tlv(0x30, {time(profile.validity.not_before), time(profile.validity.not_after)});
  const Bytes tbs =
      der::tlv(0x30, {der::tlv(0xA0, der::tlv(0x02, Bytes{2})), der::tlv(0x02, serial), algorithm,
                      issuer.name, validity, subject, public_key_info(key, flaw), extension_list});
  Bytes signed_octets = tbs;
  // A signature that is well-formed and by the right key, but over something else.
  if (flaw == Flaw::kBrokenSignature) signed_octets.back() ^= 1;
  const Bytes signature = sign_der(*issuer.key, signed_octets);
  Bytes certificate = der::tlv(0x30, {tbs, algorithm, der::tlv(0x03, {Bytes{0}, signature})});
  if (flaw == Flaw::kTrailingOctet) certificate.push_back(0);
  return certificate;
}

}  // namespace berth::testpki
