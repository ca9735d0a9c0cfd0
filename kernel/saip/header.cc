// ProfileHeader, §3 of the format.

#include "kernel/saip/checks.h"
#include "kernel/saip/element_types.h"

namespace berth::saip {
namespace {

constexpr std::string_view kReason = "saip.header";
constexpr std::size_t kMaxProfileType = 100;

Result<const Tlv*> required(const Place& place, const Tlv& header, const std::vector<Tlv>& fields,
                            Tag tag, std::string_view name) {
  const Tlv* field = find(fields, tag);
  if (field == nullptr) {
    return place.refuse(kReason, header.whole, "the field " + std::string(name) + " is missing");
  }
  return field;
}

Result<void> read_services(const Place& place, const Tlv& list, Package& package) {
  BERTH_TRY(services, children(place, list.value));
  for (const Tlv& service : services) {
    if (!service.value.empty()) {
      return place.refuse(kReason, service.whole, "a mandatory service is not a NULL");
    }
    package.mandatory_services.push_back(service_name(service.tag));
  }
  return {};
}

Result<void> check_templates(const Place& place, const Tlv& list) {
  BERTH_TRY(templates, children(place, list.value));
  for (const Tlv& entry : templates) {
    if (entry.tag != 0x06 || !rsp::der::oid_to_text(entry.value)) {
      return place.refuse(kReason, entry.whole,
                          "the list of file templates holds something else than identifiers");
    }
  }
  return {};
}

}  // namespace

Result<void> read_header(const Place& place, const Tlv& element, Package& package) {
  BERTH_TRY(fields, children(place, element.value));
  // Fields stand in the order of their numbers; this also finds one that stands twice.
  for (std::size_t i = 1; i < fields.size(); ++i) {
    if ((fields[i - 1].tag & 0x1FU) >= (fields[i].tag & 0x1FU)) {
      return place.refuse(kReason, fields[i].whole, "a field stands twice or out of order");
    }
  }
  BERTH_TRY(major_field, required(place, element, fields, 0x80, "major-version"));
  BERTH_TRY(minor_field, required(place, element, fields, 0x81, "minor-version"));
  BERTH_TRY(iccid_field, required(place, element, fields, 0x83, "iccid"));
  BERTH_TRY(services, required(place, element, fields, 0xA5, "eUICC-Mandatory-services"));
  BERTH_TRY(templates, required(place, element, fields, 0xA6, "eUICC-Mandatory-GFSTEList"));
  BERTH_TRY(major_version, number(place, *major_field, 255, kReason));
  BERTH_TRY(minor_version, number(place, *minor_field, 255, kReason));
  if (major_version != 2 && major_version != 3) {
    return place.refuse(kReason, major_field->whole,
                        "major version " + std::to_string(major_version) + "; 2 and 3 are known");
  }
  package.major_version = static_cast<std::uint8_t>(major_version);
  package.minor_version = static_cast<std::uint8_t>(minor_version);
  if (const Tlv* type = find(fields, 0x82)) {
    if (type->value.empty() || type->value.size() > kMaxProfileType) {
      return place.refuse(kReason, type->whole, "profileType is 1 to 100 octets");
    }
    package.profile_type = std::string(as_text(type->value));
  }
  auto iccid = Iccid::from_natural_octets(iccid_field->value);
  if (!iccid) return place.refuse("saip.iccid", iccid_field->whole, iccid.error().message());
  package.iccid = *std::move(iccid);
  BERTH_TRY_VOID(read_services(place, *services, package));
  return check_templates(place, *templates);
}

}  // namespace berth::saip
