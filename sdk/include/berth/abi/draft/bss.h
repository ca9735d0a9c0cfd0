/* Draft. A connector to one tenant's BSS: decides orders, takes events, reports its beliefs.
 *
 * Not promised: layouts and ids may change in any release, and a production host binds no draft.
 * Define BERTH_ENABLE_DRAFTS to use it. */
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

#define BERTH_BSS_NAME_MAX 64u            /* octets of an endpoint's or lane's name; at least 1 */
#define BERTH_BSS_BATCH_MAX 1000u         /* events of one batch; at least 1 */
#define BERTH_BSS_REASON_MAX 64u          /* octets of a slug: a-z 0-9 . _ */
#define BERTH_BSS_MESSAGE_MAX 256u        /* octets of UTF-8 for a person; never a secret */
#define BERTH_BSS_RECORD_MAX (64u * 1024) /* octets of one record of reconcile */
#define BERTH_BSS_CURSOR_MAX 1024u        /* octets of a cursor */

enum { BERTH_BSS_ALLOW = 1, BERTH_BSS_DENY = 2, BERTH_BSS_HOLD = 3 };

/* Out-struct: the caller sets struct_size. */
typedef struct berth_bss_verdict {
  uint32_t struct_size;
  uint32_t decision;                   /* BERTH_BSS_*; 0 is never valid */
  uint32_t hold_for_ms;                /* HOLD: ask again after; else 0 */
  uint32_t reason_len;                 /* DENY, HOLD: at least 1; ALLOW: 0 */
  uint32_t message_len;                /* the same */
  char reason[BERTH_BSS_REASON_MAX];   /* "bss.credit_limit"; not NUL-terminated */
  char message[BERTH_BSS_MESSAGE_MAX]; /* not NUL-terminated */
} berth_bss_verdict;

/* Element of an array with a stride; it has no size of its own. */
typedef struct berth_bss_event {
  uint64_t sequence;         /* gap-free per tenant and incarnation before the endpoint's filter */
  uint64_t incarnation;      /* rises when the tenant is restored or imported; at least 1 */
  uint32_t delivery_attempt; /* of this event to this endpoint and lane; 1 on the first */
  uint32_t attempt;          /* the download attempt the event tells of; 0: it tells of none */
  berth_str event_id;        /* stable over retries, lanes and replays: what receivers dedupe on */
  berth_str type;            /* "profileDownloadResult" */
  berth_str schema;          /* "profileDownloadResult/1" */
  berth_bytes body_json;     /* one JSON object; the same octets at every delivery */
} berth_bss_event;

/* Events of one lane of one endpoint.
 *
 * An endpoint is one receiver of the tenant ("bss", "ocs"), with its own filter and its own idea
 * of what it has. A lane is one ordered stream to an endpoint, with a cursor of its own: "live",
 * and beside it "replay" when a day is sent again, so that the old does not hold up the new. Within
 * (endpoint, lane) sequences ascend within an incarnation, and incarnations ascend; a filter makes
 * gaps. Between lanes there is no order, and an event may come in more than one. */
typedef struct berth_bss_batch {
  uint32_t struct_size;
  uint32_t reserved;
  berth_str endpoint; /* a-z 0-9 . - */
  berth_str lane;     /* a-z 0-9 . - */
  const void* events; /* berth_bss_event, `stride` octets from one to the next */
  size_t stride;
  size_t count;
} berth_bss_batch;

enum {
  BERTH_BSS_DELIVERED = 1, /* the BSS has it, durably, whatever happens next */
  BERTH_BSS_TRY_LATER = 2, /* not now; this event and those behind it come again, in this order */
  BERTH_BSS_PARK = 3       /* never as it is: set it aside for a person, go on with the next */
};

/* What became of one event. */
typedef struct berth_bss_receipt {
  uint32_t struct_size;
  uint32_t verdict;        /* BERTH_BSS_DELIVERED .. BERTH_BSS_PARK */
  uint64_t index;          /* in the batch: 0 for the first receipt, then 1, 2, ... */
  uint32_t retry_after_ms; /* TRY_LATER: not before; 0: the host's own backoff */
  uint32_t reserved;
  berth_str reason;  /* a slug; empty when delivered */
  berth_str message; /* empty when delivered */
} berth_bss_receipt;

/* Reasons every connector uses, beside its own:
 *   bss.bad_order   INVALID_ARGUMENT  order_json is no JSON object, or lacks what a rule needs
 *   bss.bad_event   (PARK)            the event is malformed or of a kind the BSS cannot take
 *   bss.bad_batch   INVALID_ARGUMENT  names or sequences break the rules above; nothing was taken
 *   bss.cursor      INVALID_ARGUMENT  the cursor is not one that reconcile gave
 *   bss.away        UNAVAILABLE, or TRY_LATER   the BSS does not answer
 *   bss.unsupported UNSUPPORTED       this connector has no such function */
typedef struct berth_bss {
  uint32_t struct_size;
  uint32_t reserved;
  /* [thread-safe] Before the kernel reserves a profile. Free of side effects: it may be asked any
   * number of times, for orders that are never placed, and leaves no trace in the BSS; what an
   * order does there comes with its events. order_json: one JSON object; members, where known:
   * "orderId", "iccid", "eid", "profileType", "correlationId", "requester"; never a code. Members
   * that a connector does not know it ignores. Failure to decide is a status, never a verdict: the
   * tenant's policy says what the kernel does then. */
  berth_status (*check_order)(berth_instance*, const berth_op*, berth_bytes order_json,
                              berth_bss_verdict* out) BERTH_NOEXCEPT;
  /* [serial per (endpoint, lane)] At least once: after a lost answer the same events come again,
   * perhaps cut into other batches, and an event that the BSS has is delivered, not doubled. One
   * receipt for each event, in order, as soon as its fate is decided; the receipts before a failure
   * of the call stand. A TRY_LATER is the last receipt of a batch; without one, BERTH_OK means that
   * every event has its receipt. Non-OK from `receipt` ends the call and is returned. */
  berth_status (*deliver_batch)(berth_instance*, const berth_op*, const berth_bss_batch* batch,
                                void* ctx,
                                berth_status (*receipt)(void* ctx, const berth_bss_receipt* receipt)
                                    BERTH_NOEXCEPT) BERTH_NOEXCEPT;
  /* [thread-safe] What the BSS believes, so that both sides can be compared: at most `max` (>= 1)
   * records from `cursor` on (empty: from the first), each one JSON object with "iccid" and what
   * is believed of that profile, each ICCID once and in an order that stays. next_cursor gets where
   * to go on, or nothing at the end. */
  berth_status (*reconcile)(berth_instance*, const berth_op*, berth_bytes cursor, size_t max,
                            void* ctx,
                            berth_status (*emit)(void* ctx, berth_bytes record_json) BERTH_NOEXCEPT,
                            berth_sink* next_cursor) BERTH_NOEXCEPT;
} berth_bss;

#ifdef __cplusplus
}
#endif
#endif /* BERTH_ABI_DRAFT_BSS_H_ */
