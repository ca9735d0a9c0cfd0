// Defect: none. The control: what holds for it and not for another is that one's defect.

#include "skeleton.h"

BERTH_TEST_PLUGIN(static_cast<void>(entry));
