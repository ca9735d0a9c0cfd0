/* Draft. A connector to one tenant's BSS: decides orders, receives events, reports its beliefs.
 *
 * Not promised: layouts and ids may change in any release, and a production host refuses modules
 * that provide it. Define BERTH_ENABLE_DRAFTS to use it. */
#ifndef BERTH_ABI_DRAFT_BSS_H_
#define BERTH_ABI_DRAFT_BSS_H_

#ifndef BERTH_ENABLE_DRAFTS
#error "berth/abi/draft/bss.h is a draft: define BERTH_ENABLE_DRAFTS to use it"
#endif

#include "berth/abi/base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define BERTH_BSS_V1 "berth.bss/1"

enum { BERTH_BSS_ALLOW = 1, BERTH_BSS_DENY = 2, BERTH_BSS_HOLD = 3 };

typedef struct berth_bss_verdict {
  uint32_t struct_size;
  uint32_t decision;    /* BERTH_BSS_*; 0 is never valid */
  uint32_t hold_for_ms; /* HOLD: ask again after */
  uint32_t reserved;
} berth_bss_verdict;

typedef struct berth_bss_event {
  uint32_t struct_size;
  uint32_t attempt;   /* 1 on first delivery */
  uint64_t sequence;  /* per tenant, gap-free */
  berth_str event_id; /* stable across retries */
  berth_str type;     /* "profile.installed" */
  berth_str schema;   /* "profile.installed/2" */
  berth_bytes body_json;
} berth_bss_event;

typedef struct berth_bss {
  uint32_t struct_size;
  uint32_t reserved;
  /* [thread-safe] Before the kernel reserves a profile. Failure to decide is a status,
   * never a verdict: the tenant's policy says what the kernel does then. */
  berth_status (*check_order)(berth_instance*, const berth_op*, berth_bytes order_json,
                              berth_bss_verdict* out, berth_sink* reason_json) BERTH_NOEXCEPT;
  /* [serial per tenant] At least once, in order of sequence. BERTH_OK: the BSS has it.
   * BERTH_UNAVAILABLE, BERTH_DEADLINE_EXCEEDED, BERTH_RESOURCE_EXHAUSTED: try again later.
   * BERTH_INVALID_ARGUMENT: park it for a person; go on with the next. */
  berth_status (*deliver)(berth_instance*, const berth_op*,
                          const berth_bss_event* event) BERTH_NOEXCEPT;
  /* [thread-safe] Emits what the BSS believes, one JSON record a call, from `cursor` on. */
  berth_status (*reconcile)(berth_instance*, const berth_op*, berth_bytes cursor, size_t max,
                            void* ctx,
                            berth_status (*emit)(void* ctx, berth_bytes record_json) BERTH_NOEXCEPT,
                            berth_sink* next_cursor) BERTH_NOEXCEPT;
} berth_bss;

#ifdef __cplusplus
}
#endif
#endif /* BERTH_ABI_DRAFT_BSS_H_ */
