#include "kernel/rsp/sgp22/cancel_reason.h"

#include <catch2/catch.hpp>

#include "kernel/rsp/sgp22/status_codes.h"

namespace berth::rsp::sgp22 {
namespace {

TEST_CASE("postponed and timeout keep the order and report nothing", "[rsp][sgp22]") {
  for (std::uint64_t reason = 0; reason <= 300; ++reason) {
    CAPTURE(reason);
    const CancelReason cancelled = cancel_reason(reason);
    const bool keeps = reason == 1 || reason == 2;
    CHECK((cancelled.effect == CancelEffect::kKeepOrder) == keeps);
    CHECK(cancelled.report.has_value() != keeps);
    CHECK_FALSE(cancelled.name.empty());
  }
}

TEST_CASE("cancel reasons report the pairs of the specification", "[rsp][sgp22]") {
  CHECK(cancel_reason(0).name == "endUserRejection");
  CHECK(cancel_reason(0).report->pair() == "8.8.5/3.8");
  CHECK(cancel_reason(3).report->pair() == "8.2.8/1.2");
  CHECK(cancel_reason(4).report->pair() == "8.2.9/3.11");
  CHECK(cancel_reason(5).report->pair() == "8.2.10/4.2");
  CHECK(cancel_reason(20).report->pair() == "8.2.13/3.12");
  CHECK(cancel_reason(127).report->pair() == "8/4.2");
  CHECK(cancel_reason(99).name == "unknown");
  CHECK(cancel_reason(99).report->pair() == "8/4.2");
}

TEST_CASE("every reported pair can be explained", "[rsp][sgp22]") {
  for (std::uint64_t reason = 0; reason <= 127; ++reason) {
    const CancelReason cancelled = cancel_reason(reason);
    if (!cancelled.report) continue;
    CAPTURE(reason);
    CHECK_FALSE(subject_name(cancelled.report->subject_code).empty());
    CHECK_FALSE(reason_name(cancelled.report->reason_code).empty());
  }
}

}  // namespace
}  // namespace berth::rsp::sgp22
