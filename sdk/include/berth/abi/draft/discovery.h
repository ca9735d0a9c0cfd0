/* Draft. SM-DS registration and partner routing: which configured peer serves a card.
 *
 * Not promised: layouts and ids may change in any release, and a production host binds no draft.
 * Define BERTH_ENABLE_DRAFTS to use it. */
#ifndef BERTH_ABI_DRAFT_DISCOVERY_H_
#define BERTH_ABI_DRAFT_DISCOVERY_H_

#ifndef BERTH_ENABLE_DRAFTS
#error "berth/abi/draft/discovery.h is a draft: define BERTH_ENABLE_DRAFTS to use it"
#endif

#include "berth/abi/base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define BERTH_REGISTRAR_V1 "berth.discovery.registrar/1"
#define BERTH_PARTNER_ROUTE_V1 "berth.discovery.partner-route/1"

#define BERTH_DS_EID_LEN 32u          /* decimal digits */
#define BERTH_DS_EVENT_ID_MAX 255u    /* octets of 0x21 .. 0x7E; at least 1 */
#define BERTH_DS_SERVER_NAME_MAX 255u /* octets of a host name in lower case; at least 1 */

/* One event of an SM-DS: "this card finds something at that server" (SGP.22, ES12.RegisterEvent).
 * An event is named by eid and event_id together. */
typedef struct berth_ds_event {
  uint32_t struct_size;
  uint32_t reserved;
  berth_str eid;
  berth_str event_id;       /* chosen by the host, never used again for another content */
  berth_str server_address; /* the host name that the device must contact */
  bool forwarding;          /* ask an alternative SM-DS to cascade to the root */
} berth_ds_event;

/* What register_event found. */
enum {
  BERTH_REGISTRATION_NEW = 1,  /* the SM-DS did not have the event and has it now */
  BERTH_REGISTRATION_SAME = 2, /* it had the event with this very content */
  /* It has an event of this name and does not tell its content, as an SM-DS of the GSMA answers.
   * Whether this is our own earlier call, whose answer was lost, only the host's journal knows. */
  BERTH_REGISTRATION_DUPLICATE = 3
};

/* Out-struct: the caller sets struct_size. */
typedef struct berth_registration {
  uint32_t struct_size;
  uint32_t outcome; /* BERTH_REGISTRATION_* */
} berth_registration;

/* Reasons every registrar uses, beside its own:
 *   registrar.bad_event INVALID_ARGUMENT eid, event_id or server_address outside the limits above
 *   registrar.conflict  ALREADY_EXISTS   the name is taken by an event whose content is known to
 *                                        be another
 *   registrar.away      UNAVAILABLE      the SM-DS does not answer; the outcome may be unknown, and
 *                                        the same call again is the way to learn it
 *   registrar.refused   PERMISSION_DENIED  the SM-DS does not take events from this server */
typedef struct berth_registrar {
  uint32_t struct_size;
  uint32_t reserved;
  /* [thread-safe] BERTH_OK: the SM-DS has an event of this name, and *out says what is known of
   * it. Of many callers at once with one new event exactly one is told BERTH_REGISTRATION_NEW. */
  berth_status (*register_event)(berth_instance*, const berth_op*, const berth_ds_event* event,
                                 berth_registration* out) BERTH_NOEXCEPT;
  /* [thread-safe] BERTH_OK: the SM-DS has no event of this name (any more). */
  berth_status (*delete_event)(berth_instance*, const berth_op*, berth_str eid,
                               berth_str event_id) BERTH_NOEXCEPT;
} berth_registrar;

enum { BERTH_ROUTE_LOCAL = 1, BERTH_ROUTE_PARTNER = 2, BERTH_ROUTE_REFUSE = 3 };

typedef struct berth_route_query {
  uint32_t struct_size;
  uint32_t reserved;
  berth_str eid;
  berth_str iccid; /* empty when not known yet */
  berth_str operator_id;
  berth_str server_oid; /* OID in the partner's certificate, when it called us */
  berth_str interface;  /* "es2plus", "es3", "es9plus", "es12" */
} berth_route_query;

typedef struct berth_route {
  uint32_t struct_size;
  uint32_t verdict;      /* BERTH_ROUTE_* */
  uint32_t valid_for_ms; /* how long the kernel may cache it */
  uint32_t reserved;
} berth_route;

typedef struct berth_partner_route {
  uint32_t struct_size;
  uint32_t reserved;
  /* [thread-safe] Decides; never dials. `peer` receives the name of a peer in the tenant's
   * configuration, so that addresses and keys stay with the kernel. */
  berth_status (*resolve)(berth_instance*, const berth_op*, const berth_route_query* query,
                          berth_route* out, berth_sink* peer) BERTH_NOEXCEPT;
} berth_partner_route;

#ifdef __cplusplus
}
#endif
#endif /* BERTH_ABI_DRAFT_DISCOVERY_H_ */
