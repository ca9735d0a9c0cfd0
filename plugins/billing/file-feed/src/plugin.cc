// The plugin's one exported object.

#include "file_feed.h"

BERTH_BSS_PLUGIN(file_feed::FileFeed, "berth.bss.file-feed", BERTH_PLUGIN_VERSION)
