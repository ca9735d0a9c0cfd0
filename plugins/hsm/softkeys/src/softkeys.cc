#include "softkeys.h"

#include <openssl/core_names.h>
#include <openssl/rand.h>

#include <algorithm>
#include <utility>

namespace softkeys {
namespace {

using berth::sdk::ByteView;
using berth::sdk::Error;
using berth::sdk::HsmAgree;
using berth::sdk::HsmKey;
using berth::sdk::HsmKeySpec;
using berth::sdk::LogLevel;
using berth::sdk::Op;
using berth::sdk::OutBuffer;

constexpr std::uint32_t kMechanisms[] = {BERTH_MECH_ECDSA_SHA256, BERTH_MECH_ECKA_X963_SHA256,
                                         BERTH_MECH_AES_KW, BERTH_MECH_AES_GCM};

// One of the kMaxOpenKeys places, held as long as the handle lives.
class Place {
 public:
  explicit Place(std::atomic<std::uint32_t>& taken) : taken_(taken) {
    if (taken_.fetch_add(1) >= kMaxOpenKeys) {
      taken_.fetch_sub(1);
      throw Error(BERTH_RESOURCE_EXHAUSTED, "hsm.too_many_keys", "4096 keys are open");
    }
  }
  ~Place() { taken_.fetch_sub(1); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  std::atomic<std::uint32_t>& taken_;
};

class Handle final : public HsmKey {
 public:
  Handle(std::shared_ptr<const KeyMaterial> material, std::atomic<std::uint32_t>& taken)
      : place_(taken), material_(std::move(material)) {}
  const KeyMaterial& material() const { return *material_; }

