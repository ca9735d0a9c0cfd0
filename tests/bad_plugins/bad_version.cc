// Defect: the version is empty.

#include "skeleton.h"

BERTH_TEST_PLUGIN((entry.version = ""));
