// Small periods rated twice: the same usage must cost the same.

#include <array>
#include <string>

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
    Amounts once;
    Amounts again;
    berth_status status = rate(caller, number, once);
    if (status == BERTH_OK) status = rate(caller, number, again);
    if (status != BERTH_OK) return status;
    if (once.lines == 0) return caller.wrong("a period with usage ended without a line");
    return once.text == again.text ? BERTH_OK
                                   : caller.wrong("the same usage was rated in two ways");
  }

 private:
  struct Amounts {
    std::string text;
    std::size_t lines = 0;
  };

  berth_status rate(Caller& caller, std::uint64_t number, Amounts& amounts) {
    std::array<berth_usage_event, 2> events{};
    for (std::size_t i = 0; i < events.size(); ++i) {
      events[i] = {i + 1,
                   1'795'000'000'000,
                   static_cast<std::int64_t>(1000 + number % 1000),
                   str(i == 0 ? "profile.downloaded" : "download.attempted"),
                   str("exercise"),
                   str("{}")};
    }
    berth_rating_batch batch{};
    batch.struct_size = sizeof batch;
    batch.flags = BERTH_RATING_LAST;
    batch.events = events.data();
    batch.stride = sizeof(berth_usage_event);
    batch.count = events.size();
    kit::CollectingSink carry;
    return caller("rate", [&](const berth_op* op) {
      return table_->rate(
          instance_, op, &batch, &amounts,
          [](void* ctx, const berth_rated_line* line) noexcept -> berth_status {
            auto& all = *static_cast<Amounts*>(ctx);
            all.text.append(line->explanation.data, line->explanation.len);
            all.text += std::to_string(line->amount_micro) + "\n";
            ++all.lines;
            return BERTH_OK;
          },
          carry.raw());
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
