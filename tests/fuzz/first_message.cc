// A client's first message with its records, and the header that may stand before it.

#include "kernel/tls/first_message.h"

#include "kernel/tls/proxy_header.h"
#include "tests/fuzz/fuzz.h"

namespace berth::fuzz {

void one_input(ByteView input) {
  // An exact copy, so that reading one octet too many is found.
  const Bytes octets(input.begin(), input.end());
  tls::FirstMessage whole;
  whole.feed(octets);
  tls::FirstMessage piecemeal;
  for (const std::uint8_t& octet : octets) piecemeal.feed({&octet, 1});
  if (octets.size() <= tls::kMaxFirstMessage) {
    must_hold(whole.state() == piecemeal.state(), "it does not matter how a message is cut");
    must_hold(whole.server_name() == piecemeal.server_name(), "nor for the name");
    must_hold(whole.octets() == octets, "everything is kept");
  }
  const auto header = tls::read_proxy_header(octets);
  if (!header) return;
  const auto again = tls::read_proxy_header(tls::write_proxy_header(*header));
  must_hold(again.ok() && *again == *header, "a header that is read can be written");
}

}  // namespace berth::fuzz
