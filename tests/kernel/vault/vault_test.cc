#include "kernel/vault/vault.h"

#include <catch2/catch.hpp>
#include <optional>

#include "kernel/vault/seal_format.h"
#include "tests/kernel/vault/fakes.h"

namespace {

using namespace berth;         // NOLINT
using namespace berth::vault;  // NOLINT
using berth::plugins::Op;
using berth::vault::testing::failure;
using berth::vault::testing::FakeHsm;
using berth::vault::testing::FakeStore;

const Op kOp{"test", "", std::chrono::nanoseconds::max()};
const TenantId kTenant = *TenantId::parse("mvno-17");
const TenantId kOther = *TenantId::parse("mvno-18");
constexpr std::string_view kKek = "kek";

struct World {
  FakeHsm hsm;
  FakeStore store;
  SystemRandom random;
  std::vector<WrappedDataKey> keys;

  void add_key(std::uint32_t id, const TenantId& tenant = kTenant) {
    keys.push_back(*create_data_key(hsm, kOp, kKek, tenant, id, random));
  }
  Result<std::unique_ptr<Vault>> try_open(const TenantId& tenant = kTenant) {
    return Vault::open(tenant, hsm, kOp, kKek, keys, store, random);
  }
  std::unique_ptr<Vault> open(const TenantId& tenant = kTenant) { return *try_open(tenant); }
};

template <class T>
std::string reason_of(const Result<T>& result) {
  return result ? "" : std::string(result.error().reason());
}

}  // namespace

TEST_CASE("the first data key makes the wrapping key, the next ones use it", "[vault][R128:part]") {
  World world;
  world.add_key(1);
  const auto kek = world.hsm.keys.at(std::string(kKek));
  world.add_key(2);
  CHECK(world.hsm.keys.size() == 1);
  CHECK(world.hsm.keys.at(std::string(kKek)) == kek);
  CHECK(world.keys[0].wrapped != world.keys[1].wrapped);
  CHECK(reason_of(create_data_key(world.hsm, kOp, kKek, kTenant, 0, world.random)) ==
        "vault.key_ids");
}

TEST_CASE("values and objects come back, and rest as noise", "[vault][R128:part]") {
  World world;
  world.add_key(1);
  const auto vault = world.open();
  const Bytes secret = to_bytes(as_bytes("a package nobody should read in the store"));
  REQUIRE(vault->put(kOp, "packages/1", secret));
  CHECK(equal(vault->get(kOp, "packages/1", 1000)->view(), secret));
  const Bytes sealed = vault->seal("binding/1/keys", secret);
  CHECK(equal(vault->unseal("binding/1/keys", sealed)->view(), secret));
  for (const Bytes& resting : {world.store.objects.at("packages/1"), sealed}) {
    CHECK(std::search(resting.begin(), resting.end(), secret.begin(), secret.begin() + 9) ==
          resting.end());
  }
  CHECK(world.hsm.unwraps == 1);  // once, when the vault was opened
}

TEST_CASE("a second put replaces, a removed object is not found", "[vault]") {
  World world;
  world.add_key(1);
  const auto vault = world.open();
  REQUIRE(vault->put(kOp, "x", Bytes{1}));
  REQUIRE(vault->put(kOp, "x", Bytes{2, 3}));
  CHECK(vault->get(kOp, "x", 10)->size() == 2);
  REQUIRE(vault->remove(kOp, "x"));
  REQUIRE(vault->remove(kOp, "x"));
  CHECK(reason_of(vault->get(kOp, "x", 10)) == "storage.not_found");
}

TEST_CASE("another tenant's data key does not open, even behind the same HSM key",
          "[vault][R128:part]") {
  World world;
  world.add_key(1);
  CHECK(reason_of(world.try_open(kOther)) == "vault.wrong_key");
  CHECK(world.try_open(kTenant));
}

TEST_CASE("another tenant's octets do not open, even under the same data key",
          "[vault][R128:part]") {
  World world;
  world.add_key(1);
  const auto vault = world.open();
  REQUIRE(vault->put(kOp, "x", Bytes{1, 2, 3}));
  const Bytes value = vault->seal("p", Bytes{1});

  World foreign;
  foreign.add_key(1, kOther);
  foreign.store.objects = world.store.objects;
  const auto other = foreign.open(kOther);
  CHECK(reason_of(other->get(kOp, "x", 10)) == "vault.tampered");
  CHECK(reason_of(other->unseal("p", value)) == "vault.tampered");
}

