// Defect: the entry does not begin with the magic number.

#include "skeleton.h"

BERTH_TEST_PLUGIN((entry.magic = 0x12345678));
