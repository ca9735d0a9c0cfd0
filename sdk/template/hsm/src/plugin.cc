// An HSM backend: small and complete. Which call takes which key, and what it refuses; the keys
// themselves are crypto.cc and folder.cc.

#include <atomic>
#include <nlohmann/json.hpp>

#include "berth/sdk/hsm.h"
#include "crypto.h"
#include "folder.h"

namespace {

using namespace berth::sdk;

constexpr std::uint32_t kMaxOpenKeys = 256;
constexpr std::size_t kMaxWrap = 65536;
constexpr std::size_t kMaxAgree = 1024;
constexpr std::size_t kMaxRandom = 1024 * 1024;
constexpr std::uint32_t kMechanisms[] = {BERTH_MECH_ECDSA_SHA256, BERTH_MECH_ECKA_X963_SHA256,
                                         BERTH_MECH_AES_KW, BERTH_MECH_AES_GCM};

// One of the handles that may be open at once.
class Slot {
 public:
  explicit Slot(std::atomic<std::uint32_t>& open) : open_(open) {
    if (++open_ <= kMaxOpenKeys) return;
    --open_;
    throw Error(BERTH_RESOURCE_EXHAUSTED, "hsm.too_many_keys", "256 keys are open: close some")
        .with_retry_after_ms(100);
  }
  ~Slot() { --open_; }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

 private:
  std::atomic<std::uint32_t>& open_;
};

struct FolderKey final : HsmKey {
  explicit FolderKey(std::atomic<std::uint32_t>& open) : slot(open) {}
  Slot slot;
  Material material;
};

const Material& material(const HsmKey& key) { return static_cast<const FolderKey&>(key).material; }
const Material& material_for(const HsmKey& key, std::uint32_t usage) {
  if ((material(key).usage & usage) == 0) {
    throw Error(BERTH_PERMISSION_DENIED, "hsm.key_usage", "the key was not made for this use");
  }
  return material(key);
}

void require_mechanism(bool known) {
  if (!known) throw Error(BERTH_UNSUPPORTED, "hsm.mechanism", "this call has no such mechanism");
}
void require_length(bool good, const char* reason, const char* message) {
  if (!good) throw Error(BERTH_INVALID_ARGUMENT, reason, message);
}

void check_spec(const HsmKeySpec& spec) {
  if (spec.curve != 0 && spec.curve != BERTH_CURVE_P256 &&
      spec.curve != BERTH_CURVE_BRAINPOOL_P256R1) {
    throw Error(BERTH_UNSUPPORTED, "hsm.curve", "keys are of P-256 or brainpoolP256r1");
  }
  const std::uint32_t fit = spec.curve == 0 ? BERTH_KEY_WRAP | BERTH_KEY_UNWRAP  //
                                            : BERTH_KEY_SIGN | BERTH_KEY_AGREE;
  require_length(spec.usage != 0 && (spec.usage & ~fit) == 0, "hsm.key_spec",
                 "pairs sign or agree, symmetric keys wrap or unwrap");
  require_length(spec.curve != 0 || spec.bits == 256, "hsm.key_bits", "AES keys have 256 bits");
  require_length(!spec.ephemeral || spec.label.empty(), "hsm.key_spec",
                 "an ephemeral key has no label");
}

class FolderKeys final : public HsmBackend {
 public:
  FolderKeys(Host, const Config& config) : folder_(folder_of(config)) {}
  void start(const Op&) override { folder_.make(); }

  berth_hsm_limits limits(const Op&) override {
    berth_hsm_limits limits{};
    limits.max_concurrency = 64;
    limits.max_open_keys = kMaxOpenKeys;
    limits.max_wrap_bytes = kMaxWrap;
    return limits;
  }
  std::span<const std::uint32_t> mechanisms(const Op&) override { return kMechanisms; }

  std::unique_ptr<HsmKey> open_key(const Op&, std::string_view reference) override {
    auto key = std::make_unique<FolderKey>(open_);
    folder_.load(reference, key->material);
    return key;
  }
  std::unique_ptr<HsmKey> generate_key(const Op&, const HsmKeySpec& spec) override {
    check_spec(spec);
    auto key = std::make_unique<FolderKey>(open_);
    key->material.curve = spec.curve;
    key->material.usage = spec.usage;
    if (spec.curve != 0) {
      key->material.pair = new_pair(spec.curve);
    } else {
      key->material.secret.resize(kSecretOctets);
      random_octets(key->material.secret);
    }
    if (!spec.ephemeral && !folder_.save(spec.label, key->material)) {
      throw Error(BERTH_ALREADY_EXISTS, "hsm.key_exists", "the label is taken; take another");
    }
    return key;
  }
  void destroy_key(const Op&, std::string_view reference) override {
    if (!folder_.remove(reference)) not_found();
  }
  berth_hsm_key_info describe_key(const Op&, const HsmKey& key) override {
    berth_hsm_key_info info{};
    info.curve = material(key).curve;
    info.usage = material(key).usage;
    info.bits = info.curve == 0 ? 256 : 0;
    return info;
  }
  void public_point(const Op&, const HsmKey& key, OutBuffer sec1) override {
    require_length(material(key).curve != 0, "hsm.no_public_point", "a symmetric key has no point");
    point_of(material(key).pair, sec1.claim(kPointOctets));
  }

