/* The core of the plugin ABI: values, status codes, streams, one call's context, the two sides.
 *
 * C11 and C++20, three standard headers, nothing else; may be copied into any tree. Sizes and
 * offsets never change within BERTH_ABI_MAJOR: tables and structs only grow at their end.
 *
 * Rules that hold everywhere (sdk/README.md tells their reasons):
 *  - A table or in-struct carries struct_size, set by whoever fills it. For an out-struct the
 * caller sets struct_size to the room it offers; the callee writes no more and leaves it as it is.
 *    A reader touches a member only after BERTH_HAS.
 *  - Arguments are borrowed until the call returns; results are copied into the caller's buffers or
 *    pushed through the caller's callbacks. Nothing is allocated on one side and freed on the
 * other.
 *  - A call that returns anything but BERTH_OK has called op->fail exactly once, and returns the
 *    code it gave there. Two exceptions: BERTH_BUFFER_TOO_SMALL needs no story, and a status that
 *    came from the caller's own sink, source or emit callback is handed back as it came.
 *  - No exception crosses. Enumerations are uint32_t and 0 is never valid; a value the reader does
 *    not know is answered BERTH_UNSUPPORTED.
 *  - Thread tags: [control] one control thread at a time per instance, never beside another
 *    [control] call of that instance; [thread-safe] any thread, up to the declared concurrency;
 *    [serial per tenant] one at a time; [pure] thread-safe, and the result depends on the
 *    arguments alone.
 */
