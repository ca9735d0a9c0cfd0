// Several certificate issuers at once: whom a card verifies and who vouches for it may differ.

#include <catch2/catch.hpp>

#include "tests/scenario/world.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT

constexpr Curve kNist = Curve::kP256;
constexpr Curve kBrainpool = Curve::kBrainpoolP256r1;

std::string outcome(World& world, const CardShape& shape) {
  const auto order = world.order("alpha");
  auto phone = world.phone(shape);
  const auto report = phone->download(order.activation_code);
  if (!report) {
    return report.error().step + " " + report.error().subject_code + "/" +
           report.error().reason_code + " " + report.error().reason;
  }
  return world.profile_state("alpha", order.iccid);
}

}  // namespace

TEST_CASE("one host serves cards of two issuers on two curves, in any combination",
          "[scenario][R22]") {
  WorldOptions options;
  options.curves = {kNist, kBrainpool};
  World world(options);
  CHECK(outcome(world, {.signs = {kNist}, .verifies = {kNist}}) == "Installed");
  CHECK(outcome(world, {.signs = {kBrainpool}, .verifies = {kBrainpool}}) == "Installed");
  CHECK(outcome(world, {.signs = {kNist, kBrainpool}, .verifies = {kBrainpool, kNist}}) ==
        "Installed");
  // The server is verified under one issuer, the card under the other.
  CHECK(outcome(world, {.signs = {kBrainpool}, .verifies = {kNist}}) == "Installed");
  CHECK(outcome(world, {.signs = {kNist}, .verifies = {kBrainpool}}) == "Installed");
}

TEST_CASE("a card of an issuer that is not served is told so before anything else",
          "[scenario][R20]") {
  WorldOptions both;
  both.curves = {kNist, kBrainpool};
  World foreign(both);  // its cards are not ours
  World world;
  auto phone = foreign.phone({.signs = {kBrainpool}, .verifies = {kBrainpool}});
  auto honest = world.phone(kAlphaEid);
  lpa::Es9Client there(honest->transport(), "rsp.alpha.example");
  const auto refused =
      there.initiate_authentication(phone->card().euicc_challenge(), phone->card().euicc_info1());
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().subject_code + "/" + refused.error().reason_code == "8.8.2/3.1");
  CHECK(refused.error().message.find("the operator of this server: add the issuer") !=
        std::string::npos);
}

TEST_CASE("a card we know that cannot verify this server is told which certificate is missing",
          "[scenario]") {
  WorldOptions options;
  options.curves = {kNist, kBrainpool};
  // Brainpool cards are trusted, but the host has no certificate of its own under that issuer.
  options.host_members = R"({"smdp": [{
      "dpAuth": {"certificate": "pki/p256-dpauth.pem", "key": "p256-dpauth"},
      "dpPb": {"certificate": "pki/p256-dppb.pem", "key": "p256-dppb"}}]})";
  options.import_first_curve_only = true;
  World world(options);
  CHECK(outcome(world, {.signs = {kBrainpool}, .verifies = {kBrainpool}}).find("8.8.4/3.7") !=
        std::string::npos);
  CHECK(outcome(world, {.signs = {kBrainpool}, .verifies = {kNist}}) == "Installed");
}
