#include "kernel/plugins/hsm_adapter.h"

#include <algorithm>

#include "berth/abi/hsm_import.h"
#include "kernel/plugins/call.h"

namespace berth::plugins {
namespace {

constexpr std::chrono::seconds kLimitsDeadline{10};
constexpr std::uint32_t kMaxConcurrency = 1024;
constexpr std::size_t kPointSize = 65;
constexpr std::uint8_t kUncompressed = 0x04;
constexpr std::uint32_t kWrappingKeyBits = 256;
constexpr std::size_t kGcmOverhead = 12 + 16;  // nonce and tag
constexpr std::size_t kMaxAgreedOctets = 1024;

static_assert(static_cast<std::uint32_t>(Curve::kP256) == BERTH_CURVE_P256);
static_assert(static_cast<std::uint32_t>(Curve::kBrainpoolP256r1) == BERTH_CURVE_BRAINPOOL_P256R1);
static_assert(static_cast<std::uint32_t>(KeyUsage::kSign) == BERTH_KEY_SIGN);
static_assert(static_cast<std::uint32_t>(KeyUsage::kAgree) == BERTH_KEY_AGREE);

berth_buf out_buffer(std::span<std::uint8_t> target) { return {target.data(), target.size(), 0}; }

// Keeps the instance alive: a handle may outlive the Hsm that opened it, never the plugin. Made
// before the call that fills it, so that a key the plugin handed out is closed whatever follows.
class PluginKey final : public HsmKey {
 public:
  PluginKey(std::shared_ptr<Instance> instance, const berth_hsm* table)
      : instance_(std::move(instance)), table_(table) {}
  // Past the gate: close_key does not count as a call in flight (berth/abi/hsm.h).
  ~PluginKey() override {
    if (key_ != nullptr) table_->close_key(instance_->handle(), key_);
  }
  PluginKey(const PluginKey&) = delete;
  PluginKey& operator=(const PluginKey&) = delete;

  void take(berth_hsm_key* key) { key_ = key; }
  const Instance* instance() const { return instance_.get(); }
  berth_hsm_key* key() const { return key_; }

 private:
  std::shared_ptr<Instance> instance_;
  const berth_hsm* table_;
  berth_hsm_key* key_ = nullptr;
};

class PluginHsm final : public Hsm {
 public:
  PluginHsm(std::shared_ptr<Instance> instance, const berth_hsm* table, HsmLimits limits)
      : instance_(std::move(instance)), table_(table), limits_(limits) {}

  Result<HsmLimits> limits(const Op&) override { return limits_; }
  Result<std::unique_ptr<HsmKey>> open_key(const Op& op, std::string_view reference) override;
  Result<std::unique_ptr<HsmKey>> generate_ephemeral(const Op& op, Curve curve) override;
  Result<std::unique_ptr<HsmKey>> generate_pair(const Op& op, std::string_view label, Curve curve,
                                                KeyUsage usage) override;
  Result<std::unique_ptr<HsmKey>> generate_wrapping_key(const Op& op,
                                                        std::string_view label) override;
  Result<Curve> curve(const Op& op, const HsmKey& key) override;
  Result<Bytes> public_point(const Op& op, const HsmKey& key) override;
  Result<RawSignature> sign(const Op& op, const HsmKey& key, const Sha256& digest) override;
  Result<SecretBytes> agree_x963(const Op& op, const HsmKey& key, ByteView peer_point,
                                 ByteView shared_info, std::size_t output_len) override;
  Result<Bytes> wrap(const Op& op, const HsmKey& kek, ByteView aad, ByteView plain) override;
  Result<SecretBytes> unwrap(const Op& op, const HsmKey& kek, ByteView aad,
                             ByteView wrapped) override;

 private:
  // Runs slot(berth_instance*, const berth_op*). `accept` looks at an OK answer and names what is
  // wrong with it; empty: nothing.
  template <class Slot, class Accept>
  Result<void> run(const Op& op, Slot slot, Accept accept);
  Result<std::unique_ptr<HsmKey>> generate(const Op& op, const berth_hsm_key_spec& spec);
  template <class Slot>
  Result<std::unique_ptr<HsmKey>> obtain(const Op& op, Slot slot);
  Result<berth_hsm_key*> own(const HsmKey& key) const;

