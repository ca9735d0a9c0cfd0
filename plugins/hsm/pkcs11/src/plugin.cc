// The plugin's one exported object.

#include "backend.h"

BERTH_HSM_PLUGIN(pkcs11::Backend, "berth.hsm.pkcs11", BERTH_PLUGIN_VERSION)
