// PINs, PUKs and network authentication: §6 and §7 of the format. Values are never echoed.

#include <algorithm>

#include "kernel/saip/checks.h"

namespace berth::saip {
namespace {

constexpr std::size_t kPinOctets = 8;
constexpr std::uint64_t kMaxReference = 0xFF;

// PIN1 to PIN8 of the applications and their second PINs; PUKs have the same references.
bool is_user_reference(std::uint64_t reference) {
  return (reference >= 0x01 && reference <= 0x08) || (reference >= 0x81 && reference <= 0x88);
}
bool is_admin_reference(std::uint64_t reference) {
  return (reference >= 0x0A && reference <= 0x0E) || (reference >= 0x8A && reference <= 0x8E);
}
bool is_digit(std::uint8_t octet) { return octet >= '0' && octet <= '9'; }

// Four to eight digits, then FF.
bool is_padded_pin(ByteView value) {
  const auto end = std::find_if_not(value.begin(), value.end(), is_digit);
  return end - value.begin() >= 4 &&
         std::all_of(end, value.end(), [](std::uint8_t octet) { return octet == 0xFF; });
}

struct Code {
  std::uint64_t reference = 0;
  ByteView value;
  std::vector<Tlv> fields;
};

Result<Code> read_code(const Place& place, const Tlv& entry, std::string_view reason) {
  if (entry.tag != 0x30) return place.refuse(reason, entry.whole, "an entry was expected");
  Code code;
  BERTH_TRY(fields, children(place, entry.value));
  const Tlv* reference = find(fields, 0x80);
  const Tlv* value = find(fields, 0x81);
  if (reference == nullptr || value == nullptr || value->value.size() != kPinOctets) {
    return place.refuse(reason, entry.whole, "the reference or the eight octets of the value miss");
  }
  BERTH_TRY(key_reference, number(place, *reference, kMaxReference, reason));
  code.reference = key_reference;
  code.value = value->value;
  code.fields = std::move(fields);
  return code;
}

Result<void> check_pin(const Place& place, const Tlv& entry, std::set<std::uint64_t>& seen,
                       Provided& provided) {
  constexpr std::string_view kReason = "saip.pin";
  BERTH_TRY(code, read_code(place, entry, kReason));
  if (!is_user_reference(code.reference) && !is_admin_reference(code.reference)) {
    return place.refuse(kReason, entry.whole, "not the reference of a PIN or ADM");
  }
  if (!seen.insert(code.reference).second) {
    return place.refuse(kReason, entry.whole, "one reference stands twice");
  }
  // An ADM may be any eight octets.
  if (is_user_reference(code.reference) && !is_padded_pin(code.value)) {
    return place.refuse(kReason, entry.whole, "the value is not four to eight digits and padding");
  }
  if (const Tlv* unblocking = find(code.fields, 0x82)) {
    BERTH_TRY(puk, number(place, *unblocking, kMaxReference, kReason));
    provided.puk_wanted.emplace(puk, unblocking->whole);
  }
  for (const Tag tag : {Tag{0x83}, Tag{0x84}}) {
    if (const Tlv* field = find(code.fields, tag)) {
      BERTH_TRY_VOID(number(place, *field, 0xFF, kReason));
    }
  }
  return {};
}

bool key_sizes_fit(std::uint64_t algorithm, std::size_t key, std::size_t opc) {
  constexpr std::uint64_t kTuak = 2;
  if (algorithm == kTuak) return (key == 16 || key == 32) && opc == 32;
  return key == 16 && opc == 16;
}

Result<void> check_algorithm(const Place& place, const Tlv& parameter, Provided& provided) {
  constexpr std::string_view kReason = "saip.aka";
  BERTH_TRY(fields, children(place, parameter.value));
  const Tlv* algorithm = find(fields, 0x80);
  const Tlv* options = find(fields, 0x81);
  const Tlv* key = find(fields, 0x82);
  const Tlv* opc = find(fields, 0x83);
  if (algorithm == nullptr || options == nullptr || key == nullptr || opc == nullptr) {
    return place.refuse(kReason, parameter.whole, "algorithm, options, key or OPc is missing");
  }
  BERTH_TRY(id, number(place, *algorithm, 3, kReason));
  if (id == 0) return place.refuse(kReason, algorithm->whole, "algorithm 0 does not exist");
  if (options->value.size() != 1) {
    return place.refuse(kReason, options->whole, "the options are one octet");
  }
  if (!key_sizes_fit(id, key->value.size(), opc->value.size())) {
    return place.refuse(kReason, parameter.whole, "the key or OPc has a size of another algorithm");
  }
  const Tlv* rotation = find(fields, 0x84);
  const Tlv* xoring = find(fields, 0x85);
  if ((rotation != nullptr && rotation->value.size() != 5) ||
      (xoring != nullptr && xoring->value.size() != 80)) {
    return place.refuse(kReason, parameter.whole, "Milenage constants of a wrong size");
  }
  static constexpr std::string_view kByAlgorithm[] = {"", "milenage", "tuak128",
                                                      "usim-test-algorithm"};
  const bool long_key = id == 2 && key->value.size() == 32;
  provided.services.emplace(long_key ? std::string_view("tuak256") : kByAlgorithm[id]);
  return {};
}

}  // namespace

Result<void> check_pins(const Place& place, const Tlv& element, Provided& provided) {
  BERTH_TRY(parts, components(place, element));
  if (parts.size() != 1 || parts[0].tag != 0xA1) {
    return place.refuse("saip.pin", element.whole, "the PIN codes are missing");
  }
  BERTH_TRY(choices, children(place, parts[0].value));
  const bool one = choices.size() == 1 && (choices[0].tag == 0xA0 || choices[0].tag == 0x81);
  if (!one) {
    return place.refuse("saip.pin", parts[0].whole, "neither PINs nor the path to shared ones");
  }
  if (choices[0].tag == 0x81) return {};
  std::set<std::uint64_t> seen;
  BERTH_TRY(entries, children(place, choices[0].value));
  for (const Tlv& entry : entries) BERTH_TRY_VOID(check_pin(place, entry, seen, provided));
  return {};
}

Result<void> check_puks(const Place& place, const Tlv& element, Provided& provided) {
  constexpr std::string_view kReason = "saip.puk";
  BERTH_TRY(parts, components(place, element));
  if (parts.size() != 1 || parts[0].tag != 0xA1) {
    return place.refuse(kReason, element.whole, "the PUK codes are missing");
  }
  BERTH_TRY(entries, children(place, parts[0].value));
  for (const Tlv& entry : entries) {
    BERTH_TRY(code, read_code(place, entry, kReason));
    if (!is_user_reference(code.reference)) {
      return place.refuse(kReason, entry.whole, "not the reference of a PUK");
    }
    if (!std::all_of(code.value.begin(), code.value.end(), is_digit)) {
      return place.refuse(kReason, entry.whole, "the value is not eight digits");
    }
    if (!provided.puk_references.insert(code.reference).second) {
      return place.refuse(kReason, entry.whole, "one reference stands twice");
    }
  }
  return {};
}

Result<void> check_aka(const Place& place, const Tlv& element, Provided& provided) {
  constexpr std::string_view kReason = "saip.aka";
  constexpr std::size_t kSqnOctets = 6;
  BERTH_TRY(parts, components(place, element));
  if (parts.empty() || parts[0].tag != 0xA1) {
    return place.refuse(kReason, element.whole, "the algorithm configuration is missing");
  }
  BERTH_TRY(choices, children(place, parts[0].value));
  if (choices.size() != 1 || (choices[0].tag != 0xA0 && choices[0].tag != 0xA1)) {
    return place.refuse(kReason, parts[0].whole, "neither a mapping nor an algorithm");
  }
  for (const Tag tag : {Tag{0x83}, Tag{0x84}}) {
    const Tlv* field = find(parts, tag);
    if (field != nullptr && field->value.size() != kSqnOctets) {
      return place.refuse(kReason, field->whole, "a sequence number bound is six octets");
    }
  }
  if (choices[0].tag == 0xA0) return {};  // shares another application's parameters
  return check_algorithm(place, choices[0], provided);
}

}  // namespace berth::saip
