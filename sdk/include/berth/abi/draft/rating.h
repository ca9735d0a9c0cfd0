/* Draft. A rating model: usage facts in, rated lines out, reproducible octet for octet.
 *
 * Not promised: layouts and ids may change in any release, and a production host binds no draft.
 * Define BERTH_ENABLE_DRAFTS to use it.
 *
 * Amounts are integers: thousandths of a unit, millionths of a currency's major unit. */
#ifndef BERTH_ABI_DRAFT_RATING_H_
#define BERTH_ABI_DRAFT_RATING_H_

#ifndef BERTH_ENABLE_DRAFTS
#error "berth/abi/draft/rating.h is a draft: define BERTH_ENABLE_DRAFTS to use it"
#endif

#include "berth/abi/base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define BERTH_RATING_V1 "berth.rating/1"

#define BERTH_RATING_CARRY_MAX (1024u * 1024u) /* octets */
#define BERTH_RATING_CODE_MAX 64u              /* octets of a charge code; at least 1 */
#define BERTH_RATING_EXPLANATION_MAX 512u      /* octets of UTF-8 without control characters */

/* Element of an array with a stride; it has no size of its own. */
typedef struct berth_usage_event {
  uint64_t sequence; /* ascending in a batch and from batch to batch; at least 1 */
  int64_t occurred_unix_ms;
  int64_t quantity_milli;    /* thousandths of `kind`'s unit */
  berth_str kind;            /* "profile.downloaded", "download.attempted", ... */
  berth_str subject;         /* opaque: what it was about */
  berth_str attributes_json; /* one JSON object */
} berth_usage_event;

enum {
  /* The period ends with this batch: everything outstanding becomes lines, and nothing is carried.
   * A batch without it may be followed by another one of the same period. */
  BERTH_RATING_LAST = 1u
};

typedef struct berth_rating_batch {
  uint32_t struct_size;
  uint32_t flags;       /* BERTH_RATING_* or 0; an unknown flag is BERTH_UNSUPPORTED */
  berth_bytes carry_in; /* what the batch before gave; empty for the first of a period */
  const void* events;   /* berth_usage_event, `stride` octets from one to the next */
  size_t stride;
  size_t count;
} berth_rating_batch;

typedef struct berth_rated_line {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t first_sequence; /* of the events this line charges */
  uint64_t last_sequence;
  berth_str charge_code; /* octets of 0x21 .. 0x7E */
  berth_str currency;    /* ISO 4217: three capital letters */
  int64_t quantity_milli;
  int64_t unit_price_micro; /* millionths of the currency's major unit */
  int64_t amount_micro;     /* after the model's own rounding */
  berth_str explanation;    /* how the number came about, for a dispute */
} berth_rated_line;

/* Reasons every model uses, beside its own:
 *   rating.overflow      INVALID_ARGUMENT  a quantity or amount does not fit; nothing ever wraps
 *   rating.order         INVALID_ARGUMENT  sequences do not ascend
 *   rating.carry         INVALID_ARGUMENT  carry_in is not this model's under this configuration
 *   rating.unpriced      INVALID_ARGUMENT  no price for this kind of usage
 *   rating.bad_event     INVALID_ARGUMENT  the event cannot be charged as it is
 * A failed call has rated nothing: the host throws away the lines that it was given. */
typedef struct berth_rating {
  uint32_t struct_size;
  uint32_t reserved;
  /* [thread-safe, pure] Same configuration, same batch: same lines in the same order, same
   * carry, octet for octet, in any process at any time. No clock, no randomness, no I/O, nothing
   * kept in the instance. However a period is cut into batches, its lines joined and its last
   * carry are the same. */
  berth_status (*rate)(berth_instance*, const berth_op*, const berth_rating_batch* batch, void* ctx,
                       berth_status (*emit)(void* ctx, const berth_rated_line* line) BERTH_NOEXCEPT,
                       berth_sink* carry_out) BERTH_NOEXCEPT;
} berth_rating;

#ifdef __cplusplus
}
#endif
#endif /* BERTH_ABI_DRAFT_RATING_H_ */
