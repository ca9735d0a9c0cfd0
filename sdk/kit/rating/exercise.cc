// A small period rated, twice, with one answer. The configuration prices "profile.downloaded".

#include <string>
#include <vector>

#include "berth/abi/draft/rating.h"
#include "kit/exercise.h"

namespace berth::rating_kit {
namespace {

using kit::Caller;
using kit::str;

class RatingExercise final : public kit::Exercise {
 public:
  RatingExercise(const berth_rating* table, berth_instance* instance)
      : table_(table), instance_(instance) {}

  berth_status round(Caller& caller, std::uint64_t number) override {
    std::string first;
    berth_status status = rate(caller, number, first);
    if (status != BERTH_OK) return status;
    std::string second;
    status = rate(caller, number, second);
    if (status != BERTH_OK) return status;
    return first == second ? BERTH_OK
                           : caller.wrong(
                                 "rate gave other lines for the same batch: use no clock, "
                                 "no randomness, no state");
  }

 private:
  static berth_status take(void* ctx, const berth_rated_line* line) noexcept {
    auto& lines = *static_cast<std::string*>(ctx);
    lines.append(line->charge_code.data, line->charge_code.len);
    lines += " " + std::to_string(line->amount_micro) + "\n";
    return BERTH_OK;
  }
  berth_status rate(Caller& caller, std::uint64_t number, std::string& lines) {
    std::vector<berth_usage_event> events;
    for (std::uint64_t i = 1; i <= 5; ++i) {
      events.push_back({i, 1'795'000'000'000, static_cast<std::int64_t>(1000 * (1 + number % 7)),
                        str("profile.downloaded"), str("order-1"), str("{}")});
    }
    berth_rating_batch batch{};
    batch.struct_size = sizeof batch;
    batch.flags = BERTH_RATING_LAST;
    batch.events = events.data();
    batch.stride = sizeof(berth_usage_event);
    batch.count = events.size();
    kit::CollectingSink carry;
    return caller("rate", [&](const berth_op* op) {
      return table_->rate(instance_, op, &batch, &lines, &take, carry.raw());
    });
  }

  const berth_rating* table_;
  berth_instance* instance_;
};

}  // namespace

std::unique_ptr<kit::Exercise> make_exercise(const berth_plugin_entry& entry,
                                             berth_instance* instance) {
  return std::make_unique<RatingExercise>(
      static_cast<const berth_rating*>(entry.get_interface(instance, BERTH_RATING_V1)), instance);
}

}  // namespace berth::rating_kit
