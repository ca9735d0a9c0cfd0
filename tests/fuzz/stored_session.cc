// Sessions in the table that nodes share: what is read is written back the same, what was changed
// is refused or another session.

#include "kernel/smdpplus/session_codec.h"
#include "tests/fuzz/fuzz.h"
#include "tests/kernel/smdpplus/session_samples.h"

namespace berth::fuzz {
namespace {

using namespace smdpplus;           // NOLINT: one format
using namespace smdpplus::testing;  // NOLINT: its samples

void check(ByteView octets) {
  const auto session = decode_session(octets, find_sample);
  if (!session) return;
  const Session& read = **session;
  must_hold(read.identity != nullptr, "a session has its certificates");
  const bool authenticated = read.state != SessionState::kInitiated;
  must_hold(authenticated == read.iccid.has_value(), "a download comes with its profile");
  must_hold(!authenticated || read.card.has_value(), "a download comes with its card");
  const auto written = encode_session(read);
  must_hold(written.ok() && equal(*written, octets), "there is one way to write a session");
}

}  // namespace

void one_input(ByteView input) {
  Choices choices(input);
  const std::uint8_t kind = choices.octet() % 3;
  if (kind == 0) return check(choices.rest());
  auto session = begun(1);
  if (kind == 2) authenticate(*session);
  check(patched(*encode_session(*session), choices));
}

}  // namespace berth::fuzz
