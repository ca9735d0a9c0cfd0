// A plugin that keeps every rule and does next to nothing. Each file here takes it and breaks one.

#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "berth/abi/hsm.h"
#include "berth/abi/storage.h"

struct berth_instance {
  const berth_host* host;
};

namespace skeleton {

inline berth_str str(const char* text) { return {text, std::strlen(text)}; }
inline berth_status fail(const berth_op* op, berth_status code, const char* reason) {
  return op->fail(op, code, str(reason), str("as the test wants"), 0);
}

// The one key: a handle without meaning, its address is never read.
inline berth_hsm_key* the_key() {
  static char place = 0;
  return reinterpret_cast<berth_hsm_key*>(&place);
}

inline berth_status fill(berth_buf* out, std::size_t len) {
  std::memset(out->data, 4, std::min(out->cap, len));
  out->len = len;
  return BERTH_OK;
}

inline constexpr berth_hsm kHsm = {
    sizeof(berth_hsm),
    0,
    [](berth_instance*, const berth_op*, berth_hsm_limits* out) noexcept -> berth_status {
      out->max_concurrency = 1;
      out->max_open_keys = 16;
      out->max_wrap_bytes = 64;
      return BERTH_OK;
    },
    [](berth_instance*, const berth_op*, std::uint32_t*, std::size_t,
       std::size_t* count) noexcept -> berth_status {
      *count = 0;
      return BERTH_OK;
    },
    [](berth_instance*, const berth_op*, berth_str, berth_hsm_key** out) noexcept -> berth_status {
      *out = the_key();
      return BERTH_OK;
    },
    [](berth_instance*, const berth_op*, const berth_hsm_key_spec*,
       berth_hsm_key** out) noexcept -> berth_status {
      *out = the_key();
      return BERTH_OK;
    },
    [](berth_instance*, berth_hsm_key*) noexcept {},
    [](berth_instance*, const berth_op* op, berth_str) noexcept -> berth_status {
      return fail(op, BERTH_UNSUPPORTED, "test.unsupported");
    },
    [](berth_instance*, const berth_op*, berth_hsm_key*,
       berth_hsm_key_info* out) noexcept -> berth_status {
      out->curve = BERTH_CURVE_FRP256V1;
      return BERTH_OK;
    },
    [](berth_instance*, const berth_op*, berth_hsm_key*, berth_buf* out) noexcept -> berth_status {
      return fill(out, 65);
    },
    [](berth_instance*, const berth_op*, berth_hsm_key*, std::uint32_t, berth_bytes,
       berth_buf* out) noexcept -> berth_status { return fill(out, 64); },
    [](berth_instance*, const berth_op*, berth_hsm_key*, const berth_hsm_agree* params,
       berth_buf* out,
       berth_hsm_key**) noexcept -> berth_status { return fill(out, params->output_len); },
    [](berth_instance*, const berth_op*, berth_hsm_key*, std::uint32_t, berth_bytes,
       berth_bytes plain,
       berth_buf* out) noexcept -> berth_status { return fill(out, plain.len + 28); },
    [](berth_instance*, const berth_op*, berth_hsm_key*, std::uint32_t, berth_bytes,
       berth_bytes wrapped,
       berth_buf* out) noexcept -> berth_status { return fill(out, wrapped.len - 28); },
    [](berth_instance*, const berth_op*, berth_buf* out) noexcept -> berth_status {
      return fill(out, out->cap);
    }};

inline berth_status not_found(const berth_op* op) {
  return fail(op, BERTH_NOT_FOUND, "storage.not_found");
}

// An empty store that keeps nothing but reads what it is given.
inline constexpr berth_storage kStorage = {
    sizeof(berth_storage),
    0,
    [](berth_instance*, const berth_op*, berth_str, const berth_object_put*, berth_source* body,
       berth_object_info* info) noexcept -> berth_status {
      std::uint8_t octets[100];
      for (;;) {
        berth_buf into = {octets, sizeof(octets), 0};
        const berth_status status = body->read(body, &into);
        if (status != BERTH_OK) return status;
        if (into.len == 0) return BERTH_OK;
        info->size += into.len;
      }
    },
    [](berth_instance*, const berth_op* op, berth_str, std::uint64_t, std::uint64_t, berth_sink*,
       berth_object_info*) noexcept -> berth_status { return not_found(op); },
    [](berth_instance*, const berth_op* op, berth_str,
       berth_object_info*) noexcept -> berth_status { return not_found(op); },
    [](berth_instance*, const berth_op*, berth_str) noexcept -> berth_status { return BERTH_OK; },
    [](berth_instance*, const berth_op*, berth_str, berth_str, std::size_t, void*,
       berth_status (*)(void*, berth_str, const berth_object_info*) noexcept) noexcept
    -> berth_status { return BERTH_OK; }};

inline constexpr const char* kProvides[] = {BERTH_HSM_V1, BERTH_STORAGE_V1, nullptr};

// Answers for both interfaces with the tables given.
template <const berth_hsm& hsm, const berth_storage& storage>
const void* get_interface(berth_instance*, const char* id) noexcept {
  if (std::strcmp(id, BERTH_HSM_V1) == 0) return &hsm;
  if (std::strcmp(id, BERTH_STORAGE_V1) == 0) return &storage;
  return nullptr;
}

constexpr berth_plugin_entry entry() {
  berth_plugin_entry made{};
  made.magic = BERTH_PLUGIN_MAGIC;
  made.struct_size = sizeof(made);
  made.abi_major = BERTH_ABI_MAJOR;
  made.abi_minor = BERTH_ABI_MINOR;
  made.id = "org.example.test";
  made.version = "1.0.0";
  made.provides = kProvides;
  made.init = [](const berth_host*, const berth_op*) noexcept -> berth_status { return BERTH_OK; };
  made.deinit = []() noexcept {};
  made.create = [](const berth_host* host, const berth_op*, berth_str,
                   berth_instance** out) noexcept -> berth_status {
    *out = new berth_instance{host};
    return BERTH_OK;
  };
  made.start = [](berth_instance*, const berth_op*) noexcept -> berth_status { return BERTH_OK; };
  made.drain = [](berth_instance*, const berth_op*) noexcept -> berth_status { return BERTH_OK; };
  made.destroy = [](berth_instance* self) noexcept { delete self; };
  made.get_interface = &get_interface<kHsm, kStorage>;
  return made;
}

}  // namespace skeleton

// The exported object: skeleton::entry() after `change` (an expression over `entry`).
#define BERTH_TEST_PLUGIN(change)                           \
  constexpr berth_plugin_entry berth_plugin_entry_v1 = [] { \
    berth_plugin_entry entry = skeleton::entry();           \
    change;                                                 \
    return entry;                                           \
  }()
// The same for a plugin whose tables are the changed ones.
#define BERTH_TEST_HSM(table) \
  BERTH_TEST_PLUGIN((entry.get_interface = &skeleton::get_interface<table, skeleton::kStorage>))
#define BERTH_TEST_STORAGE(table) \
  BERTH_TEST_PLUGIN((entry.get_interface = &skeleton::get_interface<skeleton::kHsm, table>))
