#include "kernel/plugins/call.h"

#include <catch2/catch.hpp>
#include <limits>

namespace {

using namespace berth;           // NOLINT
using namespace berth::plugins;  // NOLINT
using namespace std::chrono_literals;

struct Fixture {
  ManualClock clock{1000};
  Op op{"request-1", "key-1", 2000ms};
  Call call{op, clock, "org.example.test (mvno-17/hsm)"};

  berth_status fail(berth_status code, std::string_view reason, std::string_view message = "why",
                    std::uint32_t retry_after_ms = 0) {
    return call.op()->fail(call.op(), code, abi(reason), abi(message), retry_after_ms);
  }
  std::string reason_of(berth_status status) {
    const auto result = call.finish(status);
    return result ? "" : std::string(result.error().reason());
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "the plugin sees who asks and how long it may take", "[plugins]") {
  const berth_op* seen = call.op();
  CHECK(seen->struct_size == sizeof(berth_op));
  CHECK(text_of(seen->request_id) == "request-1");
  CHECK(text_of(seen->idempotency_key) == "key-1");
  CHECK(seen->deadline_ns == 2'000'000'000);
  const Op unlimited{"", "", std::chrono::nanoseconds::max()};
  CHECK(Call(unlimited, clock, "x").op()->deadline_ns == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE_METHOD(Fixture, "a call is cancelled once its deadline has passed", "[plugins]") {
  CHECK(call.before());
  CHECK_FALSE(call.op()->cancelled(call.op()));
  clock.advance(999ms);
  CHECK_FALSE(call.op()->cancelled(call.op()));
  clock.advance(1ms);
  CHECK(call.op()->cancelled(call.op()));
  CHECK(call.before().error().reason() == "plugin.deadline");
}

TEST_CASE_METHOD(Fixture, "success is success", "[plugins]") { CHECK(call.finish(BERTH_OK)); }

TEST_CASE_METHOD(Fixture, "the plugin's own story passes through", "[plugins]") {
  const auto result =
      call.finish(fail(BERTH_UNAVAILABLE, "acme.device_away", "the device is away", 1500));
  REQUIRE_FALSE(result);
  CHECK(result.error().code() == ErrorCode::kUnavailable);
  CHECK(result.error().reason() == "acme.device_away");
  CHECK(result.error().message() == "plugin org.example.test (mvno-17/hsm): the device is away");
  CHECK(result.error().retry_after() == 1500ms);
}

TEST_CASE_METHOD(Fixture, "a failure without a delay says that waiting does not help",
                 "[plugins]") {
  CHECK_FALSE(call.finish(fail(BERTH_NOT_FOUND, "acme.gone")).error().retry_after().has_value());
}

TEST_CASE_METHOD(Fixture, "every failure of the ABI keeps its code", "[plugins]") {
  for (berth_status code = 1; code <= 15; ++code) {
    Call each(op, clock, "x");
    const auto status = each.op()->fail(each.op(), code, abi("a.b"), abi("c"), 0);
    CHECK(static_cast<berth_status>(each.finish(status).error().code()) == code);
  }
}

TEST_CASE_METHOD(Fixture, "a failure without a story is misbehaviour", "[plugins]") {
  CHECK(reason_of(BERTH_NOT_FOUND) == "plugin.misbehaved");
}

TEST_CASE_METHOD(Fixture, "success after a reported failure is misbehaviour", "[plugins]") {
  fail(BERTH_NOT_FOUND, "a.b");
  CHECK(reason_of(BERTH_OK) == "plugin.misbehaved");
}

TEST_CASE_METHOD(Fixture, "two stories for one call are misbehaviour", "[plugins]") {
  fail(BERTH_NOT_FOUND, "a.b");
  fail(BERTH_NOT_FOUND, "a.b");
  CHECK(reason_of(BERTH_NOT_FOUND) == "plugin.misbehaved");
}

TEST_CASE_METHOD(Fixture, "a status other than the one reported is misbehaviour", "[plugins]") {
  fail(BERTH_NOT_FOUND, "a.b");
  CHECK(reason_of(BERTH_UNAVAILABLE) == "plugin.misbehaved");
}

TEST_CASE_METHOD(Fixture, "a status that does not exist is misbehaviour", "[plugins]") {
  for (const berth_status status : {-1, 16, std::numeric_limits<berth_status>::min()}) {
    Call each(op, clock, "x");
    static_cast<void>(each.op()->fail(each.op(), status, abi("a.b"), abi("c"), 0));
    CHECK(each.finish(status).error().reason() == "plugin.misbehaved");
  }
}

TEST_CASE_METHOD(Fixture, "a reason that is no slug is misbehaviour", "[plugins]") {
  for (const std::string& bad :
       {std::string(), std::string("Two Words"), std::string("a\nb"), std::string(65, 'a')}) {
    Call each(op, clock, "x");
    const auto status = each.op()->fail(each.op(), BERTH_INTERNAL, abi(bad), abi("c"), 0);
    CHECK(each.finish(status).error().reason() == "plugin.misbehaved");
  }
}

TEST_CASE_METHOD(Fixture, "a message is capped and cannot forge a line", "[plugins]") {
  const auto result = call.finish(fail(BERTH_INTERNAL, "a.b", "x\n" + std::string(100'000, 'y')));
  CHECK(result.error().message().size() < 700);
  CHECK(result.error().message().find('\n') == std::string::npos);
}

TEST_CASE_METHOD(Fixture, "null strings count as empty", "[plugins]") {
  const auto status = call.op()->fail(call.op(), BERTH_INTERNAL, {nullptr, 7}, {nullptr, 9}, 0);
  CHECK(reason_of(status) == "plugin.misbehaved");
  CHECK(text_of({nullptr, 5}).empty());
}