#ifndef BERTH_ABI_BASE_H_
#define BERTH_ABI_BASE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define BERTH_NOEXCEPT noexcept
extern "C" {
#else
#define BERTH_NOEXCEPT
#endif

#define BERTH_ABI_MAJOR 1
#define BERTH_ABI_MINOR 0
#define BERTH_PLUGIN_MAGIC 0x42525448u /* "BRTH" */
#define BERTH_PLUGIN_ENTRY_SYMBOL "berth_plugin_entry_v1"
#define BERTH_EXPORT __attribute__((visibility("default")))

/* True when a struct handed over by the other side is long enough to hold `member`. */
#define BERTH_HAS(ptr, type, member) \
  ((ptr)->struct_size >= offsetof(type, member) + sizeof((ptr)->member))

/* ---- values ------------------------------------------------------------- */

/* UTF-8 text, not NUL-terminated. Borrowed: valid until the call returns. data may be NULL only
 * when len is 0. */
typedef struct berth_str {
  const char* data;
  size_t len;
} berth_str;

/* Octets. Borrowed: valid until the call returns. data may be NULL only when len is 0. */
typedef struct berth_bytes {
  const uint8_t* data;
  size_t len;
} berth_bytes;

/* Caller-owned output: cap octets at data (NULL allowed when cap is 0). On BERTH_OK `len` octets
 * were written; on BERTH_BUFFER_TOO_SMALL nothing useful was, and `len` is the size needed. */
typedef struct berth_buf {
  uint8_t* data;
  size_t cap;
  size_t len;
} berth_buf;

typedef int32_t berth_status;
enum {
  BERTH_OK = 0,
  BERTH_CANCELLED = 1,         /* the caller gave up */
  BERTH_INVALID_ARGUMENT = 2,  /* never right, whatever the state; do not retry */
  BERTH_DEADLINE_EXCEEDED = 3, /* the outcome may be unknown */
  BERTH_NOT_FOUND = 4,
  BERTH_ALREADY_EXISTS = 5,
  BERTH_PERMISSION_DENIED = 6,   /* known caller, not allowed */
  BERTH_RESOURCE_EXHAUSTED = 7,  /* a limit was met; retry later */
  BERTH_FAILED_PRECONDITION = 8, /* right in another state; retrying alone does not help */
  BERTH_ABORTED = 9,             /* lost a race; read again and retry */
  BERTH_UNSUPPORTED = 10,        /* not offered by this side */
  BERTH_INTERNAL = 11,           /* a bug */
  BERTH_UNAVAILABLE = 12,        /* a dependency is away; retry later */
  BERTH_DATA_LOSS = 13,          /* stored octets no longer fit their checksum */
  BERTH_UNAUTHENTICATED = 14,    /* credentials missing or wrong */
  BERTH_BUFFER_TOO_SMALL = 15    /* see berth_buf */
};

/* ---- streams ------------------------------------------------------------ */

/* Lent to a call; usable only during that call, on its thread. */
typedef struct berth_sink berth_sink;
struct berth_sink {
  void* ctx;
  /* Takes the whole chunk. Non-OK means stop and return that status. */
  berth_status (*write)(berth_sink* self, berth_bytes chunk) BERTH_NOEXCEPT;
};

/* Lent to a call; usable only during that call, on its thread. */
typedef struct berth_source berth_source;
struct berth_source {
  void* ctx;
  /* Fills at most into->cap (> 0) octets and sets into->len. BERTH_OK with len 0 is the end of the
   * stream; short reads are not. Non-OK means stop and return that status. */
  berth_status (*read)(berth_source* self, berth_buf* into) BERTH_NOEXCEPT;
};

/* ---- one call's context -------------------------------------------------- */

/* Owned by the host, valid until the call returns. */
typedef struct berth_op berth_op;
struct berth_op {
  uint32_t struct_size;
  uint32_t reserved;
  void* host_data;
  berth_str request_id;      /* appears in every log line of the call */
  berth_str idempotency_key; /* empty: the call has no side effect to protect */
  int64_t deadline_ns;       /* on berth.host.clock monotonic time; INT64_MAX: none */

  /* [thread-safe] Cheap; poll it in loops and before blocking. True also past the deadline. */
  bool (*cancelled)(const berth_op* self) BERTH_NOEXCEPT;
  /* [thread-safe] Records why the call fails and returns `code`, so that a plugin
   * writes `return op->fail(op, ...)`. code: never BERTH_OK. reason: stable slug such as
   * "storage.not_found"; message: for a person, never a secret; retry_after_ms: 0 when waiting
   * does not help. Both strings are copied. */
  berth_status (*fail)(const berth_op* self, berth_status code, berth_str reason, berth_str message,
                       uint32_t retry_after_ms) BERTH_NOEXCEPT;
};

/* ---- host side ----------------------------------------------------------- */

/* Scoped to one instance (or, in init, to the module); outlives it. */
typedef struct berth_host berth_host;
struct berth_host {
  uint32_t struct_size;
  uint16_t abi_major;
  uint16_t abi_minor;
  void* host_data;
  berth_str product;
  berth_str version;
  /* [thread-safe] id: NUL-terminated. NULL: not offered, or not granted to this instance. The
   * table lives as long as the host. */
  const void* (*get_interface)(const berth_host* self, const char* id)BERTH_NOEXCEPT;
};

/* ---- plugin side ---------------------------------------------------------- */

typedef struct berth_instance berth_instance; /* opaque; owned by the plugin */

typedef struct berth_plugin_entry {
  uint32_t magic;       /* BERTH_PLUGIN_MAGIC */
  uint32_t struct_size; /* at the same offset in every major, so that a loader may read it first */
  uint16_t abi_major;
  uint16_t abi_minor;
  uint32_t reserved;
  const char* id;              /* "com.acme.bss-connector"; NUL-terminated, static */
  const char* version;         /* semantic version of the plugin; NUL-terminated, static */
  const char* const* provides; /* interface ids, NULL-terminated, static */

  /* [control] Once per load, before anything else. No threads, no I/O. */
  berth_status (*init)(const berth_host* host, const berth_op* op) BERTH_NOEXCEPT;
  /* [control] After the last destroy; only when init returned BERTH_OK. */
  void (*deinit)(void) BERTH_NOEXCEPT;

  /* [control] One instance per tenant binding. `host` is scoped to that tenant and
   * outlives the instance. Validates config; opens nothing. *out is set only on BERTH_OK. */
  berth_status (*create)(const berth_host* host, const berth_op* op, berth_str config_json,
                         berth_instance** out) BERTH_NOEXCEPT;
  /* [control] Opens connections and sessions. At most once per instance; the kind's own calls
   * come only after it returned BERTH_OK. After a failure only destroy follows. */
  berth_status (*start)(berth_instance* self, const berth_op* op) BERTH_NOEXCEPT;
  /* [control] No new calls will come; finish background work, flush. */
  berth_status (*drain)(berth_instance* self, const berth_op* op) BERTH_NOEXCEPT;
  /* [control] Joins every thread the instance started. Also without start or drain. */
  void (*destroy)(berth_instance* self) BERTH_NOEXCEPT;
  /* [thread-safe] Same pointer for the instance's whole life, before start too. NULL: not
   * provided. Every id in `provides` is answered. */
  const void* (*get_interface)(berth_instance* self, const char* id)BERTH_NOEXCEPT;
} berth_plugin_entry;

/* The one symbol a plugin exports. A new ABI major is a new symbol name. */
BERTH_EXPORT extern const berth_plugin_entry berth_plugin_entry_v1;

/* ---- health, offered by every kind ---------------------------------------- */

#define BERTH_HEALTH_V1 "berth.health/1"
enum { BERTH_HEALTH_SERVING = 1, BERTH_HEALTH_DEGRADED = 2, BERTH_HEALTH_NOT_SERVING = 3 };
typedef struct berth_health {
  uint32_t struct_size;
  uint32_t reserved;
  /* [thread-safe] Must answer inside op's deadline from what it already knows. detail_json gets
   * one JSON object, or nothing. */
  berth_status (*check)(berth_instance* self, const berth_op* op, uint32_t* state,
                        berth_sink* detail_json) BERTH_NOEXCEPT;
} berth_health;

#ifdef __cplusplus
}
#endif
#endif /* BERTH_ABI_BASE_H_ */
