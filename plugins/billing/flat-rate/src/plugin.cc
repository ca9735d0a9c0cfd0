// The plugin's one exported object.

#include "flat_rate.h"

BERTH_RATING_PLUGIN(flat_rate::FlatRate, "berth.rating.flat-rate", BERTH_PLUGIN_VERSION)
