// Defect: it announces interfaces that it does not answer for.

#include "skeleton.h"

BERTH_TEST_PLUGIN((entry.get_interface = [](berth_instance*, const char*) noexcept -> const void* {
  return nullptr;
}));
