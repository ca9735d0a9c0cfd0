// Writing an HSM backend: derive from HsmBackend (and HsmImporter when keys may come from outside),
// then name the class once with BERTH_HSM_PLUGIN.
//
// Calls come from many threads, up to limits().max_concurrency, on one key too. Failures are thrown
// as Error; berth/abi/hsm.h lists the reasons every backend uses.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "berth/abi/hsm.h"
#include "berth/abi/hsm_import.h"
#include "berth/sdk/thunk.h"

namespace berth::sdk {

// An open key, made by the backend and destroyed when the host closes it: on any thread, also while
// limits().max_concurrency calls run on other keys. What destructors share needs its own lock.
class HsmKey {
 public:
  virtual ~HsmKey() = default;
};

struct HsmKeySpec {
  std::uint32_t curve = 0;  // BERTH_CURVE_*; 0: symmetric
  std::uint32_t usage = 0;  // BERTH_KEY_*
  std::uint32_t bits = 0;   // symmetric only
  bool ephemeral = false;
  std::string_view label;  // empty when ephemeral
};

struct HsmAgree {
  std::uint32_t mechanism = 0;
  ByteView peer_point;  // as received: check it
  ByteView shared_info;
};

class HsmBackend : public PluginInstance {
 public:
  virtual berth_hsm_limits limits(const Op& op) = 0;
  virtual std::span<const std::uint32_t> mechanisms(const Op& op) = 0;

  virtual std::unique_ptr<HsmKey> open_key(const Op& op, std::string_view reference) = 0;
  virtual std::unique_ptr<HsmKey> generate_key(const Op& op, const HsmKeySpec& spec) = 0;
  virtual void destroy_key(const Op& op, std::string_view reference) = 0;
  virtual berth_hsm_key_info describe_key(const Op& op, const HsmKey& key) = 0;
  virtual void public_point(const Op& op, const HsmKey& key, OutBuffer sec1) = 0;

  virtual void sign(const Op& op, const HsmKey& key, std::uint32_t mechanism, ByteView digest,
                    OutBuffer signature) = 0;
  // Fills `out` (params say how, the buffer was claimed by the thunk for output_len).
  virtual void agree(const Op& op, const HsmKey& key, const HsmAgree& params,
                     std::span<std::uint8_t> out) = 0;
  // The derivation stays inside and the returned key names it.
  virtual std::unique_ptr<HsmKey> agree_to_key(const Op&, const HsmKey&, const HsmAgree&,
                                               std::size_t) {
    throw Error(BERTH_UNSUPPORTED, "hsm.agree_to_key", "derived keys cannot stay in this backend");
  }
  virtual void wrap(const Op& op, const HsmKey& kek, std::uint32_t mechanism, ByteView aad,
                    ByteView plain, OutBuffer wrapped) = 0;
  virtual void unwrap(const Op& op, const HsmKey& kek, std::uint32_t mechanism, ByteView aad,
                      ByteView wrapped, OutBuffer plain) = 0;
  virtual void random(const Op& op, std::span<std::uint8_t> fill) = 0;
};

// Opt-in: a second base class.
class HsmImporter {
 public:
  virtual ~HsmImporter() = default;
  virtual void import_key(const Op& op, std::string_view reference, const HsmKeySpec& spec,
                          ByteView private_key) = 0;
};

namespace detail {

template <class Backend>
struct HsmThunks {
  static_assert(std::is_base_of_v<HsmBackend, Backend>);
  static constexpr bool kImports = std::is_base_of_v<HsmImporter, Backend>;

  static HsmBackend& backend(berth_instance* self) noexcept { return from_handle<Backend>(self); }
  static const HsmKey& key_of(const berth_hsm_key* key) {
    require(key != nullptr, "key is null");
    return *reinterpret_cast<const HsmKey*>(key);
  }
  static berth_hsm_key* to_key(std::unique_ptr<HsmKey> key) {
    if (key == nullptr) throw Error(BERTH_INTERNAL, "plugin.no_key", "the backend made no key");
    return reinterpret_cast<berth_hsm_key*>(key.release());
  }
  static HsmKeySpec to_spec(const berth_hsm_key_spec* raw) {
    require(raw != nullptr, "spec is null");
    berth_hsm_key_spec spec = read_struct(raw);
    return {spec.curve, spec.usage, spec.bits, spec.ephemeral, to_view(spec.label)};
  }

