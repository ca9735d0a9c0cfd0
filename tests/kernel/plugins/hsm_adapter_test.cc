#include "kernel/plugins/hsm_adapter.h"

#include <catch2/catch.hpp>

#include "tests/kernel/plugins/fixture.h"

namespace {

using namespace berth;           // NOLINT
using namespace berth::plugins;  // NOLINT
using berth::plugins::testing::reason_of;
using namespace std::chrono_literals;

struct Fixture : berth::plugins::testing::Fixture {
  std::unique_ptr<Hsm> hsm_of(const std::string& plugin) { return *make_hsm(*create(plugin)); }
};

struct StrangeKey final : HsmKey {};

}  // namespace

TEST_CASE_METHOD(Fixture, "calls reach the backend and their answers come back", "[plugins]") {
  const auto hsm = hsm_of("good");
  CHECK(hsm->limits(op)->max_concurrency == 1);
  CHECK(hsm->limits(op)->max_wrap_bytes == 64);
  const auto key = *hsm->open_key(op, "key");
  CHECK(hsm->public_point(op, *key)->size() == 65);
  CHECK(hsm->sign(op, *key, Sha256{}));
  CHECK(hsm->agree_x963(op, *key, Bytes(65), {}, 48)->size() == 48);
  CHECK(hsm->wrap(op, *key, {}, Bytes(32))->size() == 60);
  CHECK(hsm->unwrap(op, *key, {}, Bytes(60))->size() == 32);
  CHECK(hsm->generate_ephemeral(op, Curve::kP256));
  CHECK(hsm->generate_wrapping_key(op, "kek"));
}

TEST_CASE_METHOD(Fixture, "a backend that cannot be right is not bound", "[plugins]") {
  CHECK(reason_of(make_hsm(*create("null_hsm_slot"))) == "plugin.null_slot");
  CHECK(reason_of(make_hsm(*create("short_hsm_table"))) == "plugin.interface_short");
  CHECK(reason_of(make_hsm(*create("zero_concurrency"))) == "plugin.misbehaved");
}

TEST_CASE_METHOD(Fixture, "answers of a wrong size are misbehaviour", "[plugins]") {
  const auto signer = hsm_of("short_signature");
  const auto key = *signer->open_key(op, "key");
  CHECK(reason_of(signer->sign(op, *key, Sha256{})) == "plugin.misbehaved");
  const auto liar = hsm_of("overfills");
  const auto other = *liar->open_key(op, "key");
  CHECK(reason_of(liar->agree_x963(op, *other, Bytes(65), {}, 16)) == "plugin.misbehaved");
}

TEST_CASE_METHOD(Fixture, "a key on a curve Berth does not speak is told apart", "[plugins]") {
  const auto hsm = hsm_of("good");
  const auto key = *hsm->open_key(op, "key");
  CHECK(reason_of(hsm->curve(op, *key)) == "hsm.curve_unknown");
}

TEST_CASE_METHOD(Fixture, "sizes out of range never reach the backend", "[plugins]") {
  const auto hsm = hsm_of("good");
  const auto key = *hsm->open_key(op, "key");
  CHECK(reason_of(hsm->wrap(op, *key, {}, Bytes(65))) == "hsm.wrap_too_large");
  CHECK(reason_of(hsm->unwrap(op, *key, {}, Bytes(27))) == "hsm.unwrap_failed");
  CHECK(reason_of(hsm->unwrap(op, *key, {}, Bytes(64 + 29))) == "hsm.unwrap_failed");
  CHECK(reason_of(hsm->unwrap(op, *key, {}, {})) == "hsm.unwrap_failed");
  CHECK(reason_of(hsm->agree_x963(op, *key, Bytes(65), {}, 0)) == "hsm.output_length");
  CHECK(reason_of(hsm->agree_x963(op, *key, Bytes(65), {}, 1025)) == "hsm.output_length");
}

TEST_CASE_METHOD(Fixture, "a key works with its own HSM only", "[plugins]") {
  const auto hsm = hsm_of("good");
  const auto other = hsm_of("good");
  const auto key = *other->open_key(op, "key");
  CHECK(reason_of(hsm->sign(op, *key, Sha256{})) == "hsm.foreign_key");
  CHECK(reason_of(hsm->sign(op, StrangeKey(), Sha256{})) == "hsm.foreign_key");
}

TEST_CASE_METHOD(Fixture, "a key may outlive the HSM it came from", "[plugins]") {
  auto hsm = hsm_of("good");
  const auto key = *hsm->open_key(op, "key");
  hsm.reset();
}

TEST_CASE_METHOD(Fixture, "a key handed out beside a failure is closed again", "[plugins]") {
  const auto hsm = hsm_of("key_after_fail");
  CHECK(reason_of(hsm->open_key(op, "key")) == "plugin.misbehaved");
  const std::string lines = log.until("key closed");
  const auto closed = lines.find("key closed");
  REQUIRE(closed != std::string::npos);
  CHECK(lines.find("key closed", closed + 1) == std::string::npos);
  CHECK(hsm->generate_ephemeral(op, Curve::kP256));
}

TEST_CASE_METHOD(Fixture, "a call without time left is not made", "[plugins]") {
  const auto hsm = hsm_of("good");
  CHECK(reason_of(hsm->open_key(within(-1ms), "key")) == "plugin.deadline");
}

TEST_CASE_METHOD(Fixture, "importing into a backend that does not import is refused", "[plugins]") {
  const auto instance = *create("good");
  const auto result = import_key(*instance, op, "key", Curve::kP256, KeyUsage::kSign, Bytes(32, 1));
  CHECK(reason_of(result) == "plugin.interface_missing");
  CHECK(result.error().code() == ErrorCode::kUnsupported);
}
