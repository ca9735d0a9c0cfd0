// Goal: while a host moves to another HSM, each key is found where it is, used where it is, and
// none stands in for one that is out of reach.

#include "kernel/trust/hsm_pair.h"

#include <catch2/catch.hpp>
#include <set>

namespace berth::trust {
namespace {

using plugins::Op;
using KeyResult = Result<std::unique_ptr<plugins::HsmKey>>;

const Op kOp{"test", "", std::chrono::nanoseconds::max()};

// Knows its keys by name; what it wraps begins with its own letter.
class Letter final : public plugins::Hsm {
 public:
  explicit Letter(std::uint8_t letter, ErrorCode missing = ErrorCode::kNotFound)
      : letter_(letter), missing_(missing) {}

  std::set<std::string, std::less<>> names;

  Result<plugins::HsmLimits> limits(const Op&) override {
    return plugins::HsmLimits{letter_, 100U - letter_, 7};
  }
  KeyResult open_key(const Op&, std::string_view reference) override {
    if (!names.contains(reference)) return Error(missing_, "test.missing", "test");
    return key();
  }
  KeyResult generate_ephemeral(const Op&, Curve) override { return key(); }
  KeyResult generate_pair(const Op&, std::string_view label, Curve, plugins::KeyUsage) override {
    names.emplace(label);
    return key();
  }
  KeyResult generate_wrapping_key(const Op&, std::string_view label) override {
    names.emplace(label);
    return key();
  }
  Result<Curve> curve(const Op&, const plugins::HsmKey&) override { return Curve::kP256; }
  Result<Bytes> public_point(const Op&, const plugins::HsmKey& key) override { return octets(key); }
  Result<plugins::RawSignature> sign(const Op&, const plugins::HsmKey& key,
                                     const Sha256&) override {
    plugins::RawSignature signature{};
    signature.front() = octets(key).front();
    return signature;
  }
  Result<SecretBytes> agree_x963(const Op&, const plugins::HsmKey& key, ByteView, ByteView,
                                 std::size_t) override {
    return SecretBytes::copy_of(octets(key));
  }
  Result<Bytes> wrap(const Op&, const plugins::HsmKey& key, ByteView, ByteView) override {
    return octets(key);
  }
  Result<SecretBytes> unwrap(const Op&, const plugins::HsmKey& key, ByteView, ByteView) override {
    return SecretBytes::copy_of(octets(key));
  }

 private:
  struct Key final : plugins::HsmKey {
    explicit Key(const Letter& hsm) : owner(hsm) {}
    const Letter& owner;
  };
  KeyResult key() const { return std::unique_ptr<plugins::HsmKey>(std::make_unique<Key>(*this)); }
  // A key of the other one is never handed in.
  Bytes octets(const plugins::HsmKey& key) const {
    CHECK(&dynamic_cast<const Key&>(key).owner == this);
    return {letter_};
  }
  std::uint8_t letter_;
  ErrorCode missing_;
};

}  // namespace

TEST_CASE("a key is the first's, or the second's when the first has none of that name", "[trust]") {
  Letter first(1);
  Letter second(2);
  HsmPair pair(first, second);
  first.names = {"both"};
  second.names = {"both", "new"};
  for (const auto& [name, letter] : {std::pair("both", 1), std::pair("new", 2)}) {
    INFO(name);
    const auto key = pair.open_key(kOp, name);
    REQUIRE(key.ok());
    CHECK(pair.sign(kOp, **key, {})->front() == letter);
    CHECK(pair.public_point(kOp, **key)->front() == letter);
    CHECK(pair.wrap(kOp, **key, {}, {})->front() == letter);
    CHECK(pair.unwrap(kOp, **key, {}, {})->view()[0] == letter);
    CHECK(pair.agree_x963(kOp, **key, {}, {}, 1)->view()[0] == letter);
    CHECK(pair.curve(kOp, **key).ok());
  }
  CHECK(pair.open_key(kOp, "nowhere").error().code() == ErrorCode::kNotFound);
}

TEST_CASE("what a pair makes new is made in the first", "[trust]") {
  Letter first(1);
  Letter second(2);
  HsmPair pair(first, second);
  REQUIRE(pair.generate_wrapping_key(kOp, "kek").ok());
  REQUIRE(pair.generate_pair(kOp, "sign", Curve::kP256, plugins::KeyUsage::kSign).ok());
  CHECK(first.names == std::set<std::string, std::less<>>{"kek", "sign"});
  CHECK(second.names.empty());
  const auto once = pair.generate_ephemeral(kOp, Curve::kP256);
  REQUIRE(once.ok());
  CHECK(pair.public_point(kOp, **once)->front() == 1);
}

TEST_CASE("a first HSM that is out of reach is told, one that could have no such name is passed by",
          "[trust]") {
  Letter second(2);
  second.names = {"key"};
  for (const ErrorCode code : {ErrorCode::kUnavailable, ErrorCode::kResourceExhausted,
                               ErrorCode::kPermissionDenied, ErrorCode::kInternal}) {
    Letter first(1, code);
    CHECK(HsmPair(first, second).open_key(kOp, "key").error().code() == code);
  }
  for (const ErrorCode code : {ErrorCode::kNotFound, ErrorCode::kInvalidArgument}) {
    Letter first(1, code);
    CHECK(HsmPair(first, second).open_key(kOp, "key").ok());
  }
}

TEST_CASE("the limits of a pair are the narrower of both", "[trust]") {
  Letter first(1);
  Letter second(2);
  const auto limits = HsmPair(first, second).limits(kOp);
  REQUIRE(limits.ok());
  CHECK(limits->max_concurrency == 1);
  CHECK(limits->max_open_keys == 98);
  CHECK(limits->max_wrap_bytes == 7);
}

}  // namespace berth::trust
