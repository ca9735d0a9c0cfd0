// The field's identifiers as types, so that no function takes a bare string for one of them.
//
// All are immutable values. text() is the natural written form; masked() is what logs may show.

#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/base/bytes.h"
#include "kernel/base/result.h"

namespace berth {

// A tenant's name in configuration and URLs: 1..63 of [a-z0-9-], beginning and ending with a
// letter or digit.
class TenantId {
 public:
  static Result<TenantId> parse(std::string_view text);  // "tenant_id.invalid"
  const std::string& text() const { return text_; }
  auto operator<=>(const TenantId&) const = default;

 private:
  explicit TenantId(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// eUICC identifier: 32 decimal digits (SGP.22 §4.3, SGP.29). Octets hold two digits each, most
// significant nibble first, not swapped.
class Eid {
 public:
  static Result<Eid> parse(std::string_view text);   // "eid.invalid"
  static Result<Eid> from_octets(ByteView sixteen);  // "eid.invalid"
  std::string_view text() const { return {digits_.data(), digits_.size()}; }
  std::array<std::uint8_t, 16> octets() const;
  // ISO 7064 MOD 97-10. Asked of what people and files enter, never of a CI-signed certificate.
  bool check_digits_ok() const;
  std::string masked() const;  // "89049032…1235"
  auto operator<=>(const Eid&) const = default;

 private:
  Eid() = default;
  std::array<char, 32> digits_{};
};

// Integrated circuit card identifier: 18..20 digits; the 20-character form may end in F padding,
// which is dropped, so 8900012345678901234F and 8900012345678901234 are one value.
class Iccid {
 public:
  static Result<Iccid> parse(std::string_view text);       // "iccid.invalid"
  static Result<Iccid> from_swapped_octets(ByteView ten);  // EF.ICCID, tag 5A
  static Result<Iccid> from_natural_octets(ByteView ten);  // SAIP ProfileHeader
  const std::string& text() const { return digits_; }
  std::array<std::uint8_t, 10> swapped_octets() const;
  std::array<std::uint8_t, 10> natural_octets() const;
  bool luhn_ok() const;        // asked of what people and files enter
  std::string masked() const;  // "894450…0123"
  auto operator<=>(const Iccid&) const = default;

 private:
  explicit Iccid(std::string digits) : digits_(std::move(digits)) {}
  std::string digits_;
};

// AC_Token / EventID (SGP.22 §4.1): 1..255 printable ASCII characters except '$'; compared octet
// for octet. The empty MatchingID of default SM-DP+ use is the absence of one.
class MatchingId {
 public:
  static Result<MatchingId> parse(std::string_view text);  // "matching_id.invalid"
  const std::string& text() const { return text_; }
  std::string masked() const;  // first four characters and the length
  auto operator<=>(const MatchingId&) const = default;

 private:
  explicit MatchingId(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// 1..16 octets chosen by the server (SGP.22 §2.6); upper-case hexadecimal in JSON.
class TransactionId {
 public:
  static Result<TransactionId> from_octets(ByteView octets);  // "transaction_id.invalid"
  static Result<TransactionId> parse_hex(std::string_view text);
  const Bytes& octets() const { return octets_; }
  std::string hex() const { return to_hex(octets_); }
  auto operator<=>(const TransactionId&) const = default;

 private:
  explicit TransactionId(Bytes octets) : octets_(std::move(octets)) {}
  Bytes octets_;
};

// Mobile country and network code; the length of the MNC is part of the value: 310410 is not 31041.
class MccMnc {
 public:
  static Result<MccMnc> parse(std::string_view digits);  // 5 or 6; "mcc_mnc.invalid"
  static Result<MccMnc> from_octets(ByteView three);     // 3GPP TS 24.008 coding
  const std::string& text() const { return digits_; }
  std::string_view mcc() const { return std::string_view(digits_).substr(0, 3); }
  std::string_view mnc() const { return std::string_view(digits_).substr(3); }
  std::array<std::uint8_t, 3> octets() const;
  auto operator<=>(const MccMnc&) const = default;

 private:
  explicit MccMnc(std::string digits) : digits_(std::move(digits)) {}
  std::string digits_;
};

// A server's name (SGP.22 §1.8 rules): lower-case, without trailing dot or port. Labels of 1..63
// letters, digits and hyphens, 255 in all.
class HostName {
 public:
  // Tolerates upper case, one trailing dot and ":port". "host_name.invalid" otherwise.
  static Result<HostName> parse(std::string_view text);
  const std::string& text() const { return text_; }
  auto operator<=>(const HostName&) const = default;

 private:
  explicit HostName(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace berth