  static berth_status limits(berth_instance* self, const berth_op* op,
                             berth_hsm_limits* out) noexcept {
    return guarded(op, [&] {
      require(out != nullptr, "limits: out is null");
      write_struct(out, backend(self).limits(Op(op)));
    });
  }
  static berth_status mechanisms(berth_instance* self, const berth_op* op, std::uint32_t* ids,
                                 std::size_t cap, std::size_t* count) noexcept {
    return guarded(op, [&] {
      require(count != nullptr && (ids != nullptr || cap == 0), "mechanisms: out is null");
      std::span<const std::uint32_t> all = backend(self).mechanisms(Op(op));
      for (std::size_t i = 0; i < all.size() && i < cap; ++i) ids[i] = all[i];
      *count = all.size();
    });
  }
  static berth_status open_key(berth_instance* self, const berth_op* op, berth_str reference,
                               berth_hsm_key** out) noexcept {
    return guarded(op, [&] {
      require(out != nullptr, "open_key: out is null");
      *out = to_key(backend(self).open_key(Op(op), to_view(reference)));
    });
  }
  static berth_status generate_key(berth_instance* self, const berth_op* op,
                                   const berth_hsm_key_spec* spec, berth_hsm_key** out) noexcept {
    return guarded(op, [&] {
      require(out != nullptr, "generate_key: out is null");
      *out = to_key(backend(self).generate_key(Op(op), to_spec(spec)));
    });
  }
  static void close_key(berth_instance*, berth_hsm_key* key) noexcept {
    std::unique_ptr<HsmKey> owner(reinterpret_cast<HsmKey*>(key));
  }
  static berth_status destroy_key(berth_instance* self, const berth_op* op,
                                  berth_str reference) noexcept {
    return guarded(op, [&] { backend(self).destroy_key(Op(op), to_view(reference)); });
  }
  static berth_status describe_key(berth_instance* self, const berth_op* op, berth_hsm_key* key,
                                   berth_hsm_key_info* out) noexcept {
    return guarded(op, [&] {
      require(out != nullptr, "describe_key: out is null");
      write_struct(out, backend(self).describe_key(Op(op), key_of(key)));
    });
  }
  static berth_status public_point(berth_instance* self, const berth_op* op, berth_hsm_key* key,
                                   berth_buf* sec1) noexcept {
    return guarded(op, [&] {
      require(sec1 != nullptr, "public_point: out is null");
      backend(self).public_point(Op(op), key_of(key), OutBuffer(sec1));
    });
  }
  static berth_status sign(berth_instance* self, const berth_op* op, berth_hsm_key* key,
                           std::uint32_t mechanism, berth_bytes digest,
                           berth_buf* signature) noexcept {
    return guarded(op, [&] {
      require(signature != nullptr, "sign: out is null");
      backend(self).sign(Op(op), key_of(key), mechanism, to_view(digest), OutBuffer(signature));
    });
  }
  static berth_status agree(berth_instance* self, const berth_op* op, berth_hsm_key* private_key,
                            const berth_hsm_agree* raw, berth_buf* out,
                            berth_hsm_key** out_key) noexcept {
    return guarded(op, [&] {
      require(raw != nullptr && (out != nullptr || out_key != nullptr), "agree: out is null");
      berth_hsm_agree params = read_struct(raw);
      HsmAgree call{params.mechanism, to_view(params.peer_point), to_view(params.shared_info)};
      const HsmKey& key = key_of(private_key);
      if (out != nullptr) {
        backend(self).agree(Op(op), key, call, OutBuffer(out).claim(params.output_len));
      } else {
        *out_key = to_key(backend(self).agree_to_key(Op(op), key, call, params.output_len));
      }
    });
  }
  static berth_status wrap(berth_instance* self, const berth_op* op, berth_hsm_key* kek,
                           std::uint32_t mechanism, berth_bytes aad, berth_bytes plain,
                           berth_buf* wrapped) noexcept {
    return guarded(op, [&] {
      require(wrapped != nullptr, "wrap: out is null");
      backend(self).wrap(Op(op), key_of(kek), mechanism, to_view(aad), to_view(plain),
                         OutBuffer(wrapped));
    });
  }
  static berth_status unwrap(berth_instance* self, const berth_op* op, berth_hsm_key* kek,
                             std::uint32_t mechanism, berth_bytes aad, berth_bytes wrapped,
                             berth_buf* plain) noexcept {
    return guarded(op, [&] {
      require(plain != nullptr, "unwrap: out is null");
      backend(self).unwrap(Op(op), key_of(kek), mechanism, to_view(aad), to_view(wrapped),
                           OutBuffer(plain));
    });
  }
  static berth_status random(berth_instance* self, const berth_op* op, berth_buf* fill) noexcept {
    return guarded(op, [&] {
      require(fill != nullptr, "random: out is null");
      backend(self).random(Op(op), OutBuffer(fill).claim(fill->cap));
    });
  }
  static berth_status import_key(berth_instance* self, const berth_op* op, berth_str reference,
                                 const berth_hsm_key_spec* spec, berth_bytes private_key) noexcept {
    return guarded(op, [&] {
      if constexpr (kImports) {
        HsmImporter& importer = from_handle<Backend>(self);
        importer.import_key(Op(op), to_view(reference), to_spec(spec), to_view(private_key));
      } else {
        throw Error(BERTH_UNSUPPORTED, "hsm.import", "this backend takes no keys from outside");
      }
    });
  }

  static constexpr berth_hsm kTable{sizeof(berth_hsm),
                                    0,
                                    &limits,
                                    &mechanisms,
                                    &open_key,
                                    &generate_key,
                                    &close_key,
                                    &destroy_key,
                                    &describe_key,
                                    &public_point,
                                    &sign,
                                    &agree,
                                    &wrap,
                                    &unwrap,
                                    &random};
  static constexpr berth_hsm_import kImport{sizeof(berth_hsm_import), 0, &import_key};
  static constexpr const char* kProvides[] = {BERTH_HSM_V1, BERTH_HEALTH_V1,
                                              kImports ? BERTH_HSM_IMPORT_V1 : nullptr, nullptr};

  static const void* get_interface(berth_instance*, const char* id) noexcept {
    if (id == nullptr) return nullptr;
    if (std::strcmp(id, BERTH_HSM_V1) == 0) return &kTable;
    if (std::strcmp(id, BERTH_HEALTH_V1) == 0) return &Life<Backend>::kHealth;
    if (kImports && std::strcmp(id, BERTH_HSM_IMPORT_V1) == 0) return &kImport;
    return nullptr;
  }
};

}  // namespace detail
}  // namespace berth::sdk

// Once per plugin, in a .cc at global scope. Class: constructible from (Host, const Config&).
#define BERTH_HSM_PLUGIN(Class, id, version)                                              \
  constinit const berth_plugin_entry berth_plugin_entry_v1 =                              \
      ::berth::sdk::detail::make_entry<Class, ::berth::sdk::detail::HsmThunks<Class>>(id, \
                                                                                      version);