  std::shared_ptr<Instance> instance_;
  const berth_hsm* table_;
  HsmLimits limits_;
};

template <class Slot, class Accept>
Result<void> PluginHsm::run(const Op& op, Slot slot, Accept accept) {
  Call call(op, instance_->clock(), instance_->label());
  BERTH_TRY_VOID(call.before());
  BERTH_TRY_VOID(call.finish(slot(instance_->handle(), call.op())));
  const std::string_view wrong = accept();
  if (!wrong.empty()) return call.misbehaved(wrong);
  return {};
}

template <class Slot>
Result<std::unique_ptr<HsmKey>> PluginHsm::obtain(const Op& op, Slot slot) {
  auto opened = std::make_unique<PluginKey>(instance_, table_);
  BERTH_TRY_VOID(run(
      op,
      [&](berth_instance* self, const berth_op* abi_op) {
        berth_hsm_key* key = nullptr;
        const berth_status status = slot(self, abi_op, &key);
        if (status == BERTH_OK) opened->take(key);  // otherwise it means nothing
        return status;
      },
      [&]() -> std::string_view { return opened->key() == nullptr ? "handed out no key" : ""; }));
  return std::unique_ptr<HsmKey>(std::move(opened));
}

Result<berth_hsm_key*> PluginHsm::own(const HsmKey& key) const {
  const auto* mine = dynamic_cast<const PluginKey*>(&key);
  if (mine != nullptr && mine->instance() == instance_.get()) return mine->key();
  return Error{ErrorCode::kInvalidArgument, "hsm.foreign_key",
               "the key handle belongs to another HSM than " + instance_->label()};
}

Result<std::unique_ptr<HsmKey>> PluginHsm::open_key(const Op& op, std::string_view reference) {
  return obtain(op, [&](berth_instance* self, const berth_op* abi_op, berth_hsm_key** key) {
    return table_->open_key(self, abi_op, abi(reference), key);
  });
}

Result<std::unique_ptr<HsmKey>> PluginHsm::generate(const Op& op, const berth_hsm_key_spec& spec) {
  return obtain(op, [&](berth_instance* self, const berth_op* abi_op, berth_hsm_key** key) {
    return table_->generate_key(self, abi_op, &spec, key);
  });
}

Result<std::unique_ptr<HsmKey>> PluginHsm::generate_ephemeral(const Op& op, Curve curve) {
  berth_hsm_key_spec spec{};
  spec.struct_size = sizeof(spec);
  spec.curve = static_cast<std::uint32_t>(curve);
  spec.usage = BERTH_KEY_AGREE;
  spec.ephemeral = true;
  return generate(op, spec);
}

Result<std::unique_ptr<HsmKey>> PluginHsm::generate_pair(const Op& op, std::string_view label,
                                                         Curve curve, KeyUsage usage) {
  berth_hsm_key_spec spec{};
  spec.struct_size = sizeof(spec);
  spec.curve = static_cast<std::uint32_t>(curve);
  spec.usage = static_cast<std::uint32_t>(usage);
  spec.label = abi(label);
  return generate(op, spec);
}

Result<std::unique_ptr<HsmKey>> PluginHsm::generate_wrapping_key(const Op& op,
                                                                 std::string_view label) {
  berth_hsm_key_spec spec{};
  spec.struct_size = sizeof(spec);
  spec.usage = BERTH_KEY_WRAP | BERTH_KEY_UNWRAP;
  spec.bits = kWrappingKeyBits;
  spec.label = abi(label);
  return generate(op, spec);
}

Result<Curve> PluginHsm::curve(const Op& op, const HsmKey& key) {
  BERTH_TRY(own_key, own(key));
  berth_hsm_key_info info{};
  info.struct_size = sizeof(info);
  BERTH_TRY_VOID(run(
      op,
      [&](berth_instance* self, const berth_op* abi_op) {
        return table_->describe_key(self, abi_op, own_key, &info);
      },
      []() -> std::string_view { return ""; }));
  if (info.curve == BERTH_CURVE_P256) return Curve::kP256;
  if (info.curve == BERTH_CURVE_BRAINPOOL_P256R1) return Curve::kBrainpoolP256r1;
  return Error{ErrorCode::kUnsupported, "hsm.curve_unknown",
               "the key of " + instance_->label() + " is on none of the curves Berth speaks"};
}

Result<Bytes> PluginHsm::public_point(const Op& op, const HsmKey& key) {
  BERTH_TRY(own_key, own(key));
  Bytes point(kPointSize);
  berth_buf out = out_buffer(point);
  BERTH_TRY_VOID(run(
      op,
      [&](berth_instance* self, const berth_op* abi_op) {
        return table_->public_point(self, abi_op, own_key, &out);
      },
      [&]() -> std::string_view {
        const bool good = out.len == kPointSize && point.front() == kUncompressed;
        return good ? "" : "gave something else than an uncompressed point of 65 octets";
      }));
  return point;
}

Result<RawSignature> PluginHsm::sign(const Op& op, const HsmKey& key, const Sha256& digest) {
  BERTH_TRY(own_key, own(key));
  RawSignature signature{};
  berth_buf out = out_buffer(signature);
  BERTH_TRY_VOID(run(
      op,
      [&](berth_instance* self, const berth_op* abi_op) {
        return table_->sign(self, abi_op, own_key, BERTH_MECH_ECDSA_SHA256, abi(digest), &out);
      },
      [&]() -> std::string_view {
        return out.len == signature.size() ? "" : "gave a signature that has not 64 octets";
      }));
  return signature;
}

Result<SecretBytes> PluginHsm::agree_x963(const Op& op, const HsmKey& key, ByteView peer_point,
                                          ByteView shared_info, std::size_t output_len) {
  BERTH_TRY(own_key, own(key));
  if (output_len == 0 || output_len > kMaxAgreedOctets) {
    return Error{ErrorCode::kInvalidArgument, "hsm.output_length",
                 "a key agreement yields 1 to 1024 octets"};
  }
  SecretBytes secret(output_len);
  berth_buf out = out_buffer(secret.mutable_view());
  berth_hsm_agree params{};
  params.struct_size = sizeof(params);
  params.mechanism = BERTH_MECH_ECKA_X963_SHA256;
  params.peer_point = abi(peer_point);
  params.shared_info = abi(shared_info);
  params.output_len = output_len;
  BERTH_TRY_VOID(run(
      op,
      [&](berth_instance* self, const berth_op* abi_op) {
        return table_->agree(self, abi_op, own_key, &params, &out, nullptr);
      },
      [&]() -> std::string_view {
        return out.len == output_len ? "" : "agreed on another number of octets than asked";
      }));
  return secret;
}

Result<Bytes> PluginHsm::wrap(const Op& op, const HsmKey& kek, ByteView aad, ByteView plain) {
  BERTH_TRY(own_key, own(kek));
  if (plain.size() > limits_.max_wrap_bytes) {
    return Error{ErrorCode::kInvalidArgument, "hsm.wrap_too_large",
                 instance_->label() + " wraps at most " + std::to_string(limits_.max_wrap_bytes) +
                     " octets"};
  }
  Bytes wrapped(plain.size() + kGcmOverhead);
  berth_buf out = out_buffer(wrapped);
  BERTH_TRY_VOID(run(
      op,
      [&](berth_instance* self, const berth_op* abi_op) {
        return table_->wrap(self, abi_op, own_key, BERTH_MECH_AES_GCM, abi(aad), abi(plain), &out);
      },
      [&]() -> std::string_view {
        return out.len == wrapped.size() ? "" : "wrapped to another size than nonce, text and tag";
      }));
  return wrapped;
}

Result<SecretBytes> PluginHsm::unwrap(const Op& op, const HsmKey& kek, ByteView aad,
                                      ByteView wrapped) {
  BERTH_TRY(own_key, own(kek));
  if (wrapped.size() < kGcmOverhead || wrapped.size() - kGcmOverhead > limits_.max_wrap_bytes) {
    return Error{ErrorCode::kDataLoss, "hsm.unwrap_failed",
                 "the octets are no wrapped key: their length cannot be right"};
  }
  SecretBytes plain(wrapped.size() - kGcmOverhead);
  berth_buf out = out_buffer(plain.mutable_view());
  BERTH_TRY_VOID(run(
      op,
      [&](berth_instance* self, const berth_op* abi_op) {
        return table_->unwrap(self, abi_op, own_key, BERTH_MECH_AES_GCM, abi(aad), abi(wrapped),
                              &out);
      },
      [&]() -> std::string_view {
        return out.len == plain.size() ? "" : "unwrapped to another size than it wrapped";
      }));
  return plain;
}

}  // namespace

Result<std::unique_ptr<Hsm>> make_hsm(std::shared_ptr<Instance> instance) {
  BERTH_TRY(table, instance->interface<berth_hsm>(BERTH_HSM_V1));
  const Op op{"hsm-limits", "", instance->clock().monotonic() + kLimitsDeadline};
  Call call(op, instance->clock(), instance->label());
  berth_hsm_limits limits{};
  limits.struct_size = sizeof(limits);
  BERTH_TRY_VOID(call.finish(table->limits(instance->handle(), call.op(), &limits)));
  if (limits.max_concurrency == 0) return call.misbehaved("allows no call at all");
  const HsmLimits bounded{std::min(limits.max_concurrency, kMaxConcurrency), limits.max_open_keys,
                          limits.max_wrap_bytes};
  return std::unique_ptr<Hsm>(std::make_unique<PluginHsm>(std::move(instance), table, bounded));
}

bool takes_keys(const Module& module) {
  const auto& provided = module.provides();
  return std::find(provided.begin(), provided.end(), BERTH_HSM_IMPORT_V1) != provided.end();
}

Result<void> import_key(Instance& instance, const Op& op, std::string_view reference, Curve curve,
                        KeyUsage usage, ByteView scalar) {
  BERTH_TRY(table, instance.interface<berth_hsm_import>(BERTH_HSM_IMPORT_V1));
  berth_hsm_key_spec spec{};
  spec.struct_size = sizeof(spec);
  spec.curve = static_cast<std::uint32_t>(curve);
  spec.usage = static_cast<std::uint32_t>(usage);
  spec.label = abi(reference);
  Call call(op, instance.clock(), instance.label());
  BERTH_TRY_VOID(call.before());
  return call.finish(
      table->import_key(instance.handle(), call.op(), abi(reference), &spec, abi(scalar)));
}

}  // namespace berth::plugins
