/* Draft. A rating model: usage events in, rated lines out, reproducible octet for octet.
 *
 * Not promised: layouts and ids may change in any release, and a production host refuses modules
 * that provide it. Define BERTH_ENABLE_DRAFTS to use it. */
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

typedef struct berth_usage_event {
  uint64_t sequence; /* total order inside the tenant; never reused */
  int64_t occurred_unix_ms;
  berth_str kind;    /* "profile.downloaded", "profile.stored.gb-day", ... */
  berth_str subject; /* opaque: what it was about */
  berth_str attributes_json;
  int64_t quantity; /* in thousandths of `kind`'s unit */
} berth_usage_event;

typedef struct berth_rated_line {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t first_sequence;
  uint64_t last_sequence;
  berth_str charge_code;
  berth_str currency; /* ISO 4217 */
  int64_t quantity_milli;
  int64_t unit_price_micro; /* millionths of the currency's major unit */
  int64_t amount_micro;     /* after the model's own rounding */
  berth_str explanation;    /* how the number came about, for a dispute */
} berth_rated_line;

typedef struct berth_rating {
  uint32_t struct_size;
  uint32_t reserved;
  /* [thread-safe, pure] Same config, same events, same carry-in: same lines, same carry-out,
   * octet for octet. No clock, no I/O, no state in the instance.
   * `events` is an array with `stride` octets from one element to the next. */
  berth_status (*rate)(berth_instance*, const berth_op*, berth_bytes carry_in, const void* events,
                       size_t stride, size_t count, void* ctx,
                       berth_status (*emit)(void* ctx, const berth_rated_line* line) BERTH_NOEXCEPT,
                       berth_sink* carry_out) BERTH_NOEXCEPT;
} berth_rating;

#ifdef __cplusplus
}
#endif
#endif /* BERTH_ABI_DRAFT_RATING_H_ */
