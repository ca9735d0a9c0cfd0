#include "kernel/host/host_keys.h"

#include <catch2/catch.hpp>

#include "tests/kernel/host/next_hsm.h"

namespace berth::host {
namespace {

struct Scene {
  Scene() { testing::bind_next(world); }
  std::unique_ptr<HostKeys> open() {
    auto keys = HostKeys::open(world.host().configuration().host, registry, op);
    if (!keys) FAIL(keys.error().message());
    return std::move(*keys);
  }
  scenario::World world;
  plugins::Registry registry{{&world.clock(), nullptr}, {.keys = {}, .allow_unsigned = true}};
  plugins::Op op{"test", "", std::chrono::nanoseconds::max()};
};

std::string reason_of(const Result<Bytes>& result) {
  return result ? "" : std::string(result.error().reason());
}

}  // namespace

TEST_CASE("a key is made in the HSM that was meant, and found through both", "[host]") {
  Scene scene;
  const auto keys = scene.open();
  REQUIRE(keys->next() != nullptr);
  const auto here = keys->generate(scene.op, {"here", Curve::kP256});
  const auto there = keys->generate(scene.op, {"there", Curve::kBrainpoolP256r1, true});
  REQUIRE(here.ok());
  REQUIRE(there.ok());
  CHECK(keys->hsm().open_key(scene.op, "here").ok());
  CHECK_FALSE(keys->hsm().open_key(scene.op, "there").ok());
  CHECK(keys->next()->open_key(scene.op, "there").ok());
  const auto found = keys->identity_hsm().open_key(scene.op, "there");
  REQUIRE(found.ok());
  CHECK(*keys->identity_hsm().public_point(scene.op, **found) == *there);
  CHECK(*keys->identity_hsm().curve(scene.op, **found) == Curve::kBrainpoolP256r1);
}

TEST_CASE("one name means one key, in whichever HSM it is", "[host]") {
  Scene scene;
  const auto keys = scene.open();
  REQUIRE(keys->generate(scene.op, {"there", Curve::kP256, true}).ok());
  for (const bool next : {false, true}) {
    CHECK(reason_of(keys->generate(scene.op, {"there", Curve::kP256, next})) ==
          "key.reference_taken");
    CHECK(reason_of(keys->generate(scene.op, {"p256-dpauth", Curve::kP256, next})) ==
          "key.reference_taken");
  }
  CHECK_FALSE(keys->generate(scene.op, {"No Such Name", Curve::kP256}).ok());
}

TEST_CASE("a request is signed by its key in either HSM, on either curve", "[host]") {
  Scene scene;
  const auto keys = scene.open();
  for (const Curve curve : {Curve::kP256, Curve::kBrainpoolP256r1}) {
    for (const bool next : {false, true}) {
      const std::string name =
          std::string(next ? "next-" : "now-") + (curve == Curve::kP256 ? "a" : "b");
      REQUIRE(keys->generate(scene.op, {name, curve, next}).ok());
      const auto pem = keys->request(scene.op, {name, {"CN=a", "2.999.10"}});
      if (!pem) FAIL(pem.error().message());
      CHECK(pem->starts_with("-----BEGIN CERTIFICATE REQUEST-----"));
    }
  }
}

TEST_CASE("a key that does not sign has no certificate requested, nor one that is not there",
          "[host]") {
  Scene scene;
  const auto keys = scene.open();
  CHECK(keys->request(scene.op, {"berth-kek", {"CN=a"}}).error().reason() == "key.not_for_signing");
  REQUIRE(
      keys->hsm().generate_pair(scene.op, "agrees", Curve::kP256, plugins::KeyUsage::kAgree).ok());
  const auto refused = keys->request(scene.op, {"agrees", {"CN=a"}});
  CHECK(refused.error().reason() == "key.not_for_signing");
  CHECK(refused.error().message().find("'agrees'") != std::string::npos);
  CHECK(keys->request(scene.op, {"nowhere", {"CN=a"}}).error().code() == ErrorCode::kNotFound);
  CHECK(keys->request(scene.op, {"p256-dpauth", {"x"}}).error().reason() == "pki.request_subject");
}

}  // namespace berth::host
