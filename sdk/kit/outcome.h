// One call of a plugin and what it answered, held to the contract with Catch2.

#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "kit/fake_host.h"

namespace berth::kit {

// What one call answered, with its story; holds the contract: a story exactly when not OK.
struct Outcome {
  berth_status status = BERTH_OK;
  std::string reason;
  std::string message;
  bool ok() const { return status == BERTH_OK; }
};

// Runs `call(const berth_op*)` with a context of its own.
template <class Call>
Outcome run(Call&& call) {
  FakeOp op;
  Outcome outcome;
  outcome.status = call(op.raw());
  bool told = outcome.status != BERTH_OK && outcome.status != BERTH_BUFFER_TOO_SMALL;
  CHECK(op.fails() == (told ? 1 : 0));
  if (told) {
    CHECK(op.code() == outcome.status);
    CHECK_FALSE(op.reason().empty());
    CHECK_FALSE(op.message().empty());
  }
  outcome.reason = op.reason();
  outcome.message = op.message();
  return outcome;
}

}  // namespace berth::kit
