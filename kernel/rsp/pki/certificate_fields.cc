#include "kernel/rsp/pki/certificate_fields.h"

#include <chrono>
#include <limits>
#include <set>

#include "kernel/rsp/der/der.h"
#include "kernel/rsp/pki/curves.h"

namespace berth::rsp::pki {
namespace {

constexpr std::string_view kEcdsaWithSha256 = "1.2.840.10045.4.3.2";
constexpr std::string_view kEcPublicKey = "1.2.840.10045.2.1";
constexpr std::size_t kMaxSerialOctets = 20;  // RFC 5280 §4.1.2.2

// RFC 5280 §4.1.2.5: this moment means "no expiry".
constexpr std::string_view kNoExpiry = "99991231235959Z";

Result<ByteView> read_serial(ByteView contents) {
  const bool padded = contents.size() > 1 && contents[0] == 0;
  if (contents.empty() || (contents[0] & 0x80) != 0 || (padded && (contents[1] & 0x80) == 0)) {
    return invalid_certificate("the serial number is negative or not minimal");
  }
  if (contents.size() > kMaxSerialOctets + (padded ? 1 : 0)) {
    return invalid_certificate("the serial number is longer than 20 octets");
  }
  return contents;
}

int digits(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  for (const char c : text.substr(at, count)) value = value * 10 + (c - '0');
  return value;
}

// UTCTime YYMMDDHHMMSSZ or GeneralizedTime YYYYMMDDHHMMSSZ, seconds always, UTC always.
Result<UnixMs> read_time(der::Reader& reader) {
  BERTH_TRY(time, reader.next());
  std::string text(as_text(time.value));
  const std::size_t expected = time.tag == 0x17 ? 13 : time.tag == 0x18 ? 15 : 0;
  if (expected == 0 || text.size() != expected || text.back() != 'Z' ||
      text.find_first_not_of("0123456789") != expected - 1) {
    return invalid_certificate("a validity date is malformed");
  }
  if (text == kNoExpiry) return std::numeric_limits<UnixMs>::max();
  if (time.tag == 0x17) text.insert(0, text[0] >= '5' ? "19" : "20");
  const std::chrono::year_month_day day(
      std::chrono::year(digits(text, 0, 4)),
      std::chrono::month(static_cast<unsigned>(digits(text, 4, 2))),
      std::chrono::day(static_cast<unsigned>(digits(text, 6, 2))));
  const int hour = digits(text, 8, 2);
  const int minute = digits(text, 10, 2);
  const int second = digits(text, 12, 2);
  if (!day.ok() || hour > 23 || minute > 59 || second > 59) {
    return invalid_certificate("a validity date does not exist");
  }
  // sys_days counts in int: year 9999 is 2.9 million days, far from its end.
  const std::int64_t days = std::chrono::sys_days(day).time_since_epoch().count();
  return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000;
}

Result<void> read_validity(CertificateFields& fields, ByteView contents) {
  der::Reader reader(contents);
  BERTH_TRY(not_before, read_time(reader));
  BERTH_TRY(not_after, read_time(reader));
  fields.not_before = not_before;
  fields.not_after = not_after;
  return reader.finish();
}

// BIT STRING contents without unused bits.
Result<ByteView> whole_octets(ByteView bit_string) {
  if (bit_string.size() < 2 || bit_string[0] != 0) {
    return invalid_certificate("a BIT STRING is not whole octets");
  }
  return bit_string.subspan(1);
}

Result<void> read_public_key(CertificateFields& fields, ByteView contents) {
  der::Reader reader(contents);
  BERTH_TRY(algorithm, reader.expect(0x30));
  BERTH_TRY(key, reader.expect(0x03));
  BERTH_TRY_VOID(reader.finish());
  BERTH_TRY(point, whole_octets(key.value));
  fields.point = point;
  der::Reader identifier(algorithm.value);
  BERTH_TRY(type, identifier.expect(0x06));
  BERTH_TRY(type_oid, der::oid_to_text(type.value));
  if (type_oid != kEcPublicKey) return {};
  // Explicit curve parameters (a SEQUENCE) are refused: they can describe a weak curve that shares
  // a genuine key (CVE-2020-0601).
  BERTH_TRY(curve, identifier.expect(0x06));
  BERTH_TRY_VOID(identifier.finish());
  BERTH_TRY(curve_name, der::oid_to_text(curve.value));
  fields.curve = curve_from_oid(curve_name);
  return {};
}

Result<void> read_extensions(CertificateFields& fields, ByteView contents) {
  BERTH_TRY(sequence, der::parse_single(contents, 0x30));
  if (sequence.value.empty()) return invalid_certificate("an empty list of extensions");
  std::set<std::string, std::less<>> seen;
  der::Reader extensions(sequence.value);
  while (!extensions.at_end()) {
    BERTH_TRY(extension, extensions.expect(0x30));
    der::Reader reader(extension.value);
    BERTH_TRY(id, reader.expect(0x06));
    BERTH_TRY(critical, reader.optional(0x01));
    BERTH_TRY(value, reader.expect(0x04));
    BERTH_TRY_VOID(reader.finish());
    BERTH_TRY(oid, der::oid_to_text(id.value));
    bool is_critical = false;
    if (critical) {
      BERTH_TRY(flag, der::to_boolean(critical->value));
      is_critical = flag;
    }
    if (!seen.insert(oid).second) return invalid_certificate("an extension occurs twice: " + oid);
    BERTH_TRY_VOID(read_extension(fields, oid, is_critical, value.value));
  }
  return {};
}

// Version 3, or version 1 without extensions (which no role of SGP.22 passes with).
Result<void> read_tbs(CertificateFields& fields, ByteView contents, ByteView outer_algorithm) {
  der::Reader reader(contents);
  BERTH_TRY(version, reader.optional(0xA0));
  if (version) {
    BERTH_TRY(number, der::parse_single(version->value, 0x02));
    BERTH_TRY(value, der::to_unsigned(number.value));
    if (value != 2) return invalid_certificate("not an X.509 version 3 certificate");
  }
  BERTH_TRY(serial, reader.expect(0x02));
  BERTH_TRY(serial_number, read_serial(serial.value));
  fields.serial_number = serial_number;
  BERTH_TRY(algorithm, reader.expect(0x30));
  if (!equal(algorithm.whole, outer_algorithm)) {
    return invalid_certificate("the two signature algorithms differ");
  }
  BERTH_TRY(issuer, reader.expect(0x30));
  BERTH_TRY(issuer_name, read_name(issuer.value));
  fields.issuer = std::move(issuer_name);
  BERTH_TRY(validity, reader.expect(0x30));
  BERTH_TRY_VOID(read_validity(fields, validity.value));
  BERTH_TRY(subject, reader.expect(0x30));
  BERTH_TRY(subject_name, read_name(subject.value));
  fields.subject = std::move(subject_name);
  BERTH_TRY(key, reader.expect(0x30));
  BERTH_TRY_VOID(read_public_key(fields, key.value));
  BERTH_TRY(extensions, reader.optional(0xA3));
  BERTH_TRY_VOID(reader.finish());
  if (!extensions) return {};
  if (!version) return invalid_certificate("extensions in a version 1 certificate");
  return read_extensions(fields, extensions->value);
}

Result<CertificateFields> read_certificate(ByteView der) {
  BERTH_TRY(certificate, der::parse_single(der, 0x30));
  der::Reader reader(certificate.value);
  BERTH_TRY(tbs, reader.expect(0x30));
  BERTH_TRY(algorithm, reader.expect(0x30));
  BERTH_TRY(signature, reader.expect(0x03));
  BERTH_TRY_VOID(reader.finish());
  // No parameters: RFC 5758 §3.2.
  BERTH_TRY(oid, der::parse_single(algorithm.value, 0x06));
  BERTH_TRY(algorithm_name, der::oid_to_text(oid.value));
  if (algorithm_name != kEcdsaWithSha256) {
    return invalid_certificate("not signed with ecdsa-with-SHA256");
  }
  CertificateFields fields;
  BERTH_TRY(signature_value, whole_octets(signature.value));
  fields.signature = signature_value;
  fields.tbs = tbs.whole;
  BERTH_TRY_VOID(read_tbs(fields, tbs.value, algorithm.whole));
  return fields;
}

}  // namespace

Error invalid_certificate(std::string message) {
  return {ErrorCode::kInvalidArgument, "certificate.invalid", std::move(message)};
}

Result<CertificateFields> parse_fields(ByteView der) {
  if (der.size() > kMaxCertificateOctets) return invalid_certificate("larger than 16 KiB");
  auto fields = read_certificate(der);
  // der.* tells what is wrong with the encoding; the caller asked about a certificate.
  if (!fields) return invalid_certificate(fields.error().message());
  return fields;
}

}  // namespace berth::rsp::pki
