/* Services the kernel offers to plugin instances, found through berth_host.get_interface.
 *
 * Granted per binding: a plugin must live with NULL for each, the log included. All functions are
 * [thread-safe] unless tagged otherwise. */
#ifndef BERTH_ABI_HOST_H_
#define BERTH_ABI_HOST_H_

#include "berth/abi/base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define BERTH_HOST_LOG_V1 "berth.host.log/1"
enum { BERTH_LOG_DEBUG = 1, BERTH_LOG_INFO = 2, BERTH_LOG_WARN = 3, BERTH_LOG_ERROR = 4 };
typedef struct berth_field {
  berth_str key;
  berth_str value;
} berth_field;
typedef struct berth_host_log {
  uint32_t struct_size;
  uint32_t reserved;
  bool (*enabled)(const berth_host* host, uint32_t level) BERTH_NOEXCEPT;
  /* The host adds instance, tenant and time. Never a secret; identifiers masked by the caller. */
  void (*write)(const berth_host* host, uint32_t level, berth_str message,
                const berth_field* fields, size_t field_count) BERTH_NOEXCEPT;
} berth_host_log;

#define BERTH_HOST_METRICS_V1 "berth.host.metrics/1"
typedef struct berth_host_metrics {
  uint32_t struct_size;
  uint32_t reserved;
  /* [control] Only in create/start. 0: refused (name not in the manifest). */
  uint32_t (*counter)(const berth_host* host, berth_str name) BERTH_NOEXCEPT;
  uint32_t (*histogram)(const berth_host* host, berth_str name) BERTH_NOEXCEPT;
  void (*add)(const berth_host* host, uint32_t metric, double value) BERTH_NOEXCEPT;
} berth_host_metrics;

#define BERTH_HOST_CLOCK_V1 "berth.host.clock/1"
typedef struct berth_host_clock {
  uint32_t struct_size;
  uint32_t reserved;
  int64_t (*monotonic_ns)(const berth_host* host) BERTH_NOEXCEPT;
  int64_t (*unix_ms)(const berth_host* host) BERTH_NOEXCEPT;
  /* Sleeps until `until_ns` (monotonic), the deadline or cancellation, whichever is first. */
  berth_status (*sleep_until)(const berth_host* host, const berth_op* op,
                              int64_t until_ns) BERTH_NOEXCEPT;
} berth_host_clock;

#define BERTH_HOST_SECRET_V1 "berth.host.secret/1"
typedef struct berth_host_secret {
  uint32_t struct_size;
  uint32_t reserved;
  /* Calls `use` once with the value; the bytes are wiped when `use` returns. */
  berth_status (*with)(const berth_host* host, const berth_op* op, berth_str name, void* ctx,
                       berth_status (*use)(void* ctx, berth_bytes value)
                           BERTH_NOEXCEPT) BERTH_NOEXCEPT;
  /* Changes when any granted secret is rotated. */
  uint64_t (*generation)(const berth_host* host) BERTH_NOEXCEPT;
} berth_host_secret;

#define BERTH_HOST_HTTP_V1 "berth.host.http/1"
typedef struct berth_http_request {
  uint32_t struct_size;
  uint32_t reserved;
  berth_str method;
  berth_str url;
  berth_str tls_profile; /* named in the tenant's config; keys never reach the plugin */
  const berth_field* headers;
  size_t header_count;
  berth_source* body;  /* NULL: none */
  size_t response_max; /* octets */
} berth_http_request;
typedef struct berth_host_http {
  uint32_t struct_size;
  uint32_t reserved;
  /* Blocks within op's deadline. Transport failure is a status; an HTTP error is BERTH_OK. */
  berth_status (*send)(const berth_host* host, const berth_op* op,
                       const berth_http_request* request, uint32_t* http_status,
                       berth_sink* headers_json, berth_sink* body) BERTH_NOEXCEPT;
} berth_host_http;

#define BERTH_HOST_STATE_V1 "berth.host.state/1"
/* Small durable values of this instance: cursors, watermarks. Not a database. */
typedef struct berth_host_state {
  uint32_t struct_size;
  uint32_t reserved;
  berth_status (*get)(const berth_host* host, const berth_op* op, berth_str key, berth_sink* value,
                      uint64_t* revision) BERTH_NOEXCEPT;
  /* BERTH_ABORTED when the stored revision is not `expected` (0: must not exist). */
  berth_status (*put)(const berth_host* host, const berth_op* op, berth_str key, berth_bytes value,
                      uint64_t expected, uint64_t* revision) BERTH_NOEXCEPT;
} berth_host_state;

#ifdef __cplusplus
}
#endif
#endif /* BERTH_ABI_HOST_H_ */