TEST_CASE("a value opens for its own purpose only, an object under its own name",
          "[vault][R128:part]") {
  World world;
  world.add_key(1);
  const auto vault = world.open();
  const Bytes value = vault->seal("binding/1/keys", Bytes{1});
  CHECK(reason_of(vault->unseal("binding/2/keys", value)) == "vault.tampered");
  CHECK(reason_of(vault->unseal("", value)) == "vault.tampered");
  REQUIRE(vault->put(kOp, "a", Bytes{1}));
  world.store.objects["b"] = world.store.objects["a"];
  CHECK(reason_of(vault->get(kOp, "b", 10)) == "vault.tampered");
  world.store.objects["a"] = value;
  CHECK(reason_of(vault->get(kOp, "a", 10)) == "vault.not_sealed");
}

TEST_CASE("what an old data key sealed opens after rotation, the newest seals",
          "[vault][R128:part]") {
  World world;
  world.add_key(1);
  const Bytes old_value = world.open()->seal("p", Bytes{1});
  REQUIRE(world.open()->put(kOp, "old", Bytes{2}));
  world.add_key(2);
  // The order in which the ledger hands them over does not matter.
  std::swap(world.keys[0], world.keys[1]);
  const auto vault = world.open();
  CHECK(vault->unseal("p", old_value)->size() == 1);
  CHECK(vault->get(kOp, "old", 10)->size() == 1);
  CHECK(*sealing_key_id(SealedKind::kValue, vault->seal("p", {})) == 2);

  std::erase_if(world.keys, [](const WrappedDataKey& key) { return key.key_id == 1; });
  const auto forgetful = world.open();
  CHECK(reason_of(forgetful->unseal("p", old_value)) == "vault.unknown_key");
  CHECK(reason_of(forgetful->get(kOp, "old", 10)) == "vault.unknown_key");
}

TEST_CASE("a key list that cannot be right does not open a vault", "[vault]") {
  World world;
  CHECK(reason_of(world.try_open()) == "vault.no_key");
  world.add_key(1);
  SECTION("twice the same number") {
    world.keys.push_back(world.keys[0]);
    CHECK(reason_of(world.try_open()) == "vault.key_ids");
  }
  SECTION("renumbered") {
    world.keys[0].key_id = 2;
    CHECK(reason_of(world.try_open()) == "vault.wrong_key");
  }
  SECTION("changed") {
    world.keys[0].wrapped.back() ^= 1;
    CHECK(reason_of(world.try_open()) == "vault.wrong_key");
  }
  SECTION("emptied") {
    world.keys[0].wrapped.clear();
    CHECK(reason_of(world.try_open()) == "vault.wrong_key");
  }
  SECTION("under another wrapping key") {
    world.hsm.keys.clear();
    REQUIRE(world.hsm.generate_wrapping_key(kOp, kKek));
    CHECK(reason_of(world.try_open()) == "vault.wrong_key");
  }
  SECTION("without its wrapping key") {
    world.hsm.keys.clear();
    CHECK(reason_of(world.try_open()) == "vault.no_wrapping_key");
  }
}

TEST_CASE("an HSM that is away is not taken for a wrong key", "[vault]") {
  World world;
  world.add_key(1);
  world.hsm.next_unwrap_failure = failure(ErrorCode::kUnavailable, "hsm.away");
  CHECK(reason_of(world.try_open()) == "hsm.away");
}

TEST_CASE("failures of the store arrive as they are", "[vault]") {
  World world;
  world.add_key(1);
  const auto vault = world.open();
  world.store.next_failure = failure(ErrorCode::kResourceExhausted, "storage.full");
  CHECK(reason_of(vault->put(kOp, "x", Bytes{1})) == "storage.full");
  CHECK(reason_of(vault->get(kOp, "x", 10)) == "storage.full");
  CHECK(reason_of(vault->remove(kOp, "x")) == "storage.full");
}

TEST_CASE("the limit of an object counts its plain octets", "[vault]") {
  World world;
  world.add_key(1);
  const auto vault = world.open();
  REQUIRE(vault->put(kOp, "x", Bytes(kFrameSize + 10)));
  CHECK(vault->get(kOp, "x", kFrameSize + 10));
  CHECK(reason_of(vault->get(kOp, "x", kFrameSize + 9)) == "vault.too_large");
  CHECK(reason_of(vault->get(kOp, "x", 0)) == "vault.too_large");
}

TEST_CASE("the largest object is kept, one octet more is refused before it is sealed", "[vault]") {
  World world;
  world.add_key(1);
  const auto vault = world.open();
  const Bytes largest(kMaxPlainSize + 1, 0x77);
  CHECK(reason_of(vault->put(kOp, "x", largest)) == "vault.too_large");
  CHECK(world.store.objects.empty());
  REQUIRE(vault->put(kOp, "x", ByteView(largest).first(kMaxPlainSize)));
  CHECK(vault->get(kOp, "x", UINT64_MAX)->size() == kMaxPlainSize);
}
