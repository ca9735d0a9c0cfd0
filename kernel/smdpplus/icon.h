// An icon as SGP.22 §5.5.3 wants it: 64×64 pixels in PNG or JPEG. Pure, fuzzable.

#pragma once

#include "kernel/base/bytes.h"
#include "kernel/base/result.h"
#include "kernel/rsp/sgp22/metadata.h"

namespace berth::smdpplus {

inline constexpr std::uint32_t kIconPixels = 64;  // width and height

// What the octets are. Looks at the file's frame and dimensions, not at the pixels. Failures are
// kInvalidArgument "profile_type.icon".
Result<rsp::sgp22::IconType> read_icon(ByteView octets);

}  // namespace berth::smdpplus
