#include "kernel/base/identifiers.h"

#include <algorithm>

namespace berth {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); }

Error invalid(std::string_view reason, std::string message) {
  return {ErrorCode::kInvalidArgument, reason, std::move(message)};
}

// The digits of BCD octets up to the first F; empty when F is followed by a digit or another
// nibble is not decimal.
std::string digits_of(ByteView octets, bool swapped) {
  std::string digits;
  bool padding = false;
  for (const std::uint8_t octet : octets) {
    const int first = swapped ? octet & 15 : octet >> 4;
    const int second = swapped ? octet >> 4 : octet & 15;
    for (const int nibble : {first, second}) {
      if (nibble == 15) {
        padding = true;
      } else if (padding || nibble > 9) {
        return {};
      } else {
        digits.push_back(static_cast<char>('0' + nibble));
      }
    }
  }
  return digits;
}

std::array<std::uint8_t, 10> iccid_octets(std::string_view digits, bool swapped) {
  std::array<std::uint8_t, 10> out{};
  for (std::size_t i = 0; i < 10; ++i) {
    const auto nibble = [&](std::size_t at) { return at < digits.size() ? digits[at] - '0' : 15; };
    const int first = nibble(2 * i);
    const int second = nibble(2 * i + 1);
    out[i] = static_cast<std::uint8_t>(swapped ? second << 4 | first : first << 4 | second);
  }
  return out;
}

}  // namespace

Result<TenantId> TenantId::parse(std::string_view text) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-'; };
  if (text.empty() || text.size() > 63 || !std::all_of(text.begin(), text.end(), allowed) ||
      text.front() == '-' || text.back() == '-') {
    return invalid("tenant_id.invalid",
                   "a tenant id is 1 to 63 lower-case letters, digits and inner hyphens");
  }
  return TenantId(std::string(text));
}

Result<Eid> Eid::parse(std::string_view text) {
  if (text.size() != 32 || !all_digits(text)) {
    return invalid("eid.invalid", "an EID is 32 decimal digits");
  }
  Eid eid;
  std::copy(text.begin(), text.end(), eid.digits_.begin());
  return eid;
}

Result<Eid> Eid::from_octets(ByteView sixteen) {
  const std::string digits = sixteen.size() == 16 ? digits_of(sixteen, false) : std::string();
  return parse(digits);
}

std::array<std::uint8_t, 16> Eid::octets() const {
  std::array<std::uint8_t, 16> out{};
  for (std::size_t i = 0; i < 16; ++i) {
    out[i] = static_cast<std::uint8_t>((digits_[2 * i] - '0') << 4 | (digits_[2 * i + 1] - '0'));
  }
  return out;
}

bool Eid::check_digits_ok() const {
  int remainder = 0;
  for (const char digit : digits_) remainder = (remainder * 10 + (digit - '0')) % 97;
  return remainder == 1;
}

std::string Eid::masked() const {
  return std::string(text().substr(0, 8)) + "\u2026" + std::string(text().substr(28));
}

Result<Iccid> Iccid::parse(std::string_view text) {
  std::string_view digits = text;
  if (digits.size() == 20 && (digits.back() == 'F' || digits.back() == 'f'))
    digits.remove_suffix(1);
  if (digits.size() < 18 || digits.size() > 20 || !all_digits(digits)) {
    return invalid("iccid.invalid", "an ICCID is 18 to 20 decimal digits");
  }
  return Iccid(std::string(digits));
}

Result<Iccid> Iccid::from_swapped_octets(ByteView ten) {
  return parse(ten.size() == 10 ? digits_of(ten, true) : std::string());
}

Result<Iccid> Iccid::from_natural_octets(ByteView ten) {
  return parse(ten.size() == 10 ? digits_of(ten, false) : std::string());
}

std::array<std::uint8_t, 10> Iccid::swapped_octets() const { return iccid_octets(digits_, true); }
std::array<std::uint8_t, 10> Iccid::natural_octets() const { return iccid_octets(digits_, false); }

