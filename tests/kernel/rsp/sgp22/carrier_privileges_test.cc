#include "kernel/rsp/sgp22/carrier_privileges.h"

#include <catch2/catch.hpp>

#include "kernel/rsp/der/der.h"

namespace berth::rsp::sgp22 {
namespace {

using der::tlv;

Bytes application(std::size_t hash, std::optional<std::size_t> name) {
  Bytes fields = tlv(0xC1, Bytes(hash, 0xAB));
  if (name) append(fields, tlv(0xCA, Bytes(*name, 'a')));
  return tlv(0xE1, fields);
}
Bytes permissions(std::size_t size = 8) { return tlv(0xE3, tlv(0xDB, Bytes(size, 0))); }
Bytes rule(ByteView application, ByteView permissions) {
  return tlv(0xE2, {application, permissions});
}
bool accepted(ByteView rules) {
  const auto checked = check_carrier_privileges(tlv(0xBF76, rules));
  if (!checked) CHECK(checked.error().reason() == "metadata.carrier_privileges");
  return checked.ok();
}

TEST_CASE("one rule or several with either hash and any name are taken", "[rsp][sgp22]") {
  CHECK(accepted(rule(application(20, {}), permissions())));
  CHECK(accepted(rule(application(32, 0), permissions())));
  Bytes both = rule(application(32, 127), permissions());
  append(both, rule(application(20, 1), permissions()));
  CHECK(accepted(both));
}

TEST_CASE("rules of another shape are refused", "[rsp][sgp22]") {
  CHECK_FALSE(accepted({}));
  for (const std::size_t size : {0U, 19U, 21U, 31U, 33U}) {
    CHECK_FALSE(accepted(rule(application(size, {}), permissions())));
  }
  CHECK_FALSE(accepted(rule(application(20, 128), permissions())));
  CHECK_FALSE(accepted(rule(application(20, {}), permissions(7))));
  CHECK_FALSE(accepted(rule(application(20, {}), permissions(9))));
  CHECK_FALSE(accepted(rule(permissions(), application(20, {}))));
  CHECK_FALSE(accepted(tlv(0xE2, application(20, {}))));
  CHECK_FALSE(accepted(tlv(0xE2, permissions())));
  CHECK_FALSE(accepted(application(20, {})));
  Bytes longer = rule(application(20, {}), permissions());
  append(longer, tlv(0xE4, {}));
  CHECK_FALSE(accepted(longer));
  CHECK_FALSE(accepted(tlv(0xE2, {application(20, {}), permissions(), permissions()})));
  CHECK_FALSE(accepted(
      rule(tlv(0xE1, {tlv(0xC1, Bytes(20)), tlv(0xCA, {}), tlv(0xCA, {})}), permissions())));
  CHECK_FALSE(accepted(rule(application(20, {}), tlv(0xE3, {tlv(0xDB, Bytes(8)), tlv(0xDB, {})}))));
}

TEST_CASE("every cut of the element is refused", "[rsp][sgp22]") {
  const Bytes whole = tlv(0xBF76, rule(application(32, 10), permissions()));
  REQUIRE(check_carrier_privileges(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK_FALSE(check_carrier_privileges(ByteView(whole).first(size)));
  }
  CHECK_FALSE(check_carrier_privileges(tlv(0xBF22, rule(application(20, {}), permissions()))));
}

}  // namespace
}  // namespace berth::rsp::sgp22