  void sign(const Op& op, const HsmKey& key, std::uint32_t mechanism, ByteView digest,
            OutBuffer signature) override {
    op.throw_if_cancelled();
    require_mechanism(mechanism == BERTH_MECH_ECDSA_SHA256);
    const Material& pair = material_for(key, BERTH_KEY_SIGN);
    require_length(digest.size() == 32, "hsm.digest_length", "a SHA-256 digest has 32 octets");
    sign_digest(pair.pair, digest, signature.claim(kSignatureOctets));
  }
  void agree(const Op& op, const HsmKey& key, const HsmAgree& params,
             std::span<std::uint8_t> out) override {
    op.throw_if_cancelled();
    require_mechanism(params.mechanism == BERTH_MECH_ECKA_X963_SHA256);
    const Material& pair = material_for(key, BERTH_KEY_AGREE);
    require_length(
        !out.empty() && out.size() <= kMaxAgree && params.shared_info.size() <= kMaxAgree,
        "hsm.agree_length", "1 to 1024 octets come of at most 1024 octets of shared info");
    agree_key(pair.pair, params.peer_point, params.shared_info, out);
  }
  void wrap(const Op& op, const HsmKey& kek, std::uint32_t mechanism, ByteView aad, ByteView plain,
            OutBuffer wrapped) override {
    op.throw_if_cancelled();
    require_mechanism(mechanism == BERTH_MECH_AES_GCM || mechanism == BERTH_MECH_AES_KW);
    const Material& key = material_for(kek, BERTH_KEY_WRAP);
    require_length(plain.size() <= kMaxWrap && aad.size() <= kMaxWrap, "hsm.wrap_length",
                   "at most 65536 octets can be wrapped");
    if (mechanism == BERTH_MECH_AES_GCM) {
      seal(key.secret, aad, plain, wrapped.claim(plain.size() + kGcmOverhead));
      return;
    }
    require_length(aad.empty() && plain.size() >= 16 && plain.size() % 8 == 0, "hsm.wrap_length",
                   "AES-KW takes 16 octets or more, a multiple of 8, and no associated data");
    key_wrap(key.secret, plain, wrapped.claim(plain.size() + kKeyWrapOverhead));
  }
  void unwrap(const Op& op, const HsmKey& kek, std::uint32_t mechanism, ByteView aad,
              ByteView wrapped, OutBuffer plain) override {
    op.throw_if_cancelled();
    require_mechanism(mechanism == BERTH_MECH_AES_GCM || mechanism == BERTH_MECH_AES_KW);
    const Material& key = material_for(kek, BERTH_KEY_UNWRAP);
    const bool gcm = mechanism == BERTH_MECH_AES_GCM;
    const std::size_t overhead = gcm ? kGcmOverhead : kKeyWrapOverhead;
    bool fits = wrapped.size() <= kMaxWrap + overhead && aad.size() <= kMaxWrap &&
                (gcm ? wrapped.size() >= overhead
                     : wrapped.size() >= 16 + overhead && wrapped.size() % 8 == 0 && aad.empty());
    if (fits) {
      const auto out = plain.claim(wrapped.size() - overhead);
      fits = gcm ? open(key.secret, aad, wrapped, out) : key_unwrap(key.secret, wrapped, out);
    }
    if (!fits) {
      throw Error(BERTH_DATA_LOSS, "hsm.unwrap_failed", "key, associated data and octets disagree");
    }
  }
  void random(const Op&, std::span<std::uint8_t> fill) override {
    require_length(fill.size() <= kMaxRandom, "hsm.random_length", "at most 1 MiB at a time");
    random_octets(fill);
  }

 private:
  static std::string folder_of(const Config& config) {
    auto options = nlohmann::json::parse(config.json(), nullptr, false);
    if (!options.is_object() || options.size() != 1 || !options.contains("folder") ||
        !options["folder"].is_string()) {
      throw Error(BERTH_INVALID_ARGUMENT, "folder_keys.config",
                  R"(the configuration is {"folder": "/where/keys/go"})");
    }
    return options["folder"].get<std::string>();
  }
  [[noreturn]] static void not_found() {
    throw Error(BERTH_NOT_FOUND, "hsm.key_not_found", "no key of that reference");
  }

  Folder folder_;
  std::atomic<std::uint32_t> open_{0};
};

}  // namespace

BERTH_HSM_PLUGIN(FolderKeys, "example.folder-keys", BERTH_PLUGIN_VERSION)
