/* "berth.hsm.import/1": optional beside "berth.hsm/1", for development backends that accept a key
 * made elsewhere. A backend whose keys are born inside a device does not provide it. */
#ifndef BERTH_ABI_HSM_IMPORT_H_
#define BERTH_ABI_HSM_IMPORT_H_

#include "berth/abi/hsm.h"

#ifdef __cplusplus
extern "C" {
#endif

#define BERTH_HSM_IMPORT_V1 "berth.hsm.import/1"

typedef struct berth_hsm_import {
  uint32_t struct_size;
  uint32_t reserved;
  /* [thread-safe] Stores a lasting key under `reference`; durable when it returns.
   * private_key: the scalar, big-endian, as long as the curve's order (32 octets for the 256-bit
   * curves); for a symmetric key (curve 0) its bits/8 octets. spec->ephemeral must be false;
   * spec->label empty or equal to reference. The caller wipes its copy.
   * BERTH_ALREADY_EXISTS when the reference is taken, whatever key lies there;
   * BERTH_INVALID_ARGUMENT for a scalar that is 0 or not below the order. */
  berth_status (*import_key)(berth_instance*, const berth_op*, berth_str reference,
                             const berth_hsm_key_spec* spec,
                             berth_bytes private_key) BERTH_NOEXCEPT;
} berth_hsm_import;

#ifdef __cplusplus
}
#endif
#endif /* BERTH_ABI_HSM_IMPORT_H_ */
