#include "kernel/base/secret_bytes.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <type_traits>
#include <vector>

using berth::Bytes;
using berth::SecretBytes;

static_assert(!std::is_copy_constructible_v<SecretBytes>);
static_assert(!std::is_copy_assignable_v<SecretBytes>);

TEST_CASE("a new secret is zeroed and has the size asked for", "[base]") {
  const SecretBytes secret(5000);
  CHECK(secret.size() == 5000);
  CHECK(std::all_of(secret.view().begin(), secret.view().end(), [](auto b) { return b == 0; }));
}

TEST_CASE("a small secret lies in the locked heap, a large one in pages of its own", "[base]") {
  const SecretBytes small(48);
  CHECK(CRYPTO_secure_allocated(small.view().data()) == 1);
  const SecretBytes large(100'000);
  CHECK(CRYPTO_secure_allocated(large.view().data()) == 0);
}

TEST_CASE("more secrets than the locked heap holds are kept all the same", "[base]") {
  std::vector<SecretBytes> secrets;
  for (std::uint8_t i = 0; i < 250; ++i) {
    secrets.emplace_back(32'000);
    secrets.back().mutable_view()[31'999] = i;
  }
  for (std::uint8_t i = 0; i < 250; ++i) CHECK(secrets[i].view()[31'999] == i);
}

TEST_CASE("a secret's place is zero for the next one", "[base]") {
  for (int round = 0; round < 100; ++round) {
    SecretBytes secret(64);
    const auto view = secret.mutable_view();
    CHECK(std::all_of(view.begin(), view.end(), [](auto b) { return b == 0; }));
    std::fill(view.begin(), view.end(), std::uint8_t{0xA5});
  }
}

TEST_CASE("an empty secret is a value like any other", "[base]") {
  SecretBytes secret;
  CHECK(secret.empty());
  CHECK(SecretBytes(0).empty());
  CHECK(SecretBytes::copy_of({}).empty());
  secret = SecretBytes::copy_of(Bytes{1});
  CHECK(secret.size() == 1);
}

TEST_CASE("taking octets into a secret empties and wipes where they were", "[base]") {
  Bytes source = {1, 2, 3, 4};
  const std::uint8_t* where = source.data();
  const SecretBytes secret = SecretBytes::take(std::move(source));
  CHECK(berth::equal(secret.view(), Bytes{1, 2, 3, 4}));
  CHECK(source.empty());  // NOLINT: the contract says so
  // The vector keeps its memory, so the octets it held can be looked at.
  REQUIRE(source.capacity() >= 4);
  CHECK(std::all_of(where, where + 4, [](auto octet) { return octet == 0; }));
}

TEST_CASE("a moved secret leaves nothing behind", "[base]") {
  SecretBytes first = SecretBytes::copy_of(Bytes{9, 8});
  SecretBytes second = std::move(first);
  CHECK(first.empty());  // NOLINT: the contract says so
  CHECK(berth::equal(second.view(), Bytes{9, 8}));
  SecretBytes third = SecretBytes::copy_of(Bytes{1});
  third = std::move(second);
  CHECK(berth::equal(third.view(), Bytes{9, 8}));
  SecretBytes& alias = third;
  third = std::move(alias);
  CHECK(third.size() == 2);
}

TEST_CASE("wiping overwrites every octet", "[base]") {
  Bytes octets(100, 0xAA);
  berth::wipe(octets);
  CHECK(octets == Bytes(100, 0));
  berth::wipe({});
}
