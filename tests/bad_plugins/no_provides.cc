// Defect: it provides nothing.

#include "skeleton.h"

BERTH_TEST_PLUGIN((entry.provides = nullptr));
