// Defect: the entry has no drain function.

#include "skeleton.h"

BERTH_TEST_PLUGIN((entry.drain = nullptr));