bool Iccid::luhn_ok() const {
  int sum = 0;
  bool doubled = false;
  for (auto digit = digits_.rbegin(); digit != digits_.rend(); ++digit, doubled = !doubled) {
    int value = *digit - '0';
    if (doubled) value = value > 4 ? value * 2 - 9 : value * 2;
    sum += value;
  }
  return sum % 10 == 0;
}

std::string Iccid::masked() const {
  return digits_.substr(0, 6) + "\u2026" + digits_.substr(digits_.size() - 4);
}

Result<MatchingId> MatchingId::parse(std::string_view text) {
  const auto allowed = [](char c) { return c > ' ' && c < 0x7F && c != '$'; };
  if (text.empty() || text.size() > 255 || !std::all_of(text.begin(), text.end(), allowed)) {
    return invalid("matching_id.invalid",
                   "a MatchingID is 1 to 255 printable characters other than '$'");
  }
  return MatchingId(std::string(text));
}

std::string MatchingId::masked() const {
  return text_.substr(0, std::min<std::size_t>(4, text_.size() / 2)) + "\u2026(" +
         std::to_string(text_.size()) + ")";
}

Result<TransactionId> TransactionId::from_octets(ByteView octets) {
  if (octets.empty() || octets.size() > 16) {
    return invalid("transaction_id.invalid", "a transactionId is 1 to 16 octets");
  }
  return TransactionId(to_bytes(octets));
}

Result<TransactionId> TransactionId::parse_hex(std::string_view text) {
  if (text.size() > 32) {
    return invalid("transaction_id.invalid", "a transactionId is 1 to 16 octets");
  }
  BERTH_TRY(octets, from_hex(text));
  return from_octets(octets);
}

Result<MccMnc> MccMnc::parse(std::string_view digits) {
  if ((digits.size() != 5 && digits.size() != 6) || !all_digits(digits)) {
    return invalid("mcc_mnc.invalid", "mccMnc is three MCC digits and two or three MNC digits");
  }
  return MccMnc(std::string(digits));
}

Result<MccMnc> MccMnc::from_octets(ByteView three) {
  if (three.size() != 3) return invalid("mcc_mnc.invalid", "mccMnc is three octets");
  const std::array<int, 6> nibbles = {three[0] & 15, three[0] >> 4, three[1] & 15,
                                      three[2] & 15, three[2] >> 4, three[1] >> 4};
  std::string digits;
  for (std::size_t i = 0; i < nibbles.size(); ++i) {
    if (i == 5 && nibbles[i] == 15) break;
    if (nibbles[i] > 9) return invalid("mcc_mnc.invalid", "a nibble of mccMnc is not a digit");
    digits.push_back(static_cast<char>('0' + nibbles[i]));
  }
  return MccMnc(std::move(digits));
}

std::array<std::uint8_t, 3> MccMnc::octets() const {
  const auto digit = [&](std::size_t at) { return at < digits_.size() ? digits_[at] - '0' : 15; };
  return {static_cast<std::uint8_t>(digit(1) << 4 | digit(0)),
          static_cast<std::uint8_t>(digit(5) << 4 | digit(2)),
          static_cast<std::uint8_t>(digit(4) << 4 | digit(3))};
}

Result<HostName> HostName::parse(std::string_view text) {
  const Error bad = invalid("host_name.invalid", "not a host name");
  if (const auto colon = text.rfind(':'); colon != std::string_view::npos) {
    const std::string_view port = text.substr(colon + 1);
    if (port.empty() || port.size() > 5 || !all_digits(port)) return bad;
    text = text.substr(0, colon);
  }
  if (!text.empty() && text.back() == '.') text.remove_suffix(1);
  if (text.empty() || text.size() > 255) return bad;
  std::string lower;
  lower.reserve(text.size());
  std::size_t label = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '.') {
      if (label == 0 || text[i - 1] == '-') return bad;
      label = 0;
    } else {
      const bool letter_or_digit = (c >= 'a' && c <= 'z') || is_digit(c);
      if (!letter_or_digit && (c != '-' || label == 0)) return bad;
      if (++label > 63) return bad;
    }
    lower.push_back(c);
  }
  if (label == 0 || lower.back() == '-') return bad;
  return HostName(std::move(lower));
}

}  // namespace berth
