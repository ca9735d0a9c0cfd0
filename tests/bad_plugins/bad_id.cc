// Defect: the id could forge a log line.

#include "skeleton.h"

BERTH_TEST_PLUGIN((entry.id = "org.example\nforged"));
