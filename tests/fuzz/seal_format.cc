// Sealed octets: what was changed does not open; what was not, does.

#include "kernel/vault/seal_format.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/steady_random.h"

namespace berth::fuzz {
namespace {

using namespace vault;  // NOLINT: one format

const SealContext kContext{SealedKind::kObject, "alpha", "packages/1"};

}  // namespace

void one_input(ByteView input) {
  static const Bytes kKey(kDataKeySize, 0x5A);
  Choices choices(input);
  if (choices.octet() % 2 == 0) {
    const ByteView sealed = choices.rest();
    sealing_key_id(SealedKind::kValue, sealed).ok();
    // Not the key below: a fuzzer learns from comparisons what was sealed with that one.
    static const Bytes kOther(kDataKeySize, 0xA5);
    must_hold(!open_octets(kContext, kOther, sealed).ok(), "nobody can make sealed octets");
    return;
  }
  SteadyRandom random(3);
  // One frame and a bit, or a few octets.
  Bytes plain(choices.octet() % 8 == 0 ? kFrameSize - 8 : 0, 0x41);
  append(plain, choices.take(choices.below(64)));
  const Bytes good = seal_octets(kContext, 7, kKey, plain, random);
  must_hold(good.size() == sealed_size(plain.size()), "the size is foretold");
  const Bytes sealed = patched(good, choices);
  const auto opened = open_octets(kContext, kKey, sealed);
  must_hold(opened.ok() == (sealed == good), "what was changed does not open");
  if (opened) must_hold(equal(opened->view(), plain), "what was not changed is as it was");
}

}  // namespace berth::fuzz
