// Goal: data keys move to another HSM or wrapping key without touching what they seal, and no
// wrapping ever passes that does not open.

#include "kernel/vault/data_key.h"

#include <catch2/catch.hpp>

#include "kernel/vault/vault.h"
#include "tests/kernel/vault/fakes.h"

namespace berth::vault {
namespace {

using plugins::Op;
using testing::failure;
using testing::FakeHsm;
using testing::FakeStore;

const Op kOp{"test", "", std::chrono::nanoseconds::max()};
const TenantId kTenant = *TenantId::parse("mvno-17");
const TenantId kOther = *TenantId::parse("mvno-18");

struct World {
  FakeHsm old_hsm;
  FakeHsm new_hsm;
  FakeStore store;
  SystemRandom random;
  WrappedDataKey key = *create_data_key(old_hsm, kOp, "kek", kTenant, 1, random);

  WrappingKey before() { return {old_hsm, "kek"}; }
  WrappingKey after() { return {new_hsm, "kek-2"}; }
  Result<Bytes> rewrap() { return rewrap_data_key(before(), after(), kOp, kTenant, key); }
  Result<std::unique_ptr<Vault>> open(const WrappingKey& by) {
    return Vault::open(kTenant, by.hsm, kOp, by.reference, {key}, store, random);
  }
};

template <class T>
std::string reason_of(const Result<T>& result) {
  return result ? "" : std::string(result.error().reason());
}

// An HSM whose unwrap gives something else than was wrapped.
class Forgetful final : public plugins::Hsm {
 public:
  Result<plugins::HsmLimits> limits(const Op& op) override { return inner_.limits(op); }
  FakeHsm::KeyResult open_key(const Op& op, std::string_view name) override {
    return inner_.open_key(op, name);
  }
  FakeHsm::KeyResult generate_ephemeral(const Op& op, Curve curve) override {
    return inner_.generate_ephemeral(op, curve);
  }
  FakeHsm::KeyResult generate_pair(const Op& op, std::string_view label, Curve curve,
                                   plugins::KeyUsage usage) override {
    return inner_.generate_pair(op, label, curve, usage);
  }
  FakeHsm::KeyResult generate_wrapping_key(const Op& op, std::string_view label) override {
    return inner_.generate_wrapping_key(op, label);
  }
  Result<Curve> curve(const Op& op, const plugins::HsmKey& key) override {
    return inner_.curve(op, key);
  }
  Result<Bytes> public_point(const Op& op, const plugins::HsmKey& key) override {
    return inner_.public_point(op, key);
  }
  Result<plugins::RawSignature> sign(const Op& op, const plugins::HsmKey& key,
                                     const Sha256& digest) override {
    return inner_.sign(op, key, digest);
  }
  Result<SecretBytes> agree_x963(const Op& op, const plugins::HsmKey& key, ByteView peer,
                                 ByteView info, std::size_t size) override {
    return inner_.agree_x963(op, key, peer, info, size);
  }
  Result<Bytes> wrap(const Op& op, const plugins::HsmKey& key, ByteView aad,
                     ByteView plain) override {
    return inner_.wrap(op, key, aad, plain);
  }
  Result<SecretBytes> unwrap(const Op&, const plugins::HsmKey&, ByteView, ByteView) override {
    return SecretBytes(32);
  }

 private:
  FakeHsm inner_;
};

}  // namespace

TEST_CASE("what was sealed before a change of HSM opens after it", "[vault][R128:part]") {
  World world;
  const Bytes sealed = (*world.open(world.before()))->seal("p", Bytes{1, 2, 3});
  const auto next = world.rewrap();
  REQUIRE(next.ok());
  CHECK(world.new_hsm.keys.contains("kek-2"));
  world.key.next_wrapped = *next;
  // Either HSM serves as long as both wrappings stand; then the new one alone.
  CHECK((*world.open(world.before()))->unseal("p", sealed).ok());
  CHECK((*world.open(world.after()))->unseal("p", sealed).ok());
  world.key = {1, *next, {}};
  CHECK((*world.open(world.after()))->unseal("p", sealed).ok());
  CHECK(reason_of(world.open(world.before())) == "vault.wrong_key");
}

TEST_CASE("the wrapping key is rotated inside one HSM in the same way", "[vault][R128:part]") {
  World world;
  const WrappingKey next{world.old_hsm, "kek-2027"};
  const auto wrapped = rewrap_data_key(world.before(), next, kOp, kTenant, world.key);
  REQUIRE(wrapped.ok());
  CHECK(*opens(next, kOp, kTenant, 1, *wrapped));
  CHECK_FALSE(*opens(world.before(), kOp, kTenant, 1, *wrapped));
}

TEST_CASE("another tenant's or number's data key passes for no other", "[vault][R128:part]") {
  World world;
  const Bytes wrapped = *world.rewrap();
  CHECK(*opens(world.after(), kOp, kTenant, 1, wrapped));
  CHECK_FALSE(*opens(world.after(), kOp, kOther, 1, wrapped));
  CHECK_FALSE(*opens(world.after(), kOp, kTenant, 2, wrapped));
  CHECK_FALSE(*opens(world.after(), kOp, kTenant, 1, Bytes()));
  CHECK(reason_of(rewrap_data_key(world.before(), world.after(), kOp, kOther, world.key)) ==
        "vault.wrong_key");
}

TEST_CASE("an HSM that the data keys are not wrapped for is refused with the way out", "[vault]") {
  World world;
  const auto missing = world.open(world.after());
  CHECK(reason_of(missing) == "vault.no_wrapping_key");
  CHECK(missing.error().message().find("berthctl tenant rewrap-keys") != std::string::npos);
  CHECK_FALSE(*opens(world.after(), kOp, kTenant, 1, world.key.wrapped));
  REQUIRE(world.new_hsm.generate_wrapping_key(kOp, "kek-2").ok());
  CHECK(reason_of(world.open(world.after())) == "vault.wrong_key");
  CHECK(reason_of(rewrap_data_key(world.after(), world.before(), kOp, kTenant, world.key)) ==
        "vault.wrong_key");
}

TEST_CASE("an HSM that is away says so itself, and is not taken for one with a wrong key",
          "[vault]") {
  World world;
  world.old_hsm.next_unwrap_failure = failure(ErrorCode::kUnavailable, "pkcs11.token_lost");
  CHECK(reason_of(world.rewrap()) == "pkcs11.token_lost");
  CHECK(reason_of(opens(world.before(), kOp, kTenant, 1, world.key.wrapped)) ==
        "pkcs11.token_lost");
  CHECK(reason_of(world.open(world.before())) == "pkcs11.token_lost");
}

TEST_CASE("a wrapping that does not give back the data key is thrown away", "[vault]") {
  World world;
  Forgetful forgetful;
  CHECK(reason_of(rewrap_data_key(world.before(), {forgetful, "kek"}, kOp, kTenant, world.key)) ==
        "vault.rewrap_failed");
}

}  // namespace berth::vault
