// Defect: it speaks a later minor of the ABI, which nothing is promised about before 1.0.

#include "skeleton.h"

BERTH_TEST_PLUGIN((entry.abi_minor = BERTH_ABI_MINOR + 1));
