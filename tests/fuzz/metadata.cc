// Profile metadata: what is written again is read as the same.

#include "kernel/rsp/sgp22/metadata.h"

#include "tests/fuzz/fuzz.h"

namespace berth::fuzz {

void one_input(ByteView input) {
  const auto first = rsp::sgp22::parse_metadata(input);
  if (!first) return;
  must_hold(first->service_provider_name.size() <= 32, "a provider's name is bounded");
  must_hold(first->profile_name.size() <= 64, "a profile's name is bounded");
  must_hold(first->icon.size() <= 1024, "an icon is bounded");
  const auto written = rsp::sgp22::encode_metadata(*first);
  if (!written) return;
  const auto second = rsp::sgp22::parse_metadata(*written);
  must_hold(second.ok(), "what is written can be read");
  const auto again = rsp::sgp22::encode_metadata(*second);
  must_hold(again.ok() && *again == *written, "writing is settled after one round");
}

}  // namespace berth::fuzz
