#include "tools/euicc/stored_metadata.h"

#include "kernel/rsp/der/der.h"

namespace berth::euicc {
namespace {

using rsp::der::Reader;
using rsp::der::Tag;

constexpr std::size_t kMaxProviderName = 32;
constexpr std::size_t kMaxProfileName = 64;
constexpr std::size_t kMaxIcon = 1024;
constexpr std::size_t kMaxNotificationTargets = 16;
constexpr std::uint64_t kClassOperational = 2;
constexpr std::uint64_t kIconPng = 1;
constexpr unsigned kNotificationEvents = 4;
constexpr unsigned kPolicyRules = 3;

Error invalid(std::string message) {
  return Error(ErrorCode::kInvalidArgument, "card.message_invalid", std::move(message));
}

// BIT STRING contents: unused-bits octet, then bit 0 as the most significant bit. The first `count`
// bits come back with bit n as (1 << n).
Result<std::uint8_t> read_bits(ByteView contents, unsigned count, const char* what) {
  if (contents.empty() || contents[0] > 7 || contents.size() > 3) {
    return invalid(std::string(what) + " is not a BIT STRING");
  }
  std::uint8_t bits = 0;
  if (contents.size() > 1) {
    for (unsigned bit = 0; bit < count; ++bit) {
      if ((contents[1] & (0x80U >> bit)) != 0) {
        bits = static_cast<std::uint8_t>(bits | (1U << bit));
      }
    }
  }
  return bits;
}

Result<std::vector<NotificationTarget>> read_targets(ByteView value) {
  std::vector<NotificationTarget> targets;
  Reader reader(value);
  while (!reader.at_end()) {
    if (targets.size() == kMaxNotificationTargets) return invalid("too many notification targets");
    BERTH_TRY(entry, reader.expect(0x30));
    Reader inner(entry.value);
    BERTH_TRY(operation, inner.expect(0x80));
    BERTH_TRY(events,
              read_bits(operation.value, kNotificationEvents, "profileManagementOperation"));
    BERTH_TRY(address, inner.expect(0x81));
    BERTH_TRY_VOID(HostName::parse(as_text(address.value)));
    targets.push_back({events, std::string(as_text(address.value))});
  }
  return targets;
}

Result<StoredOwner> read_owner(ByteView value) {
  Reader reader(value);
  BERTH_TRY(code, reader.expect(0x80));
  BERTH_TRY(mcc_mnc, MccMnc::from_octets(code.value));
  StoredOwner owner{mcc_mnc, {}, {}};
  BERTH_TRY(gid1, reader.optional(0x81));
  if (gid1) owner.gid1 = to_bytes(gid1->value);
  BERTH_TRY(gid2, reader.optional(0x82));
  if (gid2) owner.gid2 = to_bytes(gid2->value);
  return owner;
}

Result<StoredClass> read_class(ByteView value) {
  BERTH_TRY(number, rsp::der::to_unsigned(value));
  if (number > kClassOperational) {
    return Error(ErrorCode::kUnsupported, "card.profile_class", "unknown profile class");
  }
  return static_cast<StoredClass>(number + 1);
}

// An icon is shown by its type; one without the other is a fault of the server.
Result<void> read_icon(Reader& reader, StoredMetadata& metadata) {
  BERTH_TRY(type, reader.optional(0x93));
  BERTH_TRY(icon, reader.optional(0x94));
  if (type.has_value() != icon.has_value()) return invalid("an icon and its type go together");
  if (!icon) return {};
  BERTH_TRY(number, rsp::der::to_unsigned(type->value));
  if (number > kIconPng) return invalid("unknown type of icon");
  if (icon->value.size() > kMaxIcon) return invalid("the icon exceeds 1024 octets");
  metadata.icon_type = number;
  metadata.icon = to_bytes(icon->value);
  return {};
}

Result<std::string> read_name(Reader& reader, Tag tag, std::size_t limit) {
  BERTH_TRY(element, reader.expect(tag));
  if (element.value.size() > limit) return invalid("a name in the metadata is too long");
  return std::string(as_text(element.value));
}

}  // namespace

Result<StoredMetadata> read_metadata(ByteView bf25) {
  BERTH_TRY(outer, rsp::der::parse_single(bf25, 0xBF25));
  Reader reader(outer.value);
  BERTH_TRY(iccid_octets, reader.expect(0x5A));
  BERTH_TRY(iccid, Iccid::from_swapped_octets(iccid_octets.value));
  StoredMetadata metadata{.iccid = iccid,
                          .service_provider_name = {},
                          .profile_name = {},
                          .icon_type = {},
                          .icon = {},
                          .notification_targets = {},
                          .owner = {}};
  BERTH_TRY(provider, read_name(reader, 0x91, kMaxProviderName));
  metadata.service_provider_name = provider;
  BERTH_TRY(name, read_name(reader, 0x92, kMaxProfileName));
  metadata.profile_name = name;
  BERTH_TRY_VOID(read_icon(reader, metadata));
  BERTH_TRY(profile_class, reader.optional(0x95));
  if (profile_class) {
    BERTH_TRY(stored_class, read_class(profile_class->value));
    metadata.profile_class = stored_class;
  }
  BERTH_TRY(targets, reader.optional(0xB6));
  if (targets) {
    BERTH_TRY(list, read_targets(targets->value));
    metadata.notification_targets = list;
  }
  BERTH_TRY(owner, reader.optional(0xB7));
  if (owner) {
    BERTH_TRY(stored_owner, read_owner(owner->value));
    metadata.owner = stored_owner;
  }
  BERTH_TRY(rules, reader.optional(0x99));
  if (rules) {
    BERTH_TRY(bits, read_bits(rules->value, kPolicyRules, "profilePolicyRules"));
    metadata.policy_rules = bits;
  }
  while (!reader.at_end()) BERTH_TRY_VOID(reader.next());
  return metadata;
}

std::string_view to_string(NotificationEvent event) {
  switch (event) {
    case NotificationEvent::kInstall:
      return "install";
    case NotificationEvent::kEnable:
      return "enable";
    case NotificationEvent::kDisable:
      return "disable";
    case NotificationEvent::kDelete:
      break;
  }
  return "delete";
}

}  // namespace berth::euicc
