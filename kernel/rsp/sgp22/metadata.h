// StoreMetadataRequest BF25 (SGP.22 §5.5.3): what the card and the user see of a profile.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel/base/identifiers.h"

namespace berth::rsp::sgp22 {

enum class ProfileClass : std::uint8_t { kTest = 1, kProvisioning = 2, kOperational = 3 };

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
  // All events (install, enable, disable, delete) go to this address; empty: none are sent.
  std::string notification_address;
  std::optional<OperatorId> owner;
};

// "metadata.invalid" when a limit above is exceeded.
Result<Bytes> encode_metadata(const ProfileMetadata& metadata);
Result<ProfileMetadata> parse_metadata(ByteView der);

}  // namespace berth::rsp::sgp22
