// Goal: keys are found again in a process that was started anew, and never mistaken for others.

#include <catch2/catch.hpp>

#include "tests/kernel/isolation/fixture.h"

namespace {

using namespace berth;             // NOLINT
using namespace berth::isolation;  // NOLINT
using berth::isolation::testing::kPlenty;
using berth::isolation::testing::Subject;
using berth::isolation::testing::Told;

// The signature begins with the name that the key was opened by.
struct Keys : Subject {
  Keys() : hsm(table<berth_hsm>(BERTH_HSM_V1)) {}

  berth_hsm_key* open(std::string_view reference) {
    InternalOp op(nullptr, "open", kPlenty);
    berth_hsm_key* key = nullptr;
    last = told(op, hsm->open_key(instance, op.abi(), {reference.data(), reference.size()}, &key));
    return key;
  }
  berth_hsm_key* generate(std::string_view label) {
    InternalOp op(nullptr, "generate", kPlenty);
    berth_hsm_key_spec spec{};
    spec.struct_size = sizeof(spec);
    spec.ephemeral = label.empty();
    spec.label = {label.data(), label.size()};
    berth_hsm_key* key = nullptr;
    last = told(op, hsm->generate_key(instance, op.abi(), &spec, &key));
    return key;
  }
  Told sign(berth_hsm_key* key) {
    InternalOp op(nullptr, "sign", kPlenty);
    std::uint8_t octets[64] = {};
    berth_buf out{octets, sizeof(octets), 0};
    Told answer = told(op, hsm->sign(instance, op.abi(), key, 1, {}, &out));
    answer.content.assign(reinterpret_cast<const char*>(octets), 3);
    return answer;
  }
  void kill_and_wait() {
    CHECK(get("crash").reason == "plugin.process_died");
    REQUIRE(get_when_back("pid").ok());
  }

  const berth_hsm* hsm;
  Told last;
};

}  // namespace

TEST_CASE_METHOD(Keys, "a key opened before a restart is found again by its reference",
                 "[isolation]") {
  berth_hsm_key* one = open("one");
  berth_hsm_key* two = generate("two");
  REQUIRE(one != nullptr);
  REQUIRE(two != nullptr);
  CHECK(sign(one).content == "one");
  kill_and_wait();
  // In the other order, so that the new process gives out their numbers the other way round.
  CHECK(sign(two).content == "two");
  CHECK(sign(one).content == "one");
  hsm->close_key(instance, one);
  hsm->close_key(instance, two);
}

TEST_CASE_METHOD(Keys, "a key that was never stored is lost with its process", "[isolation]") {
  berth_hsm_key* key = generate("");
  CHECK(sign(key).ok());
  kill_and_wait();
  const auto lost = sign(key);
  CHECK(lost.status == BERTH_FAILED_PRECONDITION);
  CHECK(lost.reason == "hsm.key_lost");
  hsm->close_key(instance, key);
}

TEST_CASE_METHOD(Keys, "failures of an isolated backend are told as its own", "[isolation]") {
  CHECK(open("nobody") == nullptr);
  CHECK(last.status == BERTH_NOT_FOUND);
  CHECK(last.reason == "hsm.key_not_found");
}

TEST_CASE_METHOD(Keys, "a key that was closed has left its place for the next one", "[isolation]") {
  for (int i = 0; i < 3; ++i) {
    berth_hsm_key* key = generate("slow to close");
    CAPTURE(last.reason);
    REQUIRE(key != nullptr);
    hsm->close_key(instance, key);
  }
}

TEST_CASE_METHOD(Keys, "an instance is not destroyed while a key of it is being closed",
                 "[isolation]") {
  hsm->close_key(instance, generate("slow to close"));
  process().entry().destroy(instance);
  REQUIRE(make("{}").ok());
  CHECK(get("destroyed-under-close").content == "no");
}

TEST_CASE_METHOD(Keys, "limits are cut to what crosses at once", "[isolation]") {
  InternalOp op(nullptr, "limits", kPlenty);
  berth_hsm_limits limits{};
  limits.struct_size = sizeof(limits);
  REQUIRE(hsm->limits(instance, op.abi(), &limits) == BERTH_OK);
  CHECK(limits.max_concurrency == 8);
  CHECK(limits.max_wrap_bytes == 64 * 1024);
}
