#include "kernel/api/personalisation.h"

#include "kernel/api/answers.h"

namespace berth::api {
namespace {

constexpr const char* kMember = "personalisation";
constexpr std::size_t kMaxIccid = 20;
constexpr std::size_t kMaxImsi = 15;
constexpr std::size_t kMaxPin = 8;
constexpr std::size_t kAdmHex = 16;
constexpr std::size_t kMaxKeyHex = 64;
constexpr std::size_t kAccessClassHex = 4;

void wipe_text(std::string& text) {
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
}

// Empty when absent.
Result<SecretBytes> secret_text(const JsonRequest& body, const char* name, std::size_t max) {
  BERTH_TRY(text, body.optional_text(name, max));
  SecretBytes secret = SecretBytes::copy_of(as_bytes(text));
  wipe_text(text);
  return secret;
}

Result<SecretBytes> secret_hex(const JsonRequest& body, const char* name) {
  BERTH_TRY(text, body.optional_text(name, kMaxKeyHex));
  auto octets = from_hex(text);
  wipe_text(text);
  if (!octets) return bad_request("'" + std::string(name) + "' must be hexadecimal");
  return SecretBytes::take(*std::move(octets));
}

// Four to eight digits as they are typed, or eight octets in sixteen hexadecimal digits.
Result<SecretBytes> adm(const JsonRequest& body) {
  BERTH_TRY(text, secret_text(body, "adm1", kAdmHex));
  if (text.size() != kAdmHex) return std::move(text);
  return secret_hex(body, "adm1");
}

Result<void> read_identities(const JsonRequest& body, saip::Personalisation& values) {
  BERTH_TRY(imsi, body.text("imsi", kMaxImsi));
  values.imsi = std::move(imsi);
  if (body.has("mncDigits")) {
    BERTH_TRY(digits, body.number("mncDigits", 3));
    values.mnc_digits = static_cast<std::uint8_t>(digits);
  }
  BERTH_TRY(classes, body.optional_text("accessClass", kAccessClassHex));
  if (classes.empty()) return {};
  const auto octets = from_hex(classes);
  if (!octets || octets->size() != 2) {
    return bad_request("'accessClass' is the two octets of EF.ACC in hexadecimal");
  }
  values.access_class = static_cast<std::uint16_t>((*octets)[0] << 8 | (*octets)[1]);
  return {};
}

Result<void> read_secrets(const JsonRequest& body, saip::Personalisation& values) {
  BERTH_TRY(pin1, secret_text(body, "pin1", kMaxPin));
  BERTH_TRY(puk1, secret_text(body, "puk1", kMaxPin));
  BERTH_TRY(adm1, adm(body));
  BERTH_TRY(k, secret_hex(body, "k"));
  BERTH_TRY(opc, secret_hex(body, "opc"));
  BERTH_TRY(op, secret_hex(body, "op"));
  values.pin1 = std::move(pin1);
  values.puk1 = std::move(puk1);
  values.adm1 = std::move(adm1);
  values.k = std::move(k);
  values.opc = std::move(opc);
  values.op = std::move(op);
  return {};
}

}  // namespace

Result<std::optional<saip::Personalisation>> read_personalisation(const JsonRequest& body) {
  if (!body.has(kMember)) return std::optional<saip::Personalisation>();
  BERTH_TRY(inner, body.object(kMember, {"iccid", "imsi", "mncDigits", "accessClass", "pin1",
                                         "puk1", "adm1", "k", "opc", "op"}));
  BERTH_TRY(typed, inner.text("iccid", kMaxIccid));
  BERTH_TRY(iccid, parse_typed_iccid(typed));
  saip::Personalisation values{.iccid = iccid};
  BERTH_TRY_VOID(read_identities(inner, values));
  BERTH_TRY_VOID(read_secrets(inner, values));
  return std::optional(std::move(values));
}

}  // namespace berth::api
