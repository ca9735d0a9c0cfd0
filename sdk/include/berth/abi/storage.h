/* "berth.storage/1": a store of opaque objects. The kernel seals before put and opens after get, so
 * a store sees opaque names and ciphertext only. */
#ifndef BERTH_ABI_STORAGE_H_
#define BERTH_ABI_STORAGE_H_

#include "berth/abi/base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define BERTH_STORAGE_V1 "berth.storage/1"
/* Names are 1 .. NAME_MAX octets of [A-Za-z0-9._/-]: segments of 1 .. SEGMENT_MAX octets between
 * slashes, none of them "." or "..". */
#define BERTH_STORAGE_NAME_MAX 512u
#define BERTH_STORAGE_SEGMENT_MAX 200u

typedef struct berth_object_put {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t content_len; /* octets; known before the first read, and exactly what the body gives */
  berth_bytes sha256;   /* of the octets sent, or empty; the store verifies when it can */
  berth_str if_match;   /* etag; "*" = must exist; empty = no condition */
  bool if_absent;       /* create only; not together with if_match */
} berth_object_put;

/* Out-struct: the caller sets struct_size. */
typedef struct berth_object_info {
  uint32_t struct_size;
  uint32_t etag_len;
  uint64_t size; /* octets */
  int64_t modified_unix_ms;
  char etag[128]; /* etag_len octets, not NUL-terminated; changes with the content */
} berth_object_info;

/* Reasons every store uses, beside its own:
 *   storage.bad_name        INVALID_ARGUMENT     outside the alphabet or length above
 *   storage.not_found       NOT_FOUND
 *   storage.exists          ALREADY_EXISTS       if_absent and the name is taken
 *   storage.precondition    ABORTED              if_match does not hold
 *   storage.length_mismatch INVALID_ARGUMENT     the body is shorter or longer than announced
 *   storage.digest_mismatch INVALID_ARGUMENT     the body is not what sha256 says
 *   storage.range           INVALID_ARGUMENT     range outside the object
 *   storage.corrupt         DATA_LOSS            stored octets do not fit their checksum
 *   storage.full            RESOURCE_EXHAUSTED */
typedef struct berth_storage {
  uint32_t struct_size;
  uint32_t reserved;
  /* All functions: [thread-safe]. Names are opaque ASCII chosen by the kernel. `info` may be
   * NULL. */
  /* Durable when it returns; readers see the old object or the new one, never a mixture. On any
   * failure the old object stays. */
  berth_status (*put)(berth_instance*, const berth_op*, berth_str name,
                      const berth_object_put* options, berth_source* body,
                      berth_object_info* info) BERTH_NOEXCEPT;
  /* length 0: to the end. Reading past the end is BERTH_INVALID_ARGUMENT. On
   * BERTH_DATA_LOSS what `body` got must be thrown away. */
  berth_status (*get)(berth_instance*, const berth_op*, berth_str name, uint64_t offset,
                      uint64_t length, berth_sink* body, berth_object_info* info) BERTH_NOEXCEPT;
  berth_status (*stat)(berth_instance*, const berth_op*, berth_str name,
                       berth_object_info* info) BERTH_NOEXCEPT;
  /* Removing what is not there is BERTH_OK. */
  berth_status (*remove)(berth_instance*, const berth_op*, berth_str name) BERTH_NOEXCEPT;
  /* At most `max` names that begin with `prefix`, in ascending octet order, strictly after
   * `after`. Non-OK from emit ends the listing and is returned. */
  berth_status (*list)(berth_instance*, const berth_op*, berth_str prefix, berth_str after,
                       size_t max, void* ctx,
                       berth_status (*emit)(void* ctx, berth_str name,
                                            const berth_object_info* info)
                           BERTH_NOEXCEPT) BERTH_NOEXCEPT;
} berth_storage;

#ifdef __cplusplus
}
#endif
#endif /* BERTH_ABI_STORAGE_H_ */
