#include "kernel/rsp/sgp22/metadata.h"

#include <set>

#include "kernel/rsp/sgp22/carrier_privileges.h"
#include "kernel/rsp/sgp22/fields.h"
#include "kernel/rsp/sgp22/utf8.h"

namespace berth::rsp::sgp22 {
namespace {

constexpr der::Tag kStoreMetadata = 0xBF25;
constexpr der::Tag kIccid = 0x5A;
constexpr der::Tag kServiceProviderName = 0x91;
constexpr der::Tag kProfileName = 0x92;
constexpr der::Tag kIconType = 0x93;
constexpr der::Tag kIcon = 0x94;
constexpr der::Tag kProfileClass = 0x95;
constexpr der::Tag kNotificationConfiguration = 0xB6;
constexpr der::Tag kProfileOwner = 0xB7;
constexpr der::Tag kProfilePolicyRules = 0x99;
constexpr der::Tag kServiceSpecificStored = 0xBF22;
constexpr der::Tag kServiceSpecificNotStored = 0xBF23;
constexpr der::Tag kCarrierPrivileges = 0xBF76;

constexpr std::size_t kMaxServiceProviderName = 32;
constexpr std::size_t kMaxProfileName = 64;
constexpr std::size_t kMaxGidSize = 255;  // a record of EF_GID1 or EF_GID2

Error invalid(std::string message) { return malformed("metadata.invalid", std::move(message)); }

// The specification numbers classes and icon types from 0, these enums from 1.
template <class E>
std::uint64_t number_of(E value) {
  return static_cast<std::uint64_t>(value) - 1;
}

// ---- named bits: bit 0 is the most significant; DER drops trailing zeros ----

Bytes to_named_bits(std::initializer_list<bool> bits) {
  std::uint8_t octet = 0;
  std::uint8_t unused = 8;
  std::uint8_t position = 0;
  for (const bool set : bits) {
    if (set) {
      octet = static_cast<std::uint8_t>(octet | (0x80U >> position));
      unused = static_cast<std::uint8_t>(7 - position);
    }
    ++position;
  }
  if (octet == 0) return {0};
  return {unused, octet};
}

// Bits that this side does not know are passed over.
Result<std::uint8_t> from_named_bits(ByteView value) {
  BERTH_TRY(contents, to_bit_string(value));
  return contents.size() > 1 ? contents[1] : std::uint8_t{0};
}

bool bit(std::uint8_t octet, unsigned position) { return (octet & (0x80U >> position)) != 0; }

bool all_events(const NotificationConfiguration& entry) {
  return entry.install && entry.enable && entry.disable && entry.remove;
}

// ---- limits ----

Result<void> check_name(std::string_view name, std::size_t limit, std::string_view what) {
  if (name.size() <= limit && is_utf8(name)) return {};
  return invalid(std::string(what) + " is UTF-8 of at most " + std::to_string(limit) + " octets");
}

Result<void> check_address(std::string_view address) {
  if (HostName::parse(address)) return {};
  return invalid("the notification address is not a host name");
}

Result<void> check_notifications(const ProfileMetadata& metadata) {
  if (!metadata.notification_address.empty()) {
    BERTH_TRY_VOID(check_address(metadata.notification_address));
  }
  if (metadata.notifications.size() > kMaxNotificationConfigurations) {
    return invalid("there are more notification addresses than a card keeps");
  }
  for (const NotificationConfiguration& entry : metadata.notifications) {
    BERTH_TRY_VOID(check_address(entry.address));
    if (!entry.install && !entry.enable && !entry.disable && !entry.remove) {
      return invalid("a notification entry names no event");
    }
  }
  return {};
}

Result<void> check_icon(const ProfileMetadata& metadata) {
  if (metadata.icon.size() > kMaxIconSize) return invalid("an icon is at most 1024 octets");
  if (metadata.icon.empty() != !metadata.icon_type) {
    return invalid("an icon and its type go together");
  }
  if (metadata.icon_type && number_of(*metadata.icon_type) > number_of(IconType::kPng)) {
    return invalid("no such icon type");
  }
  return {};
}

// BF22 and BF23, each at most once, in this order.
Result<void> check_service_specific(ByteView objects) {
  if (objects.size() > kMaxServiceSpecificSize) {
    return invalid("service-specific data is at most 4096 octets");
  }
  der::Reader reader(objects);
  for (const der::Tag tag : {kServiceSpecificStored, kServiceSpecificNotStored}) {
    if (!reader.optional(tag)) break;
  }
  if (reader.at_end()) return {};
  return invalid("service-specific data is one BF22, one BF23 or both in this order");
}

Result<void> check_limits(const ProfileMetadata& metadata) {
  BERTH_TRY_VOID(
      check_name(metadata.service_provider_name, kMaxServiceProviderName, "serviceProviderName"));
  BERTH_TRY_VOID(check_name(metadata.profile_name, kMaxProfileName, "profileName"));
  BERTH_TRY_VOID(check_icon(metadata));
  BERTH_TRY_VOID(check_notifications(metadata));
  if (number_of(metadata.profile_class) > number_of(ProfileClass::kOperational)) {
    return invalid("no such profile class");
  }
  if (metadata.owner &&
      (metadata.owner->gid1.size() > kMaxGidSize || metadata.owner->gid2.size() > kMaxGidSize)) {
    return invalid("a group identifier is at most 255 octets");
  }
  if (metadata.policy_rules.any() && !metadata.owner) {
    return invalid("a profile with policy rules needs an owner");
  }
  BERTH_TRY_VOID(check_service_specific(metadata.service_specific));
  if (metadata.carrier_privileges.empty()) return {};
  return check_carrier_privileges(metadata.carrier_privileges);
}

// ---- writing ----

void append_notification(Bytes& list, const NotificationConfiguration& entry) {
  Bytes fields;
  der::append_tlv(fields, 0x80,
                  to_named_bits({entry.install, entry.enable, entry.disable, entry.remove}));
  der::append_tlv(fields, 0x81, as_bytes(entry.address));
  der::append_tlv(list, kSequence, fields);
}

void append_notifications(Bytes& fields, const ProfileMetadata& metadata) {
  Bytes list;
  for (const NotificationConfiguration& entry : metadata.notifications) {
    append_notification(list, entry);
  }
  if (list.empty() && !metadata.notification_address.empty()) {
    append_notification(list, {true, true, true, true, metadata.notification_address});
  }
  if (!list.empty()) der::append_tlv(fields, kNotificationConfiguration, list);
}

void append_owner(Bytes& fields, const OperatorId& owner) {
  Bytes value;
  der::append_tlv(value, 0x80, owner.mcc_mnc.octets());
  if (!owner.gid1.empty()) der::append_tlv(value, 0x81, owner.gid1);
  if (!owner.gid2.empty()) der::append_tlv(value, 0x82, owner.gid2);
  der::append_tlv(fields, kProfileOwner, value);
}

// ---- reading ----

Result<ProfileClass> to_class(ByteView value) {
  BERTH_TRY(number, der::to_unsigned(value));
  if (number > number_of(ProfileClass::kOperational)) return invalid("no such profile class");
  return static_cast<ProfileClass>(number + 1);
}

Result<IconType> to_icon_type(ByteView value) {
  BERTH_TRY(number, der::to_unsigned(value));
  if (number > number_of(IconType::kPng)) return invalid("no such icon type");
  return static_cast<IconType>(number + 1);
}

Result<void> take_notifications(ProfileMetadata& metadata, ByteView entries) {
  der::Reader reader(entries);
  while (!reader.at_end()) {
    if (metadata.notifications.size() == kMaxNotificationConfigurations) {
      return invalid("there are more notification addresses than a card keeps");
    }
    BERTH_TRY(entry, reader.expect(kSequence));
    der::Reader fields(entry.value);
    BERTH_TRY(events, fields.expect(0x80));
    BERTH_TRY(bits, from_named_bits(events.value));
    BERTH_TRY(element, fields.expect(0x81));
    BERTH_TRY(address, to_fqdn(element.value));
    BERTH_TRY_VOID(skip_extensions(fields));
    metadata.notifications.push_back(
        {bit(bits, 0), bit(bits, 1), bit(bits, 2), bit(bits, 3), std::move(address)});
  }
  // The usual case has a member of its own.
  if (metadata.notifications.size() == 1 && all_events(metadata.notifications.front())) {
    metadata.notification_address = std::move(metadata.notifications.front().address);
    metadata.notifications.clear();
  }
  return {};
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

// Elements of later releases are passed over.
Result<void> take_optional(ProfileMetadata& metadata, const der::Tlv& element) {
  switch (element.tag) {
    case kIconType: {
      BERTH_TRY(icon_type, to_icon_type(element.value));
      metadata.icon_type = icon_type;
      return {};
    }
    case kIcon:
      if (element.value.size() > kMaxIconSize) return invalid("an icon is at most 1024 octets");
      metadata.icon = to_bytes(element.value);
      return {};
    case kProfileClass: {
      BERTH_TRY(profile_class, to_class(element.value));
      metadata.profile_class = profile_class;
      return {};
    }
    case kNotificationConfiguration:
      return take_notifications(metadata, element.value);
    case kProfileOwner: {
      BERTH_TRY(owner, to_owner(element.value));
      metadata.owner = std::move(owner);
      return {};
    }
    case kProfilePolicyRules: {
      BERTH_TRY(bits, from_named_bits(element.value));
      metadata.policy_rules = {bit(bits, 0), bit(bits, 1), bit(bits, 2)};
      return {};
    }
    case kServiceSpecificStored:
    case kServiceSpecificNotStored:
      append(metadata.service_specific, element.whole);
      return {};
    case kCarrierPrivileges:
      metadata.carrier_privileges = to_bytes(element.whole);
      return {};
    default:
      return {};
  }
}

}  // namespace

Result<Bytes> encode_metadata(const ProfileMetadata& metadata) {
  BERTH_TRY_VOID(check_limits(metadata));
  Bytes fields;
  der::append_tlv(fields, kIccid, metadata.iccid.swapped_octets());
  der::append_tlv(fields, kServiceProviderName, as_bytes(metadata.service_provider_name));
  der::append_tlv(fields, kProfileName, as_bytes(metadata.profile_name));
  if (metadata.icon_type) {
    der::append_tlv(fields, kIconType, der::integer_contents(number_of(*metadata.icon_type)));
    der::append_tlv(fields, kIcon, metadata.icon);
  }
  // DER leaves a DEFAULT out.
  if (metadata.profile_class != ProfileClass::kOperational) {
    der::append_tlv(fields, kProfileClass,
                    der::integer_contents(number_of(metadata.profile_class)));
  }
  append_notifications(fields, metadata);
  if (metadata.owner) append_owner(fields, *metadata.owner);
  const PolicyRules& rules = metadata.policy_rules;
  if (rules.any()) {
    der::append_tlv(fields, kProfilePolicyRules,
                    to_named_bits({rules.update_control, rules.ppr1, rules.ppr2}));
  }
  append(fields, metadata.service_specific);
  append(fields, metadata.carrier_privileges);
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
