// Defect: the entry says it ends after its first fields.

#include "skeleton.h"

BERTH_TEST_PLUGIN((entry.struct_size = 16));