 private:
  Place place_;
  std::shared_ptr<const KeyMaterial> material_;
};

const KeyMaterial& material(const HsmKey& key) {
  return static_cast<const Handle&>(key).material();
}

const KeyMaterial& material_for(const HsmKey& key, std::uint32_t usage) {
  const KeyMaterial& found = material(key);
  if ((found.attributes.usage & usage) == 0) {
    throw Error(BERTH_PERMISSION_DENIED, "hsm.key_usage", "the key was not made for this use");
  }
  return found;
}

[[noreturn]] void bad_spec(const char* what) {
  throw Error(BERTH_INVALID_ARGUMENT, "hsm.key_spec", what);
}

void require_mechanism(bool known) {
  if (!known) {
    throw Error(BERTH_UNSUPPORTED, "hsm.mechanism", "softkeys does not do this with such a key");
  }
}

[[noreturn]] void exists(std::string_view reference) {
  throw Error(BERTH_ALREADY_EXISTS, "hsm.key_exists",
              "there is a key called " + std::string(reference));
}

[[noreturn]] void missing(std::string_view reference) {
  throw Error(BERTH_NOT_FOUND, "hsm.key_not_found",
              "there is no key called " + std::string(reference));
}

KeyAttributes attributes_of(const HsmKeySpec& spec) {
  constexpr std::uint32_t kPair = BERTH_KEY_SIGN | BERTH_KEY_AGREE;
  constexpr std::uint32_t kSecret = BERTH_KEY_WRAP | BERTH_KEY_UNWRAP;
  if (spec.usage == 0) bad_spec("a key needs at least one use");
  if (spec.curve == 0) {
    if ((spec.usage & ~kSecret) != 0) bad_spec("symmetric keys wrap and unwrap, nothing else");
    if (spec.bits != kSymmetricBits) {
      throw Error(BERTH_UNSUPPORTED, "hsm.key_bits", "symmetric keys have 256 bits here");
    }
  } else {
    if ((spec.usage & ~kPair) != 0) bad_spec("key pairs sign and agree, nothing else");
    if (spec.bits != 0) bad_spec("bits is for symmetric keys");
  }
  return {spec.curve, spec.usage, spec.bits};
}

}  // namespace

Softkeys::Softkeys(berth::sdk::Host host, const berth::sdk::Config& config)
    : host_(host),
      config_(parse_config(config.json())),
      x963_(EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_X963KDF, nullptr)),
      p256_(BERTH_CURVE_P256),
      brainpool_(BERTH_CURVE_BRAINPOOL_P256R1) {
  if (x963_ == nullptr) crypto_failed("EVP_KDF_fetch");
}

void Softkeys::start(const Op& op) {
  ErrorQueueGuard guard;
  op.throw_if_cancelled();
  store_.emplace(KeyStore::open(config_));
  host_.log(LogLevel::kWarn,
            "softkeys keeps private keys in encrypted files and in this process's "
            "memory: it is for development and small hosts",
            {{"folder", config_.folder}});
}

EcCurve& Softkeys::curve(std::uint32_t id) {
  if (id == BERTH_CURVE_P256) return p256_;
  if (id == BERTH_CURVE_BRAINPOOL_P256R1) return brainpool_;
  throw Error(BERTH_UNSUPPORTED, "hsm.curve", "softkeys speaks P-256 and brainpoolP256r1");
}

const KeyStore& Softkeys::store() const {
  if (!store_) throw Error(BERTH_FAILED_PRECONDITION, "hsm.not_started", "start was not called");
  return *store_;
}

berth_hsm_limits Softkeys::limits(const Op&) {
  berth_hsm_limits limits{};
  limits.max_concurrency = kMaxConcurrency;
  limits.max_open_keys = kMaxOpenKeys;
  limits.max_wrap_bytes = kMaxWrapOctets;
  return limits;
}

std::span<const std::uint32_t> Softkeys::mechanisms(const Op&) { return kMechanisms; }

std::shared_ptr<const KeyMaterial> Softkeys::material_of(StoredKey stored) {
  auto made = std::make_shared<KeyMaterial>();
  made->attributes = stored.attributes;
  if (stored.attributes.curve == 0) {
    made->symmetric = std::move(stored.secret);
  } else {
    made->ec.emplace(curve(stored.attributes.curve).from_scalar(stored.secret));
  }
  return made;
}

std::shared_ptr<const KeyMaterial> Softkeys::generate_material(const KeyAttributes& attributes) {
  auto made = std::make_shared<KeyMaterial>();
  made->attributes = attributes;
  if (attributes.curve != 0) {
    made->ec.emplace(curve(attributes.curve).generate());
    return made;
  }
  made->symmetric.resize(kAesKeyOctets);
  if (RAND_priv_bytes(made->symmetric.data(), kAesKeyOctets) != 1) crypto_failed("RAND_priv_bytes");
  return made;
}

std::unique_ptr<HsmKey> Softkeys::make_handle(std::shared_ptr<const KeyMaterial> material) {
  return std::make_unique<Handle>(std::move(material), open_keys_);
}

// Decoding a key costs more than using it, so decoded keys are kept as long as their file is the
// one they came from: a key destroyed or replaced by another process is noticed here.
std::unique_ptr<HsmKey> Softkeys::open_key(const Op&, std::string_view reference) {
  ErrorQueueGuard guard;
  check_reference(reference);
  std::optional<FileIdentity> identity = store().find(reference);
  {
    std::lock_guard lock(cache_mutex_);
    auto found = cache_.find(reference);
    if (found != cache_.end()) {
      if (identity == found->second.identity) return make_handle(found->second.material);
      cache_.erase(found);
    }
  }
  if (!identity) missing(reference);
  std::optional<StoredKey> stored = store().load(reference);
  if (!stored) missing(reference);
  auto made = material_of(std::move(*stored));
  {
    std::lock_guard lock(cache_mutex_);
    if (cache_.size() < kMaxCachedKeys) cache_.try_emplace(std::string(reference), *identity, made);
  }
  return make_handle(std::move(made));
}

std::unique_ptr<HsmKey> Softkeys::generate_key(const Op&, const HsmKeySpec& spec) {
  ErrorQueueGuard guard;
  KeyAttributes attributes = attributes_of(spec);
  if (spec.ephemeral) {
    if (!spec.label.empty()) bad_spec("an ephemeral key has no label");
    return make_handle(generate_material(attributes));
  }
  check_reference(spec.label);
  auto made = generate_material(attributes);
  // The place is taken first: a key that was saved is never answered with a failure.
  auto handle = make_handle(made);
  StoredKey stored{attributes, made->ec ? made->ec->scalar() : made->symmetric};
  if (!store().save(spec.label, stored)) exists(spec.label);
  return handle;
}

void Softkeys::destroy_key(const Op&, std::string_view reference) {
  check_reference(reference);
  bool removed = store().remove(reference);
  {
    std::lock_guard lock(cache_mutex_);
    auto found = cache_.find(reference);
    if (found != cache_.end()) cache_.erase(found);
  }
  if (!removed) missing(reference);
}

berth_hsm_key_info Softkeys::describe_key(const Op&, const HsmKey& key) {
  const KeyAttributes& attributes = material(key).attributes;
  berth_hsm_key_info info{};
  info.curve = attributes.curve;
  info.usage = attributes.usage;
  info.bits = attributes.bits;
  info.hardware_bound = false;
  return info;
}

void Softkeys::public_point(const Op&, const HsmKey& key, OutBuffer sec1) {
  const KeyMaterial& pair = material(key);
  if (!pair.ec) {
    throw Error(BERTH_INVALID_ARGUMENT, "hsm.no_public_point", "a symmetric key has no point");
  }
  std::copy_n(pair.ec->point(), kPointOctets, sec1.claim(kPointOctets).begin());
}

void Softkeys::sign(const Op& op, const HsmKey& key, std::uint32_t mechanism, ByteView digest,
                    OutBuffer signature) {
  ErrorQueueGuard guard;
  op.throw_if_cancelled();
  require_mechanism(mechanism == BERTH_MECH_ECDSA_SHA256);
  const KeyMaterial& pair = material_for(key, BERTH_KEY_SIGN);
  if (digest.size() != kDigestOctets) {
    throw Error(BERTH_INVALID_ARGUMENT, "hsm.digest_length", "a SHA-256 digest has 32 octets");
  }
  pair.ec->sign(digest, signature.claim(kSignatureOctets));
}

void Softkeys::agree(const Op& op, const HsmKey& key, const HsmAgree& params,
                     std::span<std::uint8_t> out) {
  ErrorQueueGuard guard;
  op.throw_if_cancelled();
  require_mechanism(params.mechanism == BERTH_MECH_ECKA_X963_SHA256);
  const KeyMaterial& pair = material_for(key, BERTH_KEY_AGREE);
  if (out.empty() || out.size() > kMaxDerivedOctets ||
      params.shared_info.size() > kMaxSharedInfoOctets) {
    throw Error(BERTH_INVALID_ARGUMENT, "hsm.agree_length",
                "1 to 1024 octets can be derived, from at most 1024 octets of shared info");
  }
  pair.ec->agree(x963_.get(), params.peer_point, params.shared_info, out);
}

void Softkeys::wrap(const Op& op, const HsmKey& kek, std::uint32_t mechanism, ByteView aad,
                    ByteView plain, OutBuffer wrapped) {
  ErrorQueueGuard guard;
  op.throw_if_cancelled();
  require_mechanism(mechanism == BERTH_MECH_AES_GCM || mechanism == BERTH_MECH_AES_KW);
  const KeyMaterial& secret = material_for(kek, BERTH_KEY_WRAP);
  if (plain.size() > kMaxWrapOctets || aad.size() > kMaxWrapOctets) {
    throw Error(BERTH_INVALID_ARGUMENT, "hsm.wrap_length", "at most 65536 octets can be wrapped");
  }
  if (mechanism == BERTH_MECH_AES_GCM) {
    aes_.gcm_seal(secret.symmetric, aad, plain, wrapped.claim(plain.size() + kGcmOverhead));
    return;
  }
  if (!aad.empty() || plain.size() < 16 || plain.size() % 8 != 0) {
    throw Error(BERTH_INVALID_ARGUMENT, "hsm.wrap_length",
                "AES-KW takes a multiple of 8 octets, at least 16, and no associated data");
  }
  aes_.key_wrap(secret.symmetric, plain, wrapped.claim(plain.size() + kKeyWrapOverhead));
}

void Softkeys::unwrap(const Op& op, const HsmKey& kek, std::uint32_t mechanism, ByteView aad,
                      ByteView wrapped, OutBuffer plain) {
  ErrorQueueGuard guard;
  op.throw_if_cancelled();
  require_mechanism(mechanism == BERTH_MECH_AES_GCM || mechanism == BERTH_MECH_AES_KW);
  const KeyMaterial& secret = material_for(kek, BERTH_KEY_UNWRAP);
  bool gcm = mechanism == BERTH_MECH_AES_GCM;
  std::size_t overhead = gcm ? kGcmOverhead : kKeyWrapOverhead;
  bool fits = wrapped.size() <= kMaxWrapOctets + overhead && aad.size() <= kMaxWrapOctets &&
              (gcm ? wrapped.size() >= overhead
                   : wrapped.size() >= 16 + overhead && wrapped.size() % 8 == 0 && aad.empty());
  if (fits) {
    std::span<std::uint8_t> out = plain.claim(wrapped.size() - overhead);
    fits = gcm ? aes_.gcm_open(secret.symmetric, aad, wrapped, out)
               : aes_.key_unwrap(secret.symmetric, wrapped, out);
  }
  if (!fits) {
    throw Error(BERTH_DATA_LOSS, "hsm.unwrap_failed",
                "key, associated data and octets do not fit together");
  }
}

void Softkeys::random(const Op&, std::span<std::uint8_t> fill) {
  ErrorQueueGuard guard;
  if (fill.size() > kMaxRandomOctets) {
    throw Error(BERTH_INVALID_ARGUMENT, "hsm.random_length", "at most 1 MiB of random at a time");
  }
  if (RAND_bytes(fill.data(), static_cast<int>(fill.size())) != 1) crypto_failed("RAND_bytes");
}

void Softkeys::import_key(const Op&, std::string_view reference, const HsmKeySpec& spec,
                          ByteView private_key) {
  ErrorQueueGuard guard;
  check_reference(reference);
  if (spec.ephemeral) bad_spec("an imported key is a lasting one");
  if (!spec.label.empty() && spec.label != reference) bad_spec("label and reference differ");
  StoredKey stored{attributes_of(spec), SecretOctets(private_key.begin(), private_key.end())};
  if (stored.attributes.curve != 0) {
    curve(stored.attributes.curve).from_scalar(private_key);  // refuses a scalar out of range
  } else if (private_key.size() != kAesKeyOctets) {
    bad_spec("a 256-bit key has 32 octets");
  }
  if (!store().save(reference, stored)) exists(reference);
}

}  // namespace softkeys
