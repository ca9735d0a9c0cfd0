// The extensions of a client's first message.

#include "kernel/tls/client_hello.h"

#include "tests/fuzz/fuzz.h"

namespace berth::fuzz {

void one_input(ByteView input) {
  // An exact copy, so that reading one octet too many is found.
  const Bytes body(input.begin(), input.end());
  const tls::ClientHello hello = tls::read_client_hello({body, body, body, body});
  if (hello.server_name) {
    must_hold(hello.server_name->size() + 5 == body.size(), "a name fills its extension");
  }
  if (hello.groups) {
    must_hold(hello.groups->size() * 2 + 2 == body.size(), "a list fills its extension");
    must_hold(hello.groups == hello.signature_schemes, "lists of numbers are read alike");
  }
  for (const Bytes& id : hello.trusted_key_ids) must_hold(id.size() == 20, "a key id is a SHA-1");
}

}  // namespace berth::fuzz
