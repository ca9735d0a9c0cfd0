// ES9+ in the ASN.1 binding, as IoT clients speak it, over real sockets.

#include <catch2/catch.hpp>

#include "tests/scenario/world.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT

lpa::Outcome<lpa::DownloadReport> download(World& world, Phone& phone, const std::string& code,
                                           lpa::DownloadOptions options = {}) {
  options.device = kDevice;
  lpa::Lpa lpa(phone.card(), phone.transport(), world.clock(), nullptr, lpa::Binding::kAsn1);
  return lpa.download(*rsp::sgp22::ActivationCode::parse(code), options);
}

std::string pair_of(const lpa::Failure& failure) {
  return failure.subject_code + "/" + failure.reason_code;
}

}  // namespace

TEST_CASE("a card of either curve downloads over the ASN.1 binding", "[scenario]") {
  const Curve curve = GENERATE(Curve::kP256, Curve::kBrainpoolP256r1);
  WorldOptions options;
  options.curves = {Curve::kP256, Curve::kBrainpoolP256r1};
  World world(options);
  const auto order = world.order("alpha");
  auto phone = world.phone(CardShape{.signs = {curve}, .verifies = {curve}});
  const auto report = download(world, *phone, order.activation_code);
  INFO((report ? "" : report.error().step + ": " + report.error().message));
  REQUIRE(report.ok());
  CHECK(report->end == lpa::DownloadEnd::kInstalled);
  CHECK(phone->card().state().notifications.empty());
  CHECK(world.profile_state("alpha", order.iccid) == "Installed");

  REQUIRE(phone->card().enable_profile(order.iccid).ok());
  lpa::Lpa lpa(phone->card(), phone->transport(), world.clock(), nullptr, lpa::Binding::kAsn1);
  const auto sent = lpa.send_notifications();
  REQUIRE(sent.size() == 1);
  CHECK_FALSE(sent.front().failure.has_value());
}

TEST_CASE("refusals and cancels keep their meaning over the ASN.1 binding", "[scenario]") {
  World world;
  const auto order = world.order(
      "alpha", [](smdpplus::OrderRequest& request) { request.confirmation_code = "123456"; });
  auto phone = world.phone(kAlphaEid);
  const auto unknown = download(world, *phone, "1$rsp.alpha.example$NO-SUCH-CODE");
  REQUIRE_FALSE(unknown.ok());
  CHECK(pair_of(unknown.error()) == "8.2.6/3.8");
  const auto wrong =
      download(world, *phone, order.activation_code, {.confirmation_codes = {"000000"}});
  REQUIRE_FALSE(wrong.ok());
  CHECK(pair_of(wrong.error()) == "8.2.7/3.8");
  const auto cancelled = download(world, *phone, order.activation_code,
                                  {.confirmation_codes = {"123456"},
                                   .cancel_after = lpa::StopPoint::kAuthenticated,
                                   .cancel_reason = lpa::kCancelPostponed});
  REQUIRE(cancelled.ok());
  CHECK(cancelled->end == lpa::DownloadEnd::kCancelled);
  const auto done =
      download(world, *phone, order.activation_code, {.confirmation_codes = {"123456"}});
  REQUIRE(done.ok());
  CHECK(world.profile_state("alpha", order.iccid) == "Installed");
}
