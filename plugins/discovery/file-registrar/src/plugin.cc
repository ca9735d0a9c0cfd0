// The plugin's one exported object.

#include "file_registrar.h"

BERTH_REGISTRAR_PLUGIN(file_registrar::FileRegistrar, "berth.discovery.file-registrar",
                       BERTH_PLUGIN_VERSION)
