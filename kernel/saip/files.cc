// Files: §4 and §5 of the format.

#include <algorithm>
#include <array>

#include "kernel/saip/checks.h"

namespace berth::saip {
namespace {

constexpr std::string_view kReason = "saip.file";

constexpr Tag kDoNotCreate = 0x80;
constexpr Tag kFileDescriptor = 0xA1;
constexpr Tag kFillOffset = 0x82;
constexpr Tag kFillContent = 0x83;

constexpr Tag kTemplateId = 0x81;
// 2.23.143.1.2, the arc of the file templates.
constexpr std::array<std::uint8_t, 5> kTemplateArc = {0x67, 0x81, 0x0F, 0x01, 0x02};

constexpr Tag kEfIccid = 0xA4;  // in mf and in iot
constexpr Tag kEfAd = 0xB5;     // in usim and in iot
constexpr Tag kEfGid1 = 0xA5;
constexpr Tag kEfGid2 = 0xA6;
constexpr std::size_t kIccidOctets = 10;
constexpr std::size_t kImsiOctets = 9;

// Fcp: a file id and security attributes of two or more octets, a size of at most four.
Result<void> check_descriptor(const Place& place, const Tlv& fcp) {
  BERTH_TRY(fields, children(place, fcp.value));
  for (const Tlv& field : fields) {
    const std::size_t size = field.value.size();
    const bool fits = (field.tag != 0x83 || size == 2) && (field.tag != 0x80 || size <= 4) &&
                      (field.tag != 0x82 || size == 2 || size == 4) &&
                      (field.tag != 0x84 || (size >= 5 && size <= 16)) &&
                      (field.tag != 0x88 || size <= 1);
    if (!fits) {
      return place.refuse(kReason, field.whole, "a file descriptor's field has a wrong size");
    }
  }
  return {};
}

Result<void> check_file(const Place& place, const Tlv& file) {
  if (!is_constructed(file)) {
    return place.refuse(kReason, file.whole, "a file was expected here");
  }
  BERTH_TRY(entries, children(place, file.value));
  std::size_t position = 0;
  for (const Tlv& entry : entries) {
    if (entry.tag == kDoNotCreate && entry.value.empty()) continue;
    if (entry.tag == kFileDescriptor) {
      BERTH_TRY_VOID(check_descriptor(place, entry));
    } else if (entry.tag == kFillOffset) {
      BERTH_TRY(offset, number(place, entry, kMaxFileContent, kReason));
      position += static_cast<std::size_t>(offset);
    } else if (entry.tag == kFillContent) {
      position += entry.value.size();
    } else {
      return place.refuse(kReason, entry.whole, "not part of a file");
    }
    if (position > kMaxFileContent) {
      return place.refuse(kReason, entry.whole, "writes beyond the largest file");
    }
  }
  return {};
}

Result<void> check_management(const Place& place, const Tlv& management) {
  if (management.tag != 0x30) {
    return place.refuse(kReason, management.whole, "a file management sequence was expected");
  }
  BERTH_TRY(commands, children(place, management.value));
  for (const Tlv& command : commands) {
    constexpr std::size_t kMaxPath = 8;
    if (command.tag == 0x80) {
      if (command.value.size() > kMaxPath || command.value.size() % 2 != 0) {
        return place.refuse(kReason, command.whole, "a file path is at most four file ids");
      }
    } else if (command.tag == 0x62) {
      BERTH_TRY_VOID(check_descriptor(place, command));
    } else if (command.tag == 0x02) {
      BERTH_TRY_VOID(number(place, command, kMaxFileContent, kReason));
    } else if (command.tag != 0x81 || command.value.size() > kMaxFileContent) {
      return place.refuse(kReason, command.whole, "not a file management command");
    }
  }
  return {};
}

bool all_unset(const Bytes& content) {
  return std::all_of(content.begin(), content.end(), [](std::uint8_t b) { return b == 0xFF; });
}

// TS 31.102 §4.2.2: length, then a parity nibble, then digits with the low nibble first.
std::optional<std::string> decode_imsi(const Bytes& content) {
  const std::size_t length = content[0];
  if (length < 1 || length >= content.size()) return std::nullopt;
  const bool odd = (content[1] & 0x0F) == 9;
  if (!odd && (content[1] & 0x0F) != 1) return std::nullopt;
  std::string digits(1, static_cast<char>('0' + (content[1] >> 4)));
  for (std::size_t i = 2; i <= length; ++i) {
    digits += static_cast<char>('0' + (content[i] & 0x0F));
    digits += static_cast<char>('0' + (content[i] >> 4));
  }
  if (!odd) {
    if (digits.back() != static_cast<char>('0' + 0x0F)) return std::nullopt;
    digits.pop_back();
  }
  const bool decimal = std::all_of(digits.begin(), digits.end(),
                                   [](char digit) { return digit >= '0' && digit <= '9'; });
  constexpr std::size_t kMinImsi = 6;
  if (!decimal || digits.size() < kMinImsi) return std::nullopt;
  return digits;
}

}  // namespace

Result<void> check_files(const Place& place, const Tlv& element) {
  BERTH_TRY(parts, components(place, element));
  if (parts.empty() || parts[0].tag != kTemplateId || !rsp::der::oid_to_text(parts[0].value) ||
      !as_text(parts[0].value).starts_with(as_text(kTemplateArc))) {
    return place.refuse(kReason, element.whole, "the file template (templateID) is missing");
  }
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (parts[i - 1].tag == parts[i].tag) {
      return place.refuse(kReason, parts[i].whole, "a file stands twice");
    }
    BERTH_TRY_VOID(check_file(place, parts[i]));
  }
  return {};
}

