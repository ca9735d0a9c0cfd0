#include "kernel/ledger/failure.h"

#include <catch2/catch.hpp>

#include "kernel/ledger/session.h"

namespace berth::ledger {
namespace {

template <class Exception>
Error error_of(const Exception& thrown) {
  try {
    throw thrown;
  } catch (const std::exception&) {
    return error_of_current_exception();
  }
}

TEST_CASE("a failing database is worth another try, damage is not", "[ledger]") {
  const Error disk = error_of(DatabaseError("disk I/O error"));
  CHECK(disk.code() == ErrorCode::kUnavailable);
  CHECK(disk.reason() == "ledger.unavailable");
  CHECK(disk.retry_after().has_value());
  CHECK(disk.message().find("disk I/O error") != std::string::npos);

  const Error damage = error_of(CorruptRow("a number is missing"));
  CHECK(damage.code() == ErrorCode::kDataLoss);
  CHECK(damage.reason() == "ledger.corrupt_row");
  CHECK_FALSE(damage.retry_after().has_value());
}

TEST_CASE("a violation that nobody expected is the database's failure", "[ledger]") {
  CHECK(error_of(UniqueViolation("taken")).reason() == "ledger.unavailable");
  CHECK(error_of(ReferenceViolation("missing")).reason() == "ledger.unavailable");
}

TEST_CASE("anything else is a bug and says so", "[ledger]") {
  const Error bug = error_of(std::logic_error("boom"));
  CHECK(bug.code() == ErrorCode::kInternal);
  CHECK(bug.reason() == "ledger.failed");
  CHECK(error_of(std::bad_alloc()).reason() == "ledger.failed");
}

}  // namespace
}  // namespace berth::ledger
