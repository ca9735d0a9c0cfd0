// One plugin of every draft kind that breaks the rule its configuration names.

#pragma once

#include "tests/kernel/plugins/fixture.h"

namespace berth::plugins::testing {

struct DraftFixture : Fixture {
  // "{}" breaks none.
  std::shared_ptr<Instance> with_defect(const std::string& defect) {
    return *Instance::create(*load("draft_kinds"), {"mvno-17", "draft", defect}, services, op);
  }
};

}  // namespace berth::plugins::testing
