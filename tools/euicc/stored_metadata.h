// StoreMetadataRequest BF25 as the card reads it (SGP.22 §5.5.3). The server's encoder
// (kernel/rsp/sgp22/metadata.h) is separate code.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel/base/identifiers.h"

namespace berth::euicc {

// SGP.22 NotificationEvent; bit n of the BIT STRING is (1 << n).
enum class NotificationEvent : std::uint8_t {
  kInstall = 1,
  kEnable = 2,
  kDisable = 4,
  kDelete = 8
};

// SGP.22 PprIds; bit n of the BIT STRING is (1 << n).
enum class PolicyRule : std::uint8_t {
  kUpdateControl = 1,
  kNoDisabling = 2,  // PPR1
  kNoDeleting = 4,   // PPR2
};

struct NotificationTarget {
  std::uint8_t events = 0;  // NotificationEvent values or-ed
  std::string address;
};

struct StoredOwner {
  MccMnc mcc_mnc;
  Bytes gid1;  // empty: none
  Bytes gid2;
};

enum class StoredClass : std::uint8_t { kTest = 1, kProvisioning, kOperational };

struct StoredMetadata {
  Iccid iccid;
  std::string service_provider_name;
  std::string profile_name;
  std::optional<std::uint64_t> icon_type;  // 0 JPEG, 1 PNG
  Bytes icon;                              // empty: none
  StoredClass profile_class = StoredClass::kOperational;
  std::vector<NotificationTarget> notification_targets;
  std::optional<StoredOwner> owner;
  std::uint8_t policy_rules = 0;  // PolicyRule values or-ed

  bool has(PolicyRule rule) const { return (policy_rules & static_cast<std::uint8_t>(rule)) != 0; }
};

// Failures are kInvalidArgument "card.message_invalid", "card.profile_class", "der.*" or those of
// the identifiers. Elements this card does not know are skipped.
Result<StoredMetadata> read_metadata(ByteView bf25);

// "install", "enable", "disable", "delete".
std::string_view to_string(NotificationEvent event);

}  // namespace berth::euicc
