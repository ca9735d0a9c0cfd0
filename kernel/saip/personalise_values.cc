#include "kernel/saip/personalise_values.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "kernel/base/assert.h"

namespace berth::saip {
namespace {

constexpr std::size_t kMinImsi = 6;
constexpr std::size_t kMaxImsi = 15;
constexpr std::size_t kMinPin = 4;
constexpr std::size_t kLongKey = 32;  // K and TOPc of TUAK

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Error wrong(std::string_view name, std::string_view form) {
  return {ErrorCode::kInvalidArgument, "saip.personalise_value",
          std::string(name).append(": ").append(form)};
}

Result<void> check_code(std::string_view name, const SecretBytes& code, std::size_t min) {
  if (code.empty()) return {};
  if (code.size() < min || code.size() > kCodeOctets || !all_digits(as_text(code.view()))) {
    return wrong(name, min == kCodeOctets ? "8 digits" : "4 to 8 digits");
  }
  return {};
}

Result<void> check_identities(const Personalisation& values) {
  if (!values.iccid.luhn_ok()) {
    return wrong("iccid",
                 "the last digit does not fit the others (Luhn); check it for a typing error");
  }
  const std::string& imsi = values.imsi;
  if (imsi.size() < kMinImsi || imsi.size() > kMaxImsi || !all_digits(imsi)) {
    return wrong("imsi", "6 to 15 digits");
  }
  if (values.mnc_digits && *values.mnc_digits != 2 && *values.mnc_digits != 3) {
    return wrong("mncDigits", "2 or 3");
  }
  if (values.access_class) {
    // Everybody is in one of the classes 0 to 9; 10 is for emergency calls and never a card's.
    const unsigned classes = *values.access_class;
    const unsigned common = classes & 0x03FFU;
    const bool one = common != 0 && (common & (common - 1)) == 0;
    if (!one || (classes & 0x0400U) != 0) {
      return wrong("accessClass", "exactly one of the classes 0 to 9, any of 11 to 15, never 10");
    }
  }
  return {};
}

Result<void> check_keys(const Personalisation& values) {
  const auto fits = [](const SecretBytes& key) {
    return key.empty() || key.size() == kMilenageOctets || key.size() == kLongKey;
  };
  if (!fits(values.k)) return wrong("k", "16 or 32 octets");
  if (!fits(values.opc)) return wrong("opc", "16 or 32 octets");
  if (values.op.empty()) return {};
  if (values.op.size() != kMilenageOctets) return wrong("op", "16 octets");
  if (!values.opc.empty()) return wrong("op", "either opc or op, not both");
  if (values.k.size() != kMilenageOctets) return wrong("op", "needs a k of 16 octets beside it");
  return {};
}

}  // namespace

Result<void> check_values(const Personalisation& values) {
  BERTH_TRY_VOID(check_identities(values));
  BERTH_TRY_VOID(check_code("pin1", values.pin1, kMinPin));
  BERTH_TRY_VOID(check_code("puk1", values.puk1, kCodeOctets));
  if (values.adm1.size() != kCodeOctets && !check_code("adm1", values.adm1, kMinPin)) {
    return wrong("adm1", "4 to 8 digits, or 8 octets");
  }
  return check_keys(values);
}

std::array<std::uint8_t, kImsiOctets> imsi_file(std::string_view imsi) {
  constexpr unsigned kOdd = 9;
  constexpr unsigned kEven = 1;
  std::array<std::uint8_t, kImsiOctets> content{};
  content.fill(0xFF);
  content[0] = static_cast<std::uint8_t>(imsi.size() / 2 + 1);
  const auto digit = [imsi](std::size_t at) {
    return at < imsi.size() ? static_cast<unsigned>(imsi[at] - '0') : 0x0FU;
  };
  content[1] = static_cast<std::uint8_t>(digit(0) << 4 | (imsi.size() % 2 == 1 ? kOdd : kEven));
  for (std::size_t i = 1; i < imsi.size(); i += 2) {
    content[i / 2 + 2] = static_cast<std::uint8_t>(digit(i + 1) << 4 | digit(i));
  }
  return content;
}

std::array<std::uint8_t, kAccessClassOctets> access_class_file(const Personalisation& values) {
  const unsigned last_digit = static_cast<unsigned>(values.imsi.back() - '0');
  const unsigned classes =
      values.access_class.value_or(static_cast<std::uint16_t>(1U << last_digit));
  return {static_cast<std::uint8_t>(classes >> 8), static_cast<std::uint8_t>(classes)};
}

SecretBytes padded_code(const SecretBytes& code) {
  SecretBytes padded(kCodeOctets);
  std::fill(padded.mutable_view().begin(), padded.mutable_view().end(), std::uint8_t{0xFF});
  std::copy(code.view().begin(), code.view().end(), padded.mutable_view().begin());
  return padded;
}

SecretBytes derive_opc(const SecretBytes& k, const SecretBytes& op) {
  BERTH_ASSERT(k.size() == kMilenageOctets && op.size() == kMilenageOctets);
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  SecretBytes opc(kMilenageOctets);
  int written = 0;
  const bool encrypted = context != nullptr &&
                         EVP_EncryptInit_ex(context.get(), EVP_aes_128_ecb(), nullptr,
                                            k.view().data(), nullptr) == 1 &&
                         EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
                         EVP_EncryptUpdate(context.get(), opc.mutable_view().data(), &written,
                                           op.view().data(), static_cast<int>(op.size())) == 1 &&
                         written == static_cast<int>(kMilenageOctets);
  BERTH_ASSERT(encrypted);
  for (std::size_t i = 0; i < kMilenageOctets; ++i) opc.mutable_view()[i] ^= op.view()[i];
  return opc;
}

}  // namespace berth::saip
