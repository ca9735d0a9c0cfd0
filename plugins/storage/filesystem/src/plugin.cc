// The plugin's one exported object.

#include "filesystem_store.h"

BERTH_STORAGE_PLUGIN(filesystem_store::FilesystemStore, "berth.storage.filesystem",
                     BERTH_PLUGIN_VERSION)
