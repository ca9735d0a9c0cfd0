// An HSM in memory that makes P-256 key pairs and signs with them; everything else is refused.

#pragma once

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include <map>
#include <memory>
#include <string>

#include "kernel/plugins/hsm.h"

namespace berth::routing::testing {

class SigningHsm final : public plugins::Hsm {
 public:
  using KeyResult = Result<std::unique_ptr<plugins::HsmKey>>;
  int generated = 0;
  bool broken = false;  // signs no more
  bool astray = false;  // shows a public point that is on no curve

  Result<plugins::HsmLimits> limits(const plugins::Op&) override { return plugins::HsmLimits{}; }
  KeyResult open_key(const plugins::Op&, std::string_view reference) override {
    const auto found = keys_.find(reference);
    if (found == keys_.end()) return Error(ErrorCode::kNotFound, "hsm.key_not_found", "none");
    return std::unique_ptr<plugins::HsmKey>(std::make_unique<Key>(found->second));
  }
  KeyResult generate_pair(const plugins::Op& op, std::string_view label, Curve,
                          plugins::KeyUsage) override {
    ++generated;
    keys_.emplace(label, std::shared_ptr<EVP_PKEY>(EVP_EC_gen("P-256"), EVP_PKEY_free));
    return open_key(op, label);
  }
  Result<Bytes> public_point(const plugins::Op&, const plugins::HsmKey& key) override {
    Bytes point(65);
    std::size_t size = 0;
    EVP_PKEY_get_octet_string_param(of(key), OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point.data(),
                                    point.size(), &size);
    if (astray) point.back() ^= 1;
    return point;
  }
  Result<plugins::RawSignature> sign(const plugins::Op&, const plugins::HsmKey& key,
                                     const Sha256& digest) override {
    if (broken) return no();
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new(of(key), nullptr), EVP_PKEY_CTX_free);
    Bytes der(80);
    std::size_t size = der.size();
    EVP_PKEY_sign_init(context.get());
    EVP_PKEY_sign(context.get(), der.data(), &size, digest.data(), digest.size());
    const std::uint8_t* at = der.data();
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> parsed(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)), ECDSA_SIG_free);
    plugins::RawSignature raw{};
    BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), raw.data(), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), raw.data() + 32, 32);
    return raw;
  }

  KeyResult generate_ephemeral(const plugins::Op&, Curve) override { return no(); }
  KeyResult generate_wrapping_key(const plugins::Op&, std::string_view) override { return no(); }
  Result<Curve> curve(const plugins::Op&, const plugins::HsmKey&) override { return no(); }
  Result<SecretBytes> agree_x963(const plugins::Op&, const plugins::HsmKey&, ByteView, ByteView,
                                 std::size_t) override {
    return no();
  }
  Result<Bytes> wrap(const plugins::Op&, const plugins::HsmKey&, ByteView, ByteView) override {
    return no();
  }
  Result<SecretBytes> unwrap(const plugins::Op&, const plugins::HsmKey&, ByteView,
                             ByteView) override {
    return no();
  }

 private:
  struct Key final : plugins::HsmKey {
    explicit Key(std::shared_ptr<EVP_PKEY> of) : pair(std::move(of)) {}
    std::shared_ptr<EVP_PKEY> pair;
  };
  static EVP_PKEY* of(const plugins::HsmKey& key) {
    return dynamic_cast<const Key&>(key).pair.get();
  }
  static Error no() { return {ErrorCode::kUnsupported, "test.unsupported", "not in this test"}; }

  std::map<std::string, std::shared_ptr<EVP_PKEY>, std::less<>> keys_;
};

}  // namespace berth::routing::testing
