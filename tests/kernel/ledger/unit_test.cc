#include "kernel/ledger/unit.h"

#include <catch2/catch.hpp>
#include <set>

namespace berth::ledger {
namespace {

TEST_CASE("every reason of a refusal has a name of its own", "[ledger]") {
  std::set<std::string_view> names;
  for (const RefusalReason reason :
       {RefusalReason::kGuard, RefusalReason::kDuplicate, RefusalReason::kExpired,
        RefusalReason::kAnswered, RefusalReason::kOverloaded, RefusalReason::kUnavailable}) {
    CHECK_FALSE(to_string(reason).empty());
    CHECK(names.insert(to_string(reason)).second);
  }
}

}  // namespace
}  // namespace berth::ledger
