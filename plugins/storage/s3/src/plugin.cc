// The plugin's one exported object.

#include "s3_store.h"

BERTH_STORAGE_PLUGIN(s3::S3Store, "berth.storage.s3", BERTH_PLUGIN_VERSION)
