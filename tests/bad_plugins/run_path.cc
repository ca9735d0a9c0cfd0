// Defect: it is linked with a run path, so that the loader would look for its libraries in a folder
// of the plugin's own choice.

#include "skeleton.h"

BERTH_TEST_PLUGIN(static_cast<void>(entry));
