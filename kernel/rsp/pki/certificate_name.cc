#include <algorithm>
#include <array>

#include "kernel/rsp/der/der.h"
#include "kernel/rsp/pki/certificate_fields.h"

namespace berth::rsp::pki {
namespace {

constexpr std::string_view kCommonName = "2.5.4.3";
constexpr std::string_view kSerialNumber = "2.5.4.5";
constexpr std::string_view kOrganization = "2.5.4.10";

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kShortNames = {{
    {kCommonName, "CN"},
    {kSerialNumber, "serialNumber"},
    {"2.5.4.6", "C"},
    {"2.5.4.7", "L"},
    {"2.5.4.8", "ST"},
    {kOrganization, "O"},
    {"2.5.4.11", "OU"},
    {"0.9.2342.19200300.100.1.25", "DC"},
}};

constexpr der::Tag kUtf8String = 0x0C;

// NumericString, PrintableString, IA5String, VisibleString: ASCII by definition.
bool is_ascii_string(der::Tag tag) {
  return tag == 0x12 || tag == 0x13 || tag == 0x16 || tag == 0x1A;
}

bool is_control(std::uint32_t code) { return code < 0x20 || (code >= 0x7F && code < 0xA0); }

// Well-formed UTF-8 (no overlong forms, no surrogates) without control characters: this text goes
// into logs and JSON.
bool is_clean_utf8(ByteView text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const std::uint8_t lead = text[i];
    const std::size_t size = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead >= 0xF8 || (lead >= 0x80 && lead < 0xC0) || size > text.size() - i) return false;
    std::uint32_t code = size == 1 ? lead : lead & (0x7FU >> size);
    for (std::size_t k = 1; k < size; ++k) {
      if ((text[i + k] & 0xC0) != 0x80) return false;
      code = (code << 6) | (text[i + k] & 0x3FU);
    }
    constexpr std::array<std::uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < kSmallest[size] || code > 0x10FFFF || surrogate || is_control(code)) return false;
    i += size;
  }
  return true;
}

// The attribute's text; what is not clean text is shown as RFC 4514 does, '#' and hexadecimal.
std::string text_of(const der::Tlv& value) {
  const bool ascii = std::all_of(value.value.begin(), value.value.end(),
                                 [](std::uint8_t octet) { return octet >= 0x20 && octet < 0x7F; });
  const bool clean =
      value.tag == kUtf8String ? is_clean_utf8(value.value) : is_ascii_string(value.tag) && ascii;
  return clean ? std::string(as_text(value.value)) : '#' + to_hex(value.whole);
}

// Escapes nothing on purpose: this is for people, comparisons use the canonical form.
void append_for_people(std::string& line, std::string_view type, std::string_view text) {
  const auto* known = std::find_if(kShortNames.begin(), kShortNames.end(),
                                   [&](const auto& entry) { return entry.first == type; });
  if (!line.empty()) line += ", ";
  line += known == kShortNames.end() ? type : known->second;
  line += '=';
  line += text;
}

Result<void> keep_single(std::string& field, bool& seen, const std::string& text) {
  if (seen) return invalid_certificate("a name has the same identifying attribute twice");
  seen = true;
  field = text;
  return {};
}

struct Seen {
  bool organization = false;
  bool serial_number = false;
};

// One AttributeTypeAndValue; returns its canonical form.
Result<std::string> read_attribute(Name& name, Seen& seen, ByteView contents) {
  der::Reader reader(contents);
  BERTH_TRY(type, reader.expect(0x06));
  BERTH_TRY(value, reader.next());
  BERTH_TRY_VOID(reader.finish());
  BERTH_TRY(oid, der::oid_to_text(type.value));
  const std::string text = text_of(value);
  append_for_people(name.text, oid, text);
  if (oid == kOrganization) {
    BERTH_TRY_VOID(keep_single(name.organization, seen.organization, text));
  } else if (oid == kSerialNumber) {
    BERTH_TRY_VOID(keep_single(name.serial_number, seen.serial_number, text));
  } else {
    name.only_organization_and_serial = false;
    if (oid == kCommonName && name.common_name.empty()) name.common_name = text;
  }
  return oid + '=' + fold(text);
}

}  // namespace

std::string fold(std::string_view text) {
  std::string folded;
  for (const char c : text) {
    if (c == ' ') {
      if (!folded.empty() && folded.back() != ' ') folded += ' ';
    } else {
      folded += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  if (!folded.empty() && folded.back() == ' ') folded.pop_back();
  return folded;
}

Result<Name> read_name(ByteView contents) {
  Name name;
  Seen seen;
  der::Reader rdns(contents);
  while (!rdns.at_end()) {
    BERTH_TRY(rdn, rdns.expect(0x31));
    if (rdn.value.empty()) return invalid_certificate("an empty relative distinguished name");
    std::vector<std::string> attributes;
    der::Reader reader(rdn.value);
    while (!reader.at_end()) {
      BERTH_TRY(attribute, reader.expect(0x30));
      BERTH_TRY(canonical, read_attribute(name, seen, attribute.value));
      attributes.push_back(std::move(canonical));
    }
    std::sort(attributes.begin(), attributes.end());
    // Control characters never occur in an attribute's text, so they can separate.
    for (const std::string& attribute : attributes) name.canonical += attribute + '\x1F';
    name.canonical += '\x1E';
  }
  return name;
}

}  // namespace berth::rsp::pki
