// Events delivered on a few lanes, and orders decided.

#include <array>
#include <mutex>
#include <string>

#include "berth/abi/draft/bss.h"
#include "kit/bss/replay.h"
#include "kit/exercise.h"

namespace berth::bss_kit {
namespace {

using kit::Caller;
using kit::str;

constexpr std::size_t kLanes = 8;

class BssExercise final : public kit::Exercise {
 public:
  BssExercise(const berth_bss* table, berth_instance* instance)
      : table_(table), instance_(instance) {}

  berth_status round(Caller& caller, std::uint64_t number) override {
    const berth_status status = deliver(caller, number);
    return status == BERTH_OK ? decide(caller) : status;
  }

  std::string replay(Caller& caller, std::istream& recorded) override {
    return bss_kit::replay(*table_, instance_, caller, recorded);
  }

 private:
  // Calls of one lane come one after the other.
  struct Lane {
    std::mutex mutex;
    std::uint64_t sequence = 0;
  };

  static berth_status take(void* ctx, const berth_bss_receipt* receipt) noexcept {
    *static_cast<std::uint32_t*>(ctx) = receipt->verdict;
    return BERTH_OK;
  }
  berth_status deliver(Caller& caller, std::uint64_t number) {
    Lane& lane = lanes_[number % kLanes];
    const std::lock_guard lock(lane.mutex);
    const std::string name = "exercise-" + std::to_string(number % kLanes);
    const std::string id = name + "-" + std::to_string(++lane.sequence);
    const std::string body = R"({"eventType":"profileBound","iccid":"8944000000000000019"})";
    const berth_bss_event event{
        lane.sequence,    1, 1, 0, str(id), str("profileBound"), str("profileBound/1"),
        kit::octets(body)};
    berth_bss_batch batch{};
    batch.struct_size = sizeof batch;
    batch.endpoint = str("bss");
    batch.lane = str(name);
    batch.events = &event;
    batch.stride = sizeof event;
    batch.count = 1;
    std::uint32_t verdict = 0;
    const berth_status status = caller("deliver_batch", [&](const berth_op* op) {
      return table_->deliver_batch(instance_, op, &batch, &verdict, &take);
    });
    if (status != BERTH_OK) return status;
    return verdict >= BERTH_BSS_DELIVERED && verdict <= BERTH_BSS_PARK
               ? BERTH_OK
               : caller.wrong("deliver_batch succeeded without a receipt for its event");
  }
  berth_status decide(Caller& caller) {
    berth_bss_verdict verdict{};
    verdict.struct_size = sizeof verdict;
    const berth_status status = caller("check_order", [&](const berth_op* op) {
      return table_->check_order(instance_, op, kit::octets(R"({"orderId":"exercise"})"), &verdict);
    });
    if (status != BERTH_OK) return status;
    return verdict.decision >= BERTH_BSS_ALLOW && verdict.decision <= BERTH_BSS_HOLD
               ? BERTH_OK
               : caller.wrong("check_order succeeded without a decision");
  }

  const berth_bss* table_;
  berth_instance* instance_;
  std::array<Lane, kLanes> lanes_;
};

}  // namespace

std::unique_ptr<kit::Exercise> make_exercise(const berth_plugin_entry& entry,
                                             berth_instance* instance) {
  return std::make_unique<BssExercise>(
      static_cast<const berth_bss*>(entry.get_interface(instance, BERTH_BSS_V1)), instance);
}

}  // namespace berth::bss_kit
