// The JSON of a profile type: what the operator writes, and what the ledger keeps (in canonical
// form: sorted members, no spaces). Pure.

#pragma once

#include <string_view>

#include "kernel/base/result.h"
#include "kernel/smdpplus/profile_types.h"

namespace berth::smdpplus {

inline constexpr std::size_t kMaxProfileTypeDocument = 32 * 1024;  // octets

// Every check that needs no tenant. kInvalidArgument "profile_type.invalid" naming the member,
// "profile_type.icon", or "metadata.*" when the standard's limits are broken. Unknown and repeated
// members are refused: a misspelt rule would be lost in silence.
Result<ProfileType> parse_profile_type(std::string_view document);

// What a card is told of a profile of this type, but for the notification address that stands in
// when the type names none.
rsp::sgp22::ProfileMetadata metadata_of(const ProfileType& type, const Iccid& iccid);

}  // namespace berth::smdpplus
