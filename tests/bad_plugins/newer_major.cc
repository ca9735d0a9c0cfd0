// Defect: it speaks a later major of the ABI.

#include "skeleton.h"

BERTH_TEST_PLUGIN((entry.abi_major = BERTH_ABI_MAJOR + 1));
