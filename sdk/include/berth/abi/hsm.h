/* "berth.hsm/1": a backend that keeps private and key-encryption keys.
 *
 * Key references are UTF-8 text that the backend understands (a label, a PKCS#11 URI). The kernel
 * sees references and handles, never private octets. */
#ifndef BERTH_ABI_HSM_H_
#define BERTH_ABI_HSM_H_

#include "berth/abi/base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define BERTH_HSM_V1 "berth.hsm/1"

enum { BERTH_CURVE_P256 = 1, BERTH_CURVE_BRAINPOOL_P256R1 = 2, BERTH_CURVE_FRP256V1 = 3 };
enum {
  BERTH_MECH_ECDSA_SHA256 = 1,      /* in: 32-octet digest; out: r||s, 64 octets (BSI TR-03111) */
  BERTH_MECH_ECKA_X963_SHA256 = 16, /* ECDH, then X9.63 KDF with SHA-256 (BSI TR-03111 4.3.3) */
  BERTH_MECH_AES_KW = 32,           /* RFC 3394; no aad; plain: multiple of 8, at least 16 */
  BERTH_MECH_AES_GCM = 33 /* out: 12-octet nonce chosen by the backend || text || 16-octet tag */
};
enum { BERTH_KEY_SIGN = 1u, BERTH_KEY_AGREE = 2u, BERTH_KEY_WRAP = 4u, BERTH_KEY_UNWRAP = 8u };

typedef struct berth_hsm_key berth_hsm_key; /* opaque; scoped to one instance */

typedef struct berth_hsm_limits {
  uint32_t struct_size;
  uint32_t max_concurrency; /* calls in flight the backend wants at most; >= 1 */
  uint32_t max_open_keys;   /* handles open at once, ephemeral ones included */
  uint32_t max_wrap_bytes;  /* of plain text in one wrap */
} berth_hsm_limits;

typedef struct berth_hsm_key_spec {
  uint32_t struct_size;
  uint32_t curve;  /* BERTH_CURVE_*; 0 for symmetric keys */
  uint32_t usage;  /* BERTH_KEY_*, at least one; a key refuses every other use */
  uint32_t bits;   /* symmetric only, else 0 */
  bool ephemeral;  /* may live in memory; dies with close_key */
  berth_str label; /* empty when ephemeral; else a reference that open_key will find it by */
} berth_hsm_key_spec;

typedef struct berth_hsm_key_info {
  uint32_t struct_size;
  uint32_t curve;
  uint32_t usage;
  uint32_t bits;
  bool hardware_bound; /* never leaves the device in clear */
} berth_hsm_key_info;

typedef struct berth_hsm_agree {
  uint32_t struct_size;
  uint32_t mechanism;
  berth_bytes peer_point; /* SEC1 uncompressed; the backend checks it is on the curve */
  berth_bytes shared_info;
  size_t output_len; /* octets; 1 .. 1024 must work */
} berth_hsm_agree;

/* Reasons every backend uses, beside its own:
 *   hsm.key_not_found      NOT_FOUND            no key of that reference
 *   hsm.key_exists         ALREADY_EXISTS       the label is taken
 *   hsm.key_usage          PERMISSION_DENIED    the key is not for this use
 *   hsm.point_not_on_curve INVALID_ARGUMENT     peer point malformed, off the curve or at infinity
 *   hsm.unwrap_failed      DATA_LOSS            key, aad or octets do not fit together
 *   hsm.too_many_keys      RESOURCE_EXHAUSTED   max_open_keys handles are open */
typedef struct berth_hsm {
  uint32_t struct_size;
  uint32_t reserved;
  /* All functions but close_key: [thread-safe] up to max_concurrency, on the same key too. Handles
   * are closed by the kernel, each once, before destroy of the instance. */
  berth_status (*limits)(berth_instance*, const berth_op*, berth_hsm_limits* out) BERTH_NOEXCEPT;
  /* Writes min(cap, total) ids and sets *count to the total. */
  berth_status (*mechanisms)(berth_instance*, const berth_op*, uint32_t* ids, size_t cap,
                             size_t* count) BERTH_NOEXCEPT;

  /* *out is set only on BERTH_OK. The same reference may be open many times. */
  berth_status (*open_key)(berth_instance*, const berth_op*, berth_str reference,
                           berth_hsm_key** out) BERTH_NOEXCEPT;
  /* A lasting key is durable when this returns. */
  berth_status (*generate_key)(berth_instance*, const berth_op*, const berth_hsm_key_spec* spec,
                               berth_hsm_key** out) BERTH_NOEXCEPT;
  /* [thread-safe] beyond max_concurrency: it may come at any time, from any thread and beside as
   * many calls as that allows, though never while a call on the same handle runs. It must not
   * block on the device; a backend that has to talk to it does so later. */
  void (*close_key)(berth_instance*, berth_hsm_key* key) BERTH_NOEXCEPT;
  /* Lasting keys only. Handles already open keep working until closed. */
  berth_status (*destroy_key)(berth_instance*, const berth_op*, berth_str reference) BERTH_NOEXCEPT;
  berth_status (*describe_key)(berth_instance*, const berth_op*, berth_hsm_key* key,
                               berth_hsm_key_info* out) BERTH_NOEXCEPT;
  /* SEC1 uncompressed, 65 octets for the 256-bit curves. */
  berth_status (*public_point)(berth_instance*, const berth_op*, berth_hsm_key* key,
                               berth_buf* sec1) BERTH_NOEXCEPT;

  berth_status (*sign)(berth_instance*, const berth_op*, berth_hsm_key* key, uint32_t mechanism,
                       berth_bytes digest, berth_buf* signature) BERTH_NOEXCEPT;
  /* Either `out` receives the derived octets or, when out is NULL and out_key is not,
   * the derivation stays inside and out_key names it. BERTH_UNSUPPORTED is a fair answer to one. */
  berth_status (*agree)(berth_instance*, const berth_op*, berth_hsm_key* private_key,
                        const berth_hsm_agree* params, berth_buf* out,
                        berth_hsm_key** out_key) BERTH_NOEXCEPT;
  berth_status (*wrap)(berth_instance*, const berth_op*, berth_hsm_key* kek, uint32_t mechanism,
                       berth_bytes aad, berth_bytes plain, berth_buf* wrapped) BERTH_NOEXCEPT;
  berth_status (*unwrap)(berth_instance*, const berth_op*, berth_hsm_key* kek, uint32_t mechanism,
                         berth_bytes aad, berth_bytes wrapped, berth_buf* plain) BERTH_NOEXCEPT;
  /* Fills the whole of fill->cap. */
  berth_status (*random)(berth_instance*, const berth_op*, berth_buf* fill) BERTH_NOEXCEPT;
} berth_hsm;

#ifdef __cplusplus
}
#endif
#endif /* BERTH_ABI_HSM_H_ */
