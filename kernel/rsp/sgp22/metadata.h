// StoreMetadataRequest BF25 (SGP.22 §5.5.3): what the card and the user see of a profile.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel/base/identifiers.h"

namespace berth::rsp::sgp22 {

inline constexpr std::size_t kMaxIconSize = 1024;  // octets, 64×64 pixels
inline constexpr std::size_t kMaxNotificationConfigurations = 16;
inline constexpr std::size_t kMaxServiceSpecificSize = 4096;  // octets, BF22 and BF23 together

enum class ProfileClass : std::uint8_t { kTest = 1, kProvisioning = 2, kOperational = 3 };

enum class IconType : std::uint8_t { kJpeg = 1, kPng = 2 };

// profilePolicyRules 99. PPR1: cannot be disabled. PPR2: cannot be deleted.
struct PolicyRules {
  bool update_control = false;
  bool ppr1 = false;
  bool ppr2 = false;
  bool any() const { return update_control || ppr1 || ppr2; }
};

// One entry of notificationConfigurationInfo B6.
struct NotificationConfiguration {
  bool install = false;
  bool enable = false;
  bool disable = false;
  bool remove = false;  // "delete"
  std::string address;
};

struct OperatorId {  // profileOwner B7
  MccMnc mcc_mnc;
  Bytes gid1;  // empty: none
  Bytes gid2;
};

struct ProfileMetadata {
  Iccid iccid;
  std::string service_provider_name;  // UTF-8, 0..32 octets
  std::string profile_name;           // UTF-8, 0..64 octets
  ProfileClass profile_class = ProfileClass::kOperational;
  Bytes icon = {};  // at most 1024 octets; with icon_type or not at all
  std::optional<IconType> icon_type = {};
  // All events (install, enable, disable, delete) go to this address; empty: none are sent. Not
  // used when `notifications` has entries.
  std::string notification_address;
  std::vector<NotificationConfiguration> notifications = {};
  std::optional<OperatorId> owner;
  PolicyRules policy_rules = {};  // need an owner
  Bytes service_specific = {};    // whole BF22, BF23, one after the other
  Bytes carrier_privileges = {};  // whole BF76
};

// "metadata.invalid" when a limit above is broken, "metadata.carrier_privileges" when BF76 has not
// its shape (carrier_privileges.h).
Result<Bytes> encode_metadata(const ProfileMetadata& metadata);
// Reads what other servers write: elements of later releases are passed over, rules without an
// owner and an icon without its type are taken, BF22, BF23 and BF76 are kept as they stand. One
// notification entry for all four events is `notification_address`, anything else `notifications`.
Result<ProfileMetadata> parse_metadata(ByteView der);

}  // namespace berth::rsp::sgp22
