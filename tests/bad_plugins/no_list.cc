// Defect: the storage table has no list function.

#include "working_store.h"

BERTH_TEST_WORKING_TABLE((table.list = nullptr));
