// The elements of the sample package, as octets. Private to this tool; sample_profile.h checks the
// subscriber before any of these is called.

#pragma once

#include <cstdint>

#include "kernel/base/bytes.h"
#include "kernel/base/secret_bytes.h"
#include "tools/sample-profile/sample_profile.h"

namespace berth::sample_profile {

// Numbers the elements in the order they are made.
class Elements {
 public:
  explicit Elements(const Subscriber& subscriber) : subscriber_(subscriber) {}

  Bytes header() const;
  Bytes master_file();
  Bytes puk_codes(Random& random);
  Bytes global_pins(Random& random);
  Bytes usim();
  Bytes optional_usim();  // only with a GID
  Bytes local_pins();
  Bytes network_access(Random& random);
  Bytes security_domain(Random& random);
  Bytes end();

  bool has_optional_usim() const {
    return !subscriber_.gid1_hex.empty() || !subscriber_.gid2_hex.empty();
  }

 private:
  Bytes element(std::uint32_t tag, ByteView components);

  const Subscriber& subscriber_;
  std::uint64_t last_identification_ = 0;
};

}  // namespace berth::sample_profile
