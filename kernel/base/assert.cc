#include "kernel/base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace berth {

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "berth: broken invariant at %s:%d: %s\n", file, line, condition);
  std::abort();
}

}  // namespace berth
