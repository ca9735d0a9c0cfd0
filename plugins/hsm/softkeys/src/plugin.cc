// The plugin's one exported object.

#include "softkeys.h"

BERTH_HSM_PLUGIN(softkeys::Softkeys, "berth.hsm.softkeys", BERTH_PLUGIN_VERSION)
