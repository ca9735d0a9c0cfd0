#include "tools/sample-profile/elements.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/rsp/der/der.h"

namespace berth::sample_profile {
namespace {

using rsp::der::Tag;
using rsp::der::tlv;

Bytes hex(std::string_view text) { return *from_hex(text); }  // constants of ours

Bytes join(std::initializer_list<ByteView> parts) {
  Bytes all;
  for (const ByteView part : parts) append(all, part);
  return all;
}

Bytes number(Tag tag, std::uint64_t value) { return tlv(tag, rsp::der::integer_contents(value)); }

// Templates are 2.23.143.1.2.<number>.
Bytes template_id(Tag tag, std::uint8_t which) {
  return tlv(tag, join({hex("67810F0102"), Bytes{which}}));
}

// RID of 3GPP, USIM, no country and provider of ours.
constexpr std::string_view kUsimAid = "A0000000871002FFFFFFFF89";
constexpr std::string_view kUsimFolder = "7FD0";  // temporary, within the package

// Rows of EF.ARR by number, each "who may do what" (ISO 7816-4 expanded format).
constexpr std::string_view kAdm1 =
    "A406"
    "83010A"
    "950108";
constexpr std::string_view kPin1 =
    "A406"
    "830101"
    "950108";
enum Rule : std::uint8_t {
  kReadFreeUpdateAdm = 1,
  kReadPinUpdateAdm = 2,
  kReadFreeUpdateNever = 3,
  kReadPinUpdatePin = 4,
  kFolder = 5,
};
constexpr std::size_t kRuleOctets = 32;

Bytes access_rules() {
  const std::string read = "800101";
  const std::string change = "80011A";  // update, deactivate, activate
  const std::string always = "9000";
  const std::string never = "9700";
  const std::string adm1(kAdm1);
  const std::string pin1(kPin1);
  Bytes rules;
  for (const std::string& rule :
       {read + always + change + adm1, read + pin1 + change + adm1, read + always + change + never,
        "800103" + pin1 + "800118" + adm1, "80015E" + adm1}) {
    Bytes row = hex(rule);
    row.resize(kRuleOctets, 0xFF);
    append(rules, row);
  }
  return rules;
}

struct FileShape {
  std::string_view id;
  std::string_view arr;  // the folder's EF.ARR
  Rule rule;
  std::size_t record_octets = 0;  // 0: transparent
};

Bytes size_octets(std::size_t size) {
  Bytes octets;
  if (size > 0xFF) octets.push_back(static_cast<std::uint8_t>(size >> 8));
  octets.push_back(static_cast<std::uint8_t>(size));
  return octets;
}

// One file with all of its content.
Bytes file(Tag tag, const FileShape& shape, ByteView content) {
  Bytes descriptor = shape.record_octets == 0 ? hex("4121") : hex("422100");
  if (shape.record_octets != 0) {
    descriptor.push_back(static_cast<std::uint8_t>(shape.record_octets));
  }
  const Bytes fcp = join({tlv(0x82, descriptor), tlv(0x83, hex(shape.id)),
                          tlv(0x8B, join({hex(shape.arr), Bytes{shape.rule}})),
                          tlv(0x80, size_octets(content.size()))});
  return tlv(tag, {tlv(0xA1, fcp), tlv(0x83, content)});
}

Bytes folder(Tag tag, ByteView names, std::string_view pin_status) {
  const Bytes fcp =
      join({names, tlv(0x8B, join({hex("2F06"), Bytes{kFolder}})), tlv(0xC6, hex(pin_status))});
  return tlv(tag, tlv(0xA1, fcp));
}

// TS 31.102 §4.2.2.
Bytes imsi_content(const std::string& imsi) {
  std::string nibbles = (imsi.size() % 2 == 1 ? "9" : "1") + imsi;
  if (nibbles.size() % 2 == 1) nibbles += 'F';
  Bytes content = {static_cast<std::uint8_t>(nibbles.size() / 2)};
  for (std::size_t i = 0; i < nibbles.size(); i += 2) std::swap(nibbles[i], nibbles[i + 1]);
  append(content, hex(nibbles));
  content.resize(9, 0xFF);
  return content;
}

// EF.UST, TS 31.102 §4.2.8: service n is bit n-1, counted from the lowest of the first octet.
Bytes service_table(const std::vector<std::size_t>& services) {
  Bytes table(17);
  for (const std::size_t service : services) {
    table[(service - 1) / 8] |= static_cast<std::uint8_t>(1U << ((service - 1) % 8));
  }
  return table;
}

// EF.ACC, TS 31.102 §4.2.15: one of ten classes by the last digit.
Bytes access_class(const std::string& imsi) {
  const unsigned bits = 1U << static_cast<unsigned>(imsi.back() - '0');
  return {static_cast<std::uint8_t>(bits >> 8), static_cast<std::uint8_t>(bits)};
}

// EF.SPN, TS 31.102 §4.2.12.
Bytes provider_name(const std::string& name) {
  Bytes content = {0x01};
  append(content, as_bytes(std::string_view(name).substr(0, 16)));
  content.resize(17, 0xFF);
  return content;
}

Bytes random_digits(Random& random, std::size_t count) {
  Bytes digits;
  while (digits.size() < count) {
    const std::uint8_t octet = random.bytes(1)[0];
    // 250 is the largest multiple of ten: without the bound, low digits would be more frequent.
    if (octet < 250) digits.push_back(static_cast<std::uint8_t>('0' + octet % 10));
  }
  return digits;
}

Bytes code(std::uint64_t reference, ByteView value, ByteView more = {}) {
  return tlv(0x30, {number(0x80, reference), tlv(0x81, value), more});
}

// AES-128 key for messages over the air (SCP80, version 1).
Bytes ota_key(std::uint64_t identifier, std::string_view usage, Random& random) {
  const SecretBytes key = SecretBytes::take(random.bytes(16));
  return tlv(0x30, {tlv(0x95, hex(usage)), number(0x82, identifier), number(0x83, 1),
                    tlv(0x30, tlv(0x30, {tlv(0x80, hex("88")), tlv(0x86, key.view())}))});
}

}  // namespace

Bytes Elements::element(std::uint32_t tag, ByteView components) {
  const Bytes own = tlv(0xA0, {tlv(0x80, ByteView()), number(0x81, ++last_identification_)});
  return tlv(tag, {own, components});
}

Bytes Elements::header() const {
  Bytes templates = join({template_id(0x06, 1), template_id(0x06, 4)});
  if (has_optional_usim()) append(templates, template_id(0x06, 5));
  const auto iccid = subscriber_.iccid.natural_octets();
  return tlv(0xA0, {number(0x80, 2), number(0x81, 3), tlv(0x82, as_bytes(subscriber_.name)),
                    tlv(0x83, iccid), tlv(0xA5, hex("81008400")),  // usim, milenage
                    tlv(0xA6, templates)});
}

Bytes Elements::master_file() {
  const auto iccid = subscriber_.iccid.swapped_octets();
  const Bytes label = to_bytes(as_bytes("USIM"));
  Bytes application = tlv(0x61, {tlv(0x4F, hex(kUsimAid)), tlv(0x50, label)});
  application.resize(32, 0xFF);
  return element(
      0xB0, join({template_id(0x81, 1), folder(0xA2, ByteView(), "010A"),
                  file(0xA4, {"2FE2", "2F06", kReadFreeUpdateNever}, iccid),
                  file(0xA5, {"2F00", "2F06", kReadFreeUpdateAdm, 32}, application),
                  file(0xA6, {"2F06", "2F06", kReadFreeUpdateAdm, kRuleOctets}, access_rules())}));
}

Bytes Elements::puk_codes(Random& random) {
  return element(0xA3, tlv(0xA1, {code(0x01, random_digits(random, 8)),
                                  code(0x81, random_digits(random, 8))}));
}

Bytes Elements::global_pins(Random& random) {
  // PIN1 0000, switched off until the user wants it; ADM1 of eight random octets.
  const Bytes pin1 = code(0x01, hex("30303030FFFFFFFF"), join({number(0x82, 1), number(0x83, 6)}));
  const SecretBytes adm1 = SecretBytes::take(random.bytes(8));
  const Bytes admin = code(0x0A, adm1.view(), join({number(0x83, 3), number(0x84, 0xAA)}));
  return element(0xA2, tlv(0xA1, tlv(0xA0, {pin1, admin})));
}

Bytes Elements::usim() {
  std::vector<std::size_t> services = {19, 85};  // provider name, LTE mobility
  if (!subscriber_.gid1_hex.empty()) services.push_back(17);
  if (!subscriber_.gid2_hex.empty()) services.push_back(18);
  const Bytes names = join({tlv(0x83, hex(kUsimFolder)), tlv(0x84, hex(kUsimAid))});
  const std::string_view arr = "6F06";
  const Bytes mode = {0, 0, 0, static_cast<std::uint8_t>(subscriber_.mnc_digits)};
  return element(
      0xB3, join({template_id(0x81, 4), folder(0xA2, names, "81010A"),
                  file(0xA3, {"6F07", arr, kReadPinUpdateAdm}, imsi_content(subscriber_.imsi)),
                  file(0xA4, {"6F06", arr, kReadFreeUpdateAdm, kRuleOctets}, access_rules()),
                  file(0xA8, {"6F38", arr, kReadPinUpdateAdm}, service_table(services)),
                  file(0xAD, {"6F46", arr, kReadFreeUpdateAdm}, provider_name(subscriber_.name)),
                  file(0xAE, {"6F56", arr, kReadPinUpdatePin}, hex("00")),
                  file(0xB2, {"6F78", arr, kReadPinUpdateAdm}, access_class(subscriber_.imsi)),
                  file(0xB5, {"6FAD", arr, kReadFreeUpdateAdm}, mode),
                  // 112, without a name or category.
                  file(0xB6, {"6FB7", arr, kReadFreeUpdateAdm, 4}, hex("11F2FF00"))}));
}

Bytes Elements::optional_usim() {
  Bytes files = template_id(0x81, 5);
  const auto gid = [&](Tag tag, std::string_view id, const std::string& content) {
    if (!content.empty()) append(files, file(tag, {id, "6F06", kReadPinUpdateAdm}, hex(content)));
  };
  gid(0xA5, "6F3E", subscriber_.gid1_hex);
  gid(0xA6, "6F3F", subscriber_.gid2_hex);
  return element(0xB4, files);
}

Bytes Elements::local_pins() {
  const Bytes pin2 =
      code(0x81, hex("30303030FFFFFFFF"), join({number(0x82, 0x81), number(0x83, 3)}));
  return element(0xA2, tlv(0xA1, tlv(0xA0, pin2)));
}

Bytes Elements::network_access(Random& random) {
  const SecretBytes key = SecretBytes::take(random.bytes(16));
  const SecretBytes opc = SecretBytes::take(random.bytes(16));
  const Bytes milenage =
      join({number(0x80, 1), tlv(0x81, hex("01")), tlv(0x82, key.view()), tlv(0x83, opc.view())});
  return element(0xA4, tlv(0xA1, tlv(0xA1, milenage)));
}

Bytes Elements::security_domain(Random& random) {
  // The issuer's security domain packages of GlobalPlatform, and the operator's instance of it.
  const Bytes instance = join({tlv(0x4F, hex("A0000001515350")), tlv(0x4F, hex("A000000151535041")),
                               tlv(0x4F, hex("A000000151000000")), tlv(0x82, hex("82DC00")),
                               tlv(0x83, hex("0F")), tlv(0xC9, hex("810280008201F08301F08701F0"))});
  const Bytes keys =
      join({ota_key(1, "18", random), ota_key(2, "14", random), ota_key(3, "48", random)});
  return element(0xA6, join({tlv(0xA1, instance), tlv(0xA2, keys)}));
}

Bytes Elements::end() { return element(0xAA, ByteView()); }

}  // namespace berth::sample_profile
