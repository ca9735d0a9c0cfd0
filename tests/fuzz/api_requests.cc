// Queries and bodies of the operator API. The first octet chooses.

#include "kernel/api/json_request.h"
#include "kernel/api/query.h"
#include "tests/fuzz/fuzz.h"

namespace berth::fuzz {
namespace {

constexpr std::size_t kMaxText = 64;

void query(std::string_view raw) {
  const auto parsed = api::Query::parse(raw);
  if (!parsed) return;
  const auto number = parsed->number("max", 7, 1000);
  must_hold(!number || (*number >= 0 && *number <= 1000), "a number is within its bounds");
  must_hold(parsed->text("absent-name").empty() || raw.find("absent-name") != raw.npos ||
                raw.find('%') != raw.npos,
            "what is not there is empty");
}

void body(std::string_view json) {
  const auto request = api::JsonRequest::parse(json, {"eid", "iccid", "count"});
  if (!request) return;
  for (const char* name : {"eid", "iccid", "count"}) {
    const auto text = request->text(name, kMaxText);
    must_hold(!text || (!text->empty() && text->size() <= kMaxText), "text is within its bounds");
    must_hold(!text || request->has(name), "text is of a member");
    if (text) {
      api::parse_typed_eid(*text).ok();
      api::parse_typed_iccid(*text).ok();
    }
  }
}

void escapes(ByteView octets) {
  std::string escaped;
  bool zero = false;
  for (const std::uint8_t octet : octets) {
    escaped += "%" + to_hex({&octet, 1});
    zero = zero || octet == 0;
  }
  const auto decoded = api::percent_decode(escaped);
  must_hold(decoded.ok() == !zero, "every octet but NUL can be escaped");
  must_hold(!decoded || *decoded == as_text(octets), "and comes back");
}

}  // namespace

void one_input(ByteView input) {
  Choices choices(input);
  switch (choices.octet() % 3) {
    case 0:
      return query(choices.rest_text());
    case 1:
      return body(choices.rest_text());
    default:
      escapes(choices.rest());
  }
}

}  // namespace berth::fuzz
