// The backend: keys in encrypted files and in memory, used through OpenSSL.
//
// Thread-safe after start, up to kMaxConcurrency calls.

#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "aes.h"
#include "berth/sdk/hsm.h"
#include "ec.h"
#include "key_store.h"

namespace softkeys {

inline constexpr std::uint32_t kMaxConcurrency = 64;
inline constexpr std::uint32_t kMaxOpenKeys = 4096;
inline constexpr std::uint32_t kMaxWrapOctets = 64 * 1024;
inline constexpr std::size_t kMaxDerivedOctets = 1024;
inline constexpr std::size_t kMaxSharedInfoOctets = 1024;
inline constexpr std::size_t kMaxRandomOctets = 1024 * 1024;
inline constexpr std::size_t kMaxCachedKeys = 1024;  // beyond it keys are decoded at every open
inline constexpr std::uint32_t kSymmetricBits = 256;

// A key as it is used; shared by the cache and every handle on it. Immutable.
struct KeyMaterial {
  KeyAttributes attributes;
  std::optional<EcKey> ec;  // when attributes.curve != 0
  SecretOctets symmetric;   // else
};

class Softkeys final : public berth::sdk::HsmBackend, public berth::sdk::HsmImporter {
 public:
  Softkeys(berth::sdk::Host host, const berth::sdk::Config& config);

  void start(const berth::sdk::Op& op) override;

  berth_hsm_limits limits(const berth::sdk::Op& op) override;
  std::span<const std::uint32_t> mechanisms(const berth::sdk::Op& op) override;
  std::unique_ptr<berth::sdk::HsmKey> open_key(const berth::sdk::Op& op,
                                               std::string_view reference) override;
  std::unique_ptr<berth::sdk::HsmKey> generate_key(const berth::sdk::Op& op,
                                                   const berth::sdk::HsmKeySpec& spec) override;
  void destroy_key(const berth::sdk::Op& op, std::string_view reference) override;
  berth_hsm_key_info describe_key(const berth::sdk::Op& op, const berth::sdk::HsmKey& key) override;
  void public_point(const berth::sdk::Op& op, const berth::sdk::HsmKey& key,
                    berth::sdk::OutBuffer sec1) override;
  void sign(const berth::sdk::Op& op, const berth::sdk::HsmKey& key, std::uint32_t mechanism,
            berth::sdk::ByteView digest, berth::sdk::OutBuffer signature) override;
  void agree(const berth::sdk::Op& op, const berth::sdk::HsmKey& key,
             const berth::sdk::HsmAgree& params, std::span<std::uint8_t> out) override;
  void wrap(const berth::sdk::Op& op, const berth::sdk::HsmKey& kek, std::uint32_t mechanism,
            berth::sdk::ByteView aad, berth::sdk::ByteView plain,
            berth::sdk::OutBuffer wrapped) override;
  void unwrap(const berth::sdk::Op& op, const berth::sdk::HsmKey& kek, std::uint32_t mechanism,
              berth::sdk::ByteView aad, berth::sdk::ByteView wrapped,
              berth::sdk::OutBuffer plain) override;
  void random(const berth::sdk::Op& op, std::span<std::uint8_t> fill) override;

  void import_key(const berth::sdk::Op& op, std::string_view reference,
                  const berth::sdk::HsmKeySpec& spec, berth::sdk::ByteView private_key) override;

 private:
  struct Cached {
    FileIdentity identity;
    std::shared_ptr<const KeyMaterial> material;
  };

  EcCurve& curve(std::uint32_t id);
  const KeyStore& store() const;
  std::shared_ptr<const KeyMaterial> material_of(StoredKey stored);
  std::shared_ptr<const KeyMaterial> generate_material(const KeyAttributes& attributes);
  std::unique_ptr<berth::sdk::HsmKey> make_handle(std::shared_ptr<const KeyMaterial> material);

  berth::sdk::Host host_;
  Config config_;
  Aes aes_;
  Kdf x963_;
  EcCurve p256_;
  EcCurve brainpool_;
  std::optional<KeyStore> store_;  // from start on
  std::atomic<std::uint32_t> open_keys_{0};
  std::mutex cache_mutex_;
  std::map<std::string, Cached, std::less<>> cache_;
};

}  // namespace softkeys
