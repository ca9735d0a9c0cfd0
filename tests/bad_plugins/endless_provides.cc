// Defect: the list of interfaces has no end within reason.

#include "skeleton.h"

namespace {
struct List {
  const char* ids[1000] = {};
  constexpr List() {
    for (const char*& id : ids) id = BERTH_HSM_V1;
  }
};
constexpr List kList;
}  // namespace

BERTH_TEST_PLUGIN((entry.provides = kList.ids));
