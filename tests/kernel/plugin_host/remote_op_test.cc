// Goal: an isolated call's context keeps its deadline and carries the plugin's story home.

#include "kernel/plugin_host/remote_op.h"

#include <catch2/catch.hpp>
#include <limits>

namespace {

using namespace berth;               // NOLINT
using namespace berth::plugin_host;  // NOLINT

wire::CallHead head_with(std::int64_t remaining_ns) {
  return {1, 2, "request-1", "once", 12345, remaining_ns};
}

berth_str str(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

TEST_CASE("a call knows who asks and until when", "[plugin_host]") {
  RemoteOp op(head_with(std::numeric_limits<std::int64_t>::max()));
  CHECK(std::string_view(op.abi()->request_id.data, op.abi()->request_id.len) == "request-1");
  CHECK(std::string_view(op.abi()->idempotency_key.data, op.abi()->idempotency_key.len) == "once");
  CHECK(op.abi()->deadline_ns == 12345);
  CHECK_FALSE(op.abi()->cancelled(op.abi()));
  op.cancel();
  CHECK(op.abi()->cancelled(op.abi()));
}

TEST_CASE("a call past its time is cancelled by itself", "[plugin_host]") {
  RemoteOp op(head_with(-1));
  CHECK(op.abi()->cancelled(op.abi()));
}

TEST_CASE("the first story is kept and all of them are counted", "[plugin_host]") {
  RemoteOp op(head_with(0));
  CHECK(op.answer(BERTH_OK).failures == 0);
  CHECK(op.abi()->fail(op.abi(), BERTH_NOT_FOUND, str("a.b"), str("gone"), 7) == BERTH_NOT_FOUND);
  op.abi()->fail(op.abi(), BERTH_INTERNAL, str("c.d"), str("again"), 0);
  const wire::AnswerHead answer = op.answer(BERTH_NOT_FOUND);
  CHECK(answer.status == BERTH_NOT_FOUND);
  CHECK(answer.failures == 2);
  CHECK(answer.story.code == BERTH_NOT_FOUND);
  CHECK(answer.story.reason == "a.b");
  CHECK(answer.story.message == "gone");
  CHECK(answer.story.retry_after_ms == 7);
}

TEST_CASE("a story is cut to what fits a frame", "[plugin_host]") {
  RemoteOp op(head_with(0));
  const std::string endless(1 << 20, 'x');
  op.abi()->fail(op.abi(), BERTH_INTERNAL, str("a.b"), str(endless), 0);
  CHECK(op.answer(BERTH_INTERNAL).story.message.size() < 2000);
}
