// Defect: beside the entry it exports state that another plugin could bind to.

#include "skeleton.h"

__attribute__((visibility("default"))) extern int shared_counter;
int shared_counter = 0;

BERTH_TEST_PLUGIN(static_cast<void>(entry));