Result<void> check_generic_files(const Place& place, const Tlv& element) {
  BERTH_TRY(parts, components(place, element));
  if (parts.size() != 1 || parts[0].tag != 0xA1) {
    return place.refuse(kReason, element.whole, "the list of file management commands is missing");
  }
  BERTH_TRY(sequences, children(place, parts[0].value));
  for (const Tlv& management : sequences) BERTH_TRY_VOID(check_management(place, management));
  return {};
}

Result<Bytes> file_content(const Place& place, const Tlv& element, Tag file) {
  Bytes content;
  BERTH_TRY(parts, components(place, element));
  const Tlv* found = find(parts, file);
  if (found == nullptr) return content;
  BERTH_TRY(entries, children(place, found->value));
  for (const Tlv& entry : entries) {
    if (entry.tag == kFillOffset) {
      // Offsets are relative: each moves the position on from where the last content ended.
      BERTH_TRY(offset, number(place, entry, kMaxFileContent, kReason));
      content.resize(content.size() + static_cast<std::size_t>(offset), 0xFF);
    } else if (entry.tag == kFillContent) {
      append(content, entry.value);
    }
    if (content.size() > kMaxFileContent) {
      return place.refuse(kReason, entry.whole, "writes beyond the largest file");
    }
  }
  return content;
}

Result<void> read_iccid_file(const Place& place, const Tlv& element, Package& package) {
  BERTH_TRY(content, file_content(place, element, kEfIccid));
  if (content.empty() || all_unset(content)) return {};
  auto iccid = Iccid::from_swapped_octets(content);
  if (content.size() != kIccidOctets || !iccid) {
    return place.refuse("saip.iccid", element.whole, "EF.ICCID does not hold an ICCID");
  }
  if (*iccid != package.iccid) {
    return place.refuse("saip.iccid", element.whole,
                        "EF.ICCID (" + iccid->masked() + ") and the header's ICCID (" +
                            package.iccid.masked() + ") differ");
  }
  package.ef_iccid = *std::move(iccid);
  return {};
}

Result<void> read_imsi_file(const Place& place, const Tlv& element, Tag file, Package& package) {
  BERTH_TRY(content, file_content(place, element, file));
  if (content.empty() || all_unset(content)) return {};
  auto imsi = content.size() == kImsiOctets ? decode_imsi(content) : std::nullopt;
  if (!imsi) return place.refuse("saip.imsi", element.whole, "EF.IMSI does not hold an IMSI");
  BERTH_TRY(administrative, file_content(place, element, kEfAd));
  // TS 31.102 §4.2.18: the fourth octet; other values are left to the card.
  const std::uint8_t digits = administrative.size() > 3 ? administrative[3] & 0x0F : 0;
  package.subscribers.push_back({*imsi, digits == 2 || digits == 3 ? digits : std::uint8_t{0}});
  if (!package.imsi) package.imsi = std::move(imsi);
  return {};
}

Result<void> read_gid_files(const Place& place, const Tlv& element, Package& package) {
  BERTH_TRY(gid1, file_content(place, element, kEfGid1));
  BERTH_TRY(gid2, file_content(place, element, kEfGid2));
  if (!gid1.empty() && !all_unset(gid1)) package.gid1_hex = to_hex(gid1);
  if (!gid2.empty() && !all_unset(gid2)) package.gid2_hex = to_hex(gid2);
  return {};
}

}  // namespace berth::saip
