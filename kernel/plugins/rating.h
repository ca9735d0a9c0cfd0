// What the kernel asks of a rating model: usage facts in, rated lines out. The adapter over a
// loaded plugin implements it; so do test doubles.
//
// A model is pure: the same configuration and batch give the same answer, octet for octet, so that
// a settlement can be done again years later. Thread-safe.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/bytes.h"
#include "kernel/base/clock.h"
#include "kernel/base/result.h"
#include "kernel/plugins/op.h"

namespace berth::plugins {

struct UsageEvent {
  std::uint64_t sequence = 0;  // at least 1; ascending, also from batch to batch
  UnixMs occurred_ms = 0;
  std::int64_t quantity_milli = 0;  // thousandths of the kind's unit
  std::string_view kind;
  std::string_view subject;
  std::string_view attributes_json;
};

struct RatingBatch {
  ByteView carry_in;  // what the batch before gave; empty for the first of a period
  std::span<const UsageEvent> events;
  bool last = false;  // the period ends here: nothing is carried on
};

struct RatedLine {
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  std::string charge_code;
  std::string currency;  // three capital letters
  std::int64_t quantity_milli = 0;
  std::int64_t unit_price_micro = 0;  // millionths of the currency's major unit
  std::int64_t amount_micro = 0;
  std::string explanation;  // printable UTF-8
};

struct Rated {
  std::vector<RatedLine> lines;
  Bytes carry_out;
};

class RatingModel {
 public:
  static constexpr std::size_t kMaxBatchEvents = 100'000;
  static constexpr std::size_t kMaxBatchLines = 200'000;

  virtual ~RatingModel() = default;
  // All or nothing. kInvalidArgument "rating.batch_too_large" past kMaxBatchEvents or the carry's
  // megabyte; the model's own "rating.overflow", "rating.order", "rating.carry", "rating.unpriced".
  virtual Result<Rated> rate(const Op& op, const RatingBatch& batch) = 0;
};

}  // namespace berth::plugins
