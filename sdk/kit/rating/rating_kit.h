// The conformance kit of rating models: what every plugin that provides berth.rating/1 must do,
// called through its C tables alone. A model's test program links berth_rating_kit and defines
// make_place().

#pragma once

#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "berth/abi/draft/rating.h"
#include "kit/plugin_under_test.h"

namespace berth::rating_kit {

using kit::Instance;
using kit::Outcome;
using kit::run;
using kit::str;

struct Usage {
  std::uint64_t sequence = 0;
  std::string kind = "profile.downloaded";
  std::int64_t quantity_milli = 1000;
  std::string subject = "order-1";
  std::string attributes_json = "{}";
  std::int64_t occurred_unix_ms = 1'795'000'000'000;
};

// Where instances of one model come and go.
class Place {
 public:
  virtual ~Place() = default;
  virtual std::string plugin() const = 0;  // the built library
  virtual std::string config() const = 0;
  // Another configuration, under which the same usage costs otherwise; where there is none, the
  // same again.
  virtual std::string other_config() const { return config(); }
  // Usage that the model prices under both, with ascending sequences: enough of it that a period
  // means something.
  virtual std::vector<Usage> usage() const {
    std::vector<Usage> all;
    for (std::uint64_t i = 1; i <= 12; ++i) {
      all.push_back({i * 3, i % 4 == 0 ? "download.attempted" : "profile.downloaded",
                     static_cast<std::int64_t>(i * 1250)});
    }
    return all;
  }
};
// Defined by each program that runs the kit.
std::unique_ptr<Place> make_place();

// What a call answered, as one text: equal texts are equal answers, octet for octet.
struct Answer {
  Outcome outcome;
  std::string lines;
  std::string carry;
  std::size_t count = 0;  // of lines
  bool operator==(const Answer& other) const {
    return outcome.status == other.outcome.status && lines == other.lines && carry == other.carry;
  }
};

// Takes lines as text; stops after `limit` of them.
struct LineText {
  std::string text{};
  std::size_t count = 0;
  std::size_t limit = 1000;

  static berth_status emit(void* ctx, const berth_rated_line* line) noexcept {
    auto& all = *static_cast<LineText*>(ctx);
    if (all.count == all.limit) return BERTH_ABORTED;
    ++all.count;
    for (std::int64_t number : {static_cast<std::int64_t>(line->first_sequence),
                                static_cast<std::int64_t>(line->last_sequence),
                                line->quantity_milli, line->unit_price_micro, line->amount_micro}) {
      all.text += std::to_string(number) + "|";
    }
    for (berth_str text : {line->charge_code, line->currency, line->explanation}) {
      all.text.append(text.data, text.len).append("|");
    }
    all.text += "\n";
    return BERTH_OK;
  }
};

// A started instance. Every call checks the contract: a story exactly when not OK.
class Model {
 public:
  Model(const Place& place, const std::string& config)
      : instance_(kit::load_plugin(place.plugin().c_str()), config) {
    REQUIRE(instance_.created().ok());
    REQUIRE(instance_.start().ok());
    table_ = instance_.table<berth_rating>(BERTH_RATING_V1);
    REQUIRE(table_ != nullptr);
  }
  explicit Model(const Place& place) : Model(place, place.config()) {}

  Answer rate(std::string_view carry, std::span<const Usage> usage, std::uint32_t flags) {
    Answer answer;
    answer.outcome =
        run([&](const berth_op* op) { return rate_with(op, carry, usage, flags, answer); });
    return answer;
  }
  // The same without Catch2, for other threads than the test's.
  berth_status rate_with(const berth_op* op, std::string_view carry, std::span<const Usage> usage,
                         std::uint32_t flags, Answer& answer) {
    std::vector<berth_usage_event> events = to_abi(usage);
    berth_rating_batch batch{};
    batch.struct_size = sizeof batch;
    batch.flags = flags;
    batch.carry_in = kit::octets(carry);
    batch.events = events.data();
    batch.stride = sizeof(berth_usage_event);
    batch.count = events.size();
    LineText lines;
    kit::CollectingSink sink;
    berth_status status = call(op, batch, lines, sink);
    answer.lines = lines.text;
    answer.count = lines.count;
    answer.carry = sink.content();
    return status;
  }
  berth_status call(const berth_op* op, const berth_rating_batch& batch, LineText& lines,
                    kit::CollectingSink& carry) {
    return table_->rate(instance_.handle(), op, &batch, &lines, &LineText::emit, carry.raw());
  }

  static std::vector<berth_usage_event> to_abi(std::span<const Usage> usage) {
    std::vector<berth_usage_event> events;
    for (const Usage& one : usage) {
      events.push_back({one.sequence, one.occurred_unix_ms, one.quantity_milli, str(one.kind),
                        str(one.subject), str(one.attributes_json)});
    }
    return events;
  }

 private:
  Instance instance_;
  const berth_rating* table_ = nullptr;
};

}  // namespace berth::rating_kit
