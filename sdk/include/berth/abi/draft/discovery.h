/* Draft. SM-DS registration and partner routing: which configured peer serves a card.
 *
 * Not promised: layouts and ids may change in any release, and a production host refuses modules
 * that provide it. Define BERTH_ENABLE_DRAFTS to use it. */
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

typedef struct berth_ds_event {
  uint32_t struct_size;
  uint32_t reserved;
  berth_str eid; /* 32 decimal digits */
  berth_str event_id;
  berth_str server_address; /* FQDN the device must contact */
  bool forwarding;          /* ask an alternative SM-DS to cascade to the root */
} berth_ds_event;

typedef struct berth_registrar {
  uint32_t struct_size;
  uint32_t reserved;
  /* [thread-safe] Registering the same event again is BERTH_OK;
   * the same event_id with other content is BERTH_ALREADY_EXISTS. */
  berth_status (*register_event)(berth_instance*, const berth_op*,
                                 const berth_ds_event* event) BERTH_NOEXCEPT;
  /* [thread-safe] Deleting what is not registered is BERTH_OK. */
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
