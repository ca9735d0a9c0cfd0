// Doubles of an HSM and a store, in memory, for the vault's tests.

#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include "kernel/plugins/hsm.h"
#include "kernel/plugins/object_store.h"
#include "kernel/vault/gcm.h"

namespace berth::vault::testing {

inline Error failure(ErrorCode code, std::string_view reason) {
  return {code, reason, "as the test wants"};
}

// Keeps wrapping keys only; everything else is refused.
class FakeHsm final : public plugins::Hsm {
 public:
  struct Key final : plugins::HsmKey {
    explicit Key(GcmKey octets) : value(octets) {}
    GcmKey value;
  };
  using KeyResult = Result<std::unique_ptr<plugins::HsmKey>>;

  std::map<std::string, GcmKey, std::less<>> keys;
  std::optional<Error> next_unwrap_failure;
  int unwraps = 0;

  Result<plugins::HsmLimits> limits(const plugins::Op&) override { return plugins::HsmLimits{}; }
  KeyResult open_key(const plugins::Op&, std::string_view reference) override {
    const auto found = keys.find(reference);
    if (found == keys.end()) return failure(ErrorCode::kNotFound, "hsm.key_not_found");
    return std::unique_ptr<plugins::HsmKey>(std::make_unique<Key>(found->second));
  }
  KeyResult generate_ephemeral(const plugins::Op&, Curve) override { return unsupported(); }
  KeyResult generate_pair(const plugins::Op&, std::string_view, Curve, plugins::KeyUsage) override {
    return unsupported();
  }
  KeyResult generate_wrapping_key(const plugins::Op& op, std::string_view label) override {
    if (keys.contains(label)) return failure(ErrorCode::kAlreadyExists, "hsm.key_exists");
    GcmKey key{};
    SystemRandom().fill(key);
    keys.emplace(label, key);
    return open_key(op, label);
  }
  Result<Curve> curve(const plugins::Op&, const plugins::HsmKey&) override { return unsupported(); }
  Result<Bytes> public_point(const plugins::Op&, const plugins::HsmKey&) override {
    return unsupported();
  }
  Result<plugins::RawSignature> sign(const plugins::Op&, const plugins::HsmKey&,
                                     const Sha256&) override {
    return unsupported();
  }
  Result<SecretBytes> agree_x963(const plugins::Op&, const plugins::HsmKey&, ByteView, ByteView,
                                 std::size_t) override {
    return unsupported();
  }
  Result<Bytes> wrap(const plugins::Op&, const plugins::HsmKey& kek, ByteView aad,
                     ByteView plain) override {
    Bytes wrapped = SystemRandom().bytes(12);
    wrapped.resize(12 + plain.size() + kGcmTagSize);
    gcm_seal(dynamic_cast<const Key&>(kek).value, nonce_of(wrapped), aad, plain,
             std::span(wrapped).subspan(12));
    return wrapped;
  }
  Result<SecretBytes> unwrap(const plugins::Op&, const plugins::HsmKey& kek, ByteView aad,
                             ByteView wrapped) override {
    ++unwraps;
    if (next_unwrap_failure) return *next_unwrap_failure;
    if (wrapped.size() < 28) return failure(ErrorCode::kDataLoss, "hsm.unwrap_failed");
    SecretBytes plain(wrapped.size() - 28);
    if (!gcm_open(dynamic_cast<const Key&>(kek).value, nonce_of(wrapped), aad, wrapped.subspan(12),
                  plain.mutable_view())) {
      return failure(ErrorCode::kDataLoss, "hsm.unwrap_failed");
    }
    return plain;
  }

 private:
  static Error unsupported() { return failure(ErrorCode::kUnsupported, "test.unsupported"); }
  static GcmNonce nonce_of(ByteView wrapped) {
    GcmNonce nonce{};
    std::copy_n(wrapped.begin(), nonce.size(), nonce.begin());
    return nonce;
  }
};

class FakeStore final : public plugins::ObjectStore {
 public:
  std::map<std::string, Bytes, std::less<>> objects;
  std::map<std::string, UnixMs, std::less<>> times;  // when each was put, by this store's clock
  UnixMs now_ms = 1'790'000'000'000;                 // that clock; a test moves it
  std::optional<Error> next_failure;

  Result<plugins::ObjectInfo> put(const plugins::Op&, std::string_view name, ByteView body,
                                  bool if_absent) override {
    if (next_failure) return *next_failure;
    if (if_absent && objects.contains(name)) {
      return failure(ErrorCode::kAlreadyExists, "storage.exists");
    }
    objects[std::string(name)] = to_bytes(body);
    times[std::string(name)] = now_ms;
    return plugins::ObjectInfo{body.size(), "etag", now_ms};
  }
  Result<Bytes> get(const plugins::Op&, std::string_view name, std::uint64_t max_size) override {
    if (next_failure) return *next_failure;
    const auto found = objects.find(name);
    if (found == objects.end()) return failure(ErrorCode::kNotFound, "storage.not_found");
    if (found->second.size() > max_size) {
      return failure(ErrorCode::kResourceExhausted, "storage.too_large");
    }
    return found->second;
  }
  Result<plugins::ObjectInfo> stat(const plugins::Op&, std::string_view name) override {
    if (next_failure) return *next_failure;
    const auto found = objects.find(name);
    if (found == objects.end()) return failure(ErrorCode::kNotFound, "storage.not_found");
    return plugins::ObjectInfo{found->second.size(), "etag", times.find(name)->second};
  }
  Result<void> remove(const plugins::Op&, std::string_view name) override {
    if (next_failure) return *next_failure;
    if (const auto found = objects.find(name); found != objects.end()) objects.erase(found);
    return {};
  }
  Result<std::vector<std::string>> list(const plugins::Op&, std::string_view prefix,
                                        std::string_view after, std::size_t max) override {
    if (next_failure) return *next_failure;
    std::vector<std::string> names;
    for (auto at = objects.upper_bound(after); at != objects.end() && names.size() < max; ++at) {
      if (at->first.starts_with(prefix)) names.push_back(at->first);
    }
    return names;
  }
};

}  // namespace berth::vault::testing
