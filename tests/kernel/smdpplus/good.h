// The value of a Result that must be there, for tests without a tenant.

#pragma once

#include <catch2/catch.hpp>

#include "kernel/base/result.h"

namespace berth::smdpplus::testing {

template <class T>
T good(Result<T> result) {
  if (!result) FAIL(std::string(result.error().reason()) + ": " + result.error().message());
  return std::move(result).value();
}

}  // namespace berth::smdpplus::testing
