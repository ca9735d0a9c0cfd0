// The backend: keys that live in a PKCS#11 token.
//
// Thread-safe after start, up to the configured number of sessions.

#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "berth/sdk/hsm.h"
#include "key.h"
#include "token.h"

namespace pkcs11 {

inline constexpr std::uint32_t kMaxWrapOctets = 64 * 1024;
inline constexpr std::size_t kMaxDerivedOctets = 1024;
inline constexpr std::size_t kMaxSharedInfoOctets = 1024;
inline constexpr std::size_t kMaxRandomOctets = 1024 * 1024;
inline constexpr std::size_t kDigestOctets = 32;
inline constexpr std::size_t kSignatureOctets = 64;

// A lock that is waited for only so long: who holds it may hang in the device.
class OneAtATime {
 public:
  explicit OneAtATime(std::chrono::milliseconds most) : most_(most) {}
  // Throws UNAVAILABLE "pkcs11.stuck".
  void lock();
  void unlock();

 private:
  const std::chrono::milliseconds most_;
  std::mutex mutex_;
  std::condition_variable free_;
  bool taken_ = false;
};

class Backend final : public berth::sdk::HsmBackend {
 public:
  Backend(berth::sdk::Host host, const berth::sdk::Config& config);

  void start(const berth::sdk::Op& op) override;
  void drain(const berth::sdk::Op& op) override;
  berth::sdk::Health health(const berth::sdk::Op& op) override;

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

 private:
  // Where the X9.63 KDF is computed: found out at the first agreement.
  enum class Kdf { kUnknown, kInside, kOutside };

  Token& token();
  OpenKeys& keys();
  void look_around(Session& session);
  void sweep(Session& session);
  std::unique_ptr<Key> generate(Session& session, const berth::sdk::HsmKeySpec& spec);
  // use(Session&, CK_OBJECT_HANDLE) with the key where it is at present.
  template <class Use>
  auto with_key(const berth::sdk::Op& op, const Key& key, Use use);
  bool offers(std::uint32_t mechanism) const;
  void require_mechanism(std::uint32_t mechanism, bool fits) const;
  SecretOctets derive(Session& session, CK_OBJECT_HANDLE key, const berth::sdk::HsmAgree& params,
                      bool inside, std::size_t size);
  SecretOctets agreed(Session& session, CK_OBJECT_HANDLE key, const berth::sdk::HsmAgree& params,
                      std::size_t size);

  berth::sdk::Host host_;
  Config config_;
  std::optional<Token> token_;    // from start on
  std::optional<OpenKeys> keys_;  // from start on; closed keys reach for it
  std::vector<std::uint32_t> mechanisms_;
  bool hardware_ = false;  // the slot says that the token is a device
  OneAtATime names_;       // a name is taken or freed by one call at a time
  std::atomic<Kdf> kdf_{Kdf::kUnknown};
};

template <class Use>
auto Backend::with_key(const berth::sdk::Op& op, const Key& key, Use use) {
  return token().with_session(op, [&](Session& session) {
    CK_OBJECT_HANDLE object = key.resolve(session);
    try {
      return use(session, object);
    } catch (const CallFailed& failed) {
      if (trouble_of(failed.value) == Trouble::kObject) key.forget();
      throw;
    }
  });
}

}  // namespace pkcs11
