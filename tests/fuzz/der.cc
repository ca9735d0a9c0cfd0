// Strict DER: what is read is written back octet for octet.

#include "kernel/rsp/der/der.h"

#include "tests/fuzz/fuzz.h"

namespace berth::fuzz {
namespace {

constexpr int kMaxDepth = 20;

void check_contents(ByteView value) {
  if (const auto number = rsp::der::to_unsigned(value)) {
    must_hold(equal(rsp::der::integer_contents(*number), value), "an INTEGER has one encoding");
  }
  if (const auto text = rsp::der::oid_to_text(value)) {
    const auto again = rsp::der::oid_from_text(*text);
    must_hold(again.ok() && equal(*again, value), "an OID has one encoding");
  }
  const auto flag = rsp::der::to_boolean(value);
  must_hold(!flag || value.size() == 1, "a BOOLEAN is one octet");
}

void walk(ByteView input, int depth) {
  check_contents(input);
  if (depth == kMaxDepth) return;
  rsp::der::Reader reader(input);
  while (!reader.at_end()) {
    const std::size_t before = reader.rest().size();
    const auto peeked = reader.peek();
    const auto one = reader.next();
    if (!one) {
      must_hold(reader.rest().size() == before, "a failure consumes nothing");
      return;
    }
    must_hold(peeked.ok() && *peeked == one->tag, "peek tells the next tag");
    must_hold(one->whole.size() + reader.rest().size() == before, "elements lie end to end");
    must_hold(equal(rsp::der::tlv(one->tag, one->value), one->whole), "an element is canonical");
    must_hold(rsp::der::parse_single(one->whole, one->tag).ok(), "an element stands alone");
    walk(one->value, depth + 1);
  }
  must_hold(reader.finish().ok(), "the end is the end");
}

}  // namespace

void one_input(ByteView input) {
  walk(input, 0);
  if (const auto oid = rsp::der::oid_from_text(as_text(input))) {
    const auto text = rsp::der::oid_to_text(*oid);
    must_hold(text.ok() && *text == as_text(input), "OID text has one form");
  }
}

}  // namespace berth::fuzz
