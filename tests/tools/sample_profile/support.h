// A subscriber and what the validator makes of its package.

#pragma once

#include <string>

#include "kernel/saip/package.h"
#include "tools/sample-profile/identity.h"
#include "tools/sample-profile/sample_profile.h"
#include "tools/sample-profile/seeded_random.h"

namespace berth::sample_profile::test {

inline Subscriber subscriber(std::uint64_t number = 1) {
  return {.iccid = numbered_iccid(number),
          .imsi = numbered_imsi(number),
          .mnc_digits = 2,
          .name = "Emea Mobile"};
}

inline bool contains(ByteView all, ByteView part) {
  return as_text(all).find(as_text(part)) != std::string_view::npos;
}

}  // namespace berth::sample_profile::test
