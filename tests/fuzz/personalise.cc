// Personalising templates as operators upload them, with values as their systems send them.

#include "kernel/saip/personalise.h"

#include "kernel/saip/package.h"
#include "tests/fuzz/fuzz.h"

namespace berth::fuzz {
namespace {

constexpr std::string_view kCanary = "\x5A\xC3\x96\x69\x3C\xA5\x0F\xF0";

// A secret of one of the sizes that matter, or none; always of the canary's octets.
SecretBytes secret(Choices& choices) {
  constexpr std::size_t kSizes[] = {0, 8, 16, 32};
  SecretBytes octets(kSizes[choices.below(std::size(kSizes))]);
  for (std::size_t i = 0; i < octets.size(); ++i) {
    octets.mutable_view()[i] = static_cast<std::uint8_t>(kCanary[i % kCanary.size()]);
  }
  return octets;
}

saip::Personalisation chosen(Choices& choices) {
  const char* const iccids[] = {"8931440000000000014", "89000123456789012341",
                                "8931440000000000015"};
  saip::Personalisation values{.iccid = *Iccid::parse(iccids[choices.below(3)])};
  const char* const imsis[] = {"001010123456789", "00101012345678", "310410"};
  values.imsi = choices.below(8) == 7 ? std::string(as_text(choices.take(choices.below(20))))
                                      : imsis[choices.below(3)];
  if (choices.below(2) == 1) values.mnc_digits = static_cast<std::uint8_t>(choices.below(5));
  if (choices.below(4) == 3) {
    const auto high = static_cast<std::uint16_t>(choices.octet() << 8);
    values.access_class = static_cast<std::uint16_t>(high | choices.octet());
  }
  const auto code = [&choices] {
    return SecretBytes::copy_of(as_bytes("73914628").first(choices.below(9)));
  };
  values.pin1 = code();
  values.puk1 = code();
  values.adm1 = choices.below(2) == 1 ? code() : secret(choices);
  values.k = secret(choices);
  values.opc = secret(choices);
  if (choices.below(4) == 3) values.op = secret(choices);
  return values;
}

}  // namespace

void one_input(ByteView input) {
  Choices choices(input);
  const saip::Personalisation values = chosen(choices);
  const ByteView package_template = choices.rest();
  const auto result = saip::personalise(package_template, values);
  if (!result) {
    must_hold(result.error().reason().starts_with("saip."), "refusals are of this room");
    must_hold(result.error().message().find(kCanary) == std::string::npos, "no secret is shown");
    return;
  }
  const auto before = saip::validate(package_template);
  const auto after = saip::validate(*result);
  must_hold(before && after, "a package of a package");
  must_hold(after->iccid == values.iccid && after->ef_iccid == values.iccid, "its ICCID");
  must_hold(after->imsi == values.imsi, "its IMSI");
  must_hold(after->elements.size() == before->elements.size(), "its elements");
  const auto again = saip::personalise(*result, values);
  must_hold(again.ok() && *again == *result, "a second time changes nothing");
}

}  // namespace berth::fuzz
