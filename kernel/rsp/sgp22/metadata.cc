#include "kernel/rsp/sgp22/metadata.h"

#include <set>

#include "kernel/rsp/sgp22/fields.h"
#include "kernel/rsp/sgp22/utf8.h"

namespace berth::rsp::sgp22 {
namespace {

constexpr der::Tag kStoreMetadata = 0xBF25;
constexpr der::Tag kIccid = 0x5A;
constexpr der::Tag kServiceProviderName = 0x91;
constexpr der::Tag kProfileName = 0x92;
constexpr der::Tag kProfileClass = 0x95;
constexpr der::Tag kNotificationConfiguration = 0xB6;
constexpr der::Tag kProfileOwner = 0xB7;

constexpr std::size_t kMaxServiceProviderName = 32;
constexpr std::size_t kMaxProfileName = 64;
constexpr std::size_t kMaxGidSize = 255;  // a record of EF_GID1 or EF_GID2
// NotificationEvent with install, enable, disable and delete set, four bits unused.
constexpr std::uint8_t kAllEvents[] = {0x04, 0xF0};

Error invalid(std::string message) { return malformed("metadata.invalid", std::move(message)); }

// The specification numbers the classes from 0 (test), this enum from 1.
std::uint64_t class_number(ProfileClass profile_class) {
  return static_cast<std::uint64_t>(profile_class) - 1;
}

Result<void> check_name(std::string_view name, std::size_t limit, std::string_view what) {
  if (name.size() <= limit && is_utf8(name)) return {};
  return invalid(std::string(what) + " is UTF-8 of at most " + std::to_string(limit) + " octets");
}

Result<void> check_limits(const ProfileMetadata& metadata) {
  BERTH_TRY_VOID(
      check_name(metadata.service_provider_name, kMaxServiceProviderName, "serviceProviderName"));
  BERTH_TRY_VOID(check_name(metadata.profile_name, kMaxProfileName, "profileName"));
  if (!metadata.notification_address.empty() && !HostName::parse(metadata.notification_address)) {
    return invalid("the notification address is not a host name");
  }
  if (class_number(metadata.profile_class) > 2) return invalid("no such profile class");
  if (metadata.owner &&
      (metadata.owner->gid1.size() > kMaxGidSize || metadata.owner->gid2.size() > kMaxGidSize)) {
    return invalid("a group identifier is at most 255 octets");
  }
  return {};
}

void append_owner(Bytes& fields, const OperatorId& owner) {
  Bytes value;
  der::append_tlv(value, 0x80, owner.mcc_mnc.octets());
  if (!owner.gid1.empty()) der::append_tlv(value, 0x81, owner.gid1);
  if (!owner.gid2.empty()) der::append_tlv(value, 0x82, owner.gid2);
  der::append_tlv(fields, kProfileOwner, value);
}

Result<ProfileClass> to_class(ByteView value) {
  BERTH_TRY(number, der::to_unsigned(value));
  if (number > class_number(ProfileClass::kOperational)) return invalid("no such profile class");
  return static_cast<ProfileClass>(number + 1);
}

// The address of the first entry: cards and servers write one address for all their events.
Result<std::string> first_address(ByteView entries) {
  der::Reader reader(entries);
  std::string address;
  while (!reader.at_end()) {
    BERTH_TRY(entry, reader.expect(kSequence));
    der::Reader fields(entry.value);
    BERTH_TRY(events, fields.expect(0x80));
    BERTH_TRY_VOID(to_bit_string(events.value));
    BERTH_TRY(element, fields.expect(0x81));
    BERTH_TRY(text, to_fqdn(element.value));
    BERTH_TRY_VOID(skip_extensions(fields));
    if (address.empty()) address = std::move(text);
  }
  return address;
}

Result<OperatorId> to_owner(ByteView value) {
  der::Reader reader(value);
  BERTH_TRY(mcc_mnc_element, reader.expect(0x80));
  BERTH_TRY(mcc_mnc, MccMnc::from_octets(mcc_mnc_element.value));
  BERTH_TRY(gid1, reader.optional(0x81));
  BERTH_TRY(gid2, reader.optional(0x82));
  BERTH_TRY_VOID(skip_extensions(reader));
  return OperatorId{mcc_mnc, gid1 ? to_bytes(gid1->value) : Bytes(),
                    gid2 ? to_bytes(gid2->value) : Bytes()};
}

Result<void> take_optional(ProfileMetadata& metadata, const der::Tlv& element) {
  if (element.tag == kProfileClass) {
    BERTH_TRY(profile_class, to_class(element.value));
    metadata.profile_class = profile_class;
  } else if (element.tag == kNotificationConfiguration) {
    BERTH_TRY(address, first_address(element.value));
    metadata.notification_address = std::move(address);
  } else if (element.tag == kProfileOwner) {
    BERTH_TRY(owner, to_owner(element.value));
    metadata.owner = std::move(owner);
  }
  return {};
}

}  // namespace

Result<Bytes> encode_metadata(const ProfileMetadata& metadata) {
  BERTH_TRY_VOID(check_limits(metadata));
  Bytes fields;
  der::append_tlv(fields, kIccid, metadata.iccid.swapped_octets());
  der::append_tlv(fields, kServiceProviderName, as_bytes(metadata.service_provider_name));
  der::append_tlv(fields, kProfileName, as_bytes(metadata.profile_name));
  // DER leaves a DEFAULT out.
  if (metadata.profile_class != ProfileClass::kOperational) {
    der::append_tlv(fields, kProfileClass,
                    der::integer_contents(class_number(metadata.profile_class)));
  }
  if (!metadata.notification_address.empty()) {
    Bytes entry;
    der::append_tlv(entry, 0x80, kAllEvents);
    der::append_tlv(entry, 0x81, as_bytes(metadata.notification_address));
    der::append_tlv(fields, kNotificationConfiguration, der::tlv(kSequence, entry));
  }
  if (metadata.owner) append_owner(fields, *metadata.owner);
  return der::tlv(kStoreMetadata, fields);
}

Result<ProfileMetadata> parse_metadata(ByteView der) {
  BERTH_TRY(request, der::parse_single(der, kStoreMetadata));
  der::Reader reader(request.value);
  BERTH_TRY(iccid_element, reader.expect(kIccid));
  BERTH_TRY(iccid, Iccid::from_swapped_octets(iccid_element.value));
  BERTH_TRY(provider, reader.expect(kServiceProviderName));
  BERTH_TRY_VOID(
      check_name(as_text(provider.value), kMaxServiceProviderName, "serviceProviderName"));
  BERTH_TRY(name, reader.expect(kProfileName));
  BERTH_TRY_VOID(check_name(as_text(name.value), kMaxProfileName, "profileName"));
  ProfileMetadata metadata{.iccid = std::move(iccid),
                           .service_provider_name = std::string(as_text(provider.value)),
                           .profile_name = std::string(as_text(name.value)),
                           .notification_address = {},
                           .owner = {}};
  std::set<der::Tag> seen;
  while (!reader.at_end()) {
    BERTH_TRY(element, reader.next());
    if (!seen.insert(element.tag).second) return invalid("an element of the metadata comes twice");
    BERTH_TRY_VOID(take_optional(metadata, element));
  }
  return metadata;
}

}  // namespace berth::rsp::sgp22
