// Orders checked from any thread, events delivered one lane at a time.

#include <mutex>
#include <string>

#include "berth/abi/draft/bss.h"
#include "kit/exercise.h"

namespace berth::bss_kit {
namespace {

using kit::Caller;
using kit::str;

constexpr std::uint64_t kReconcileEvery = 16;  // rounds: it may read all there is

class BssExercise final : public kit::Exercise {
 public:
  BssExercise(const berth_bss* table, berth_instance* instance)
      : table_(table), instance_(instance) {}

  berth_status round(Caller& caller, std::uint64_t number) override {
    berth_bss_verdict verdict{};
    verdict.struct_size = sizeof verdict;
    berth_status status = caller("check_order", [&](const berth_op* op) {
      return table_->check_order(instance_, op, kit::octets(R"({"iccid":"8944000000000000019"})"),
                                 &verdict);
    });
    if (status == BERTH_OK &&
        (verdict.decision < BERTH_BSS_ALLOW || verdict.decision > BERTH_BSS_HOLD)) {
      status = caller.wrong("check_order gave a decision that does not exist");
    }
    if (status == BERTH_OK) status = deliver(caller);
    if (status == BERTH_OK && number % kReconcileEvery == 0) status = reconcile(caller);
    return status;
  }

 private:
  // The next event of the one lane, twice.
  berth_status deliver(Caller& caller) {
    const std::lock_guard lock(lane_);
    const std::string id = "exercise-" + std::to_string(++sequence_);
    berth_bss_event event{};
    event.sequence = sequence_;
    event.incarnation = 1;
    event.event_id = str(id);
    event.type = str("profileBound");
    event.schema = str("profileBound/1");
    event.body_json = kit::octets(R"({"iccid":"8944000000000000019"})");
    for (event.delivery_attempt = 1; event.delivery_attempt <= 2; ++event.delivery_attempt) {
      berth_bss_batch batch{};
      batch.struct_size = sizeof batch;
      batch.endpoint = str("bss");
      batch.lane = str("exercise");
      batch.events = &event;
      batch.stride = sizeof event;
      batch.count = 1;
      std::uint32_t verdict = 0;
      const berth_status status = caller("deliver_batch", [&](const berth_op* op) {
        return table_->deliver_batch(
            instance_, op, &batch, &verdict,
            [](void* ctx, const berth_bss_receipt* receipt) noexcept -> berth_status {
              *static_cast<std::uint32_t*>(ctx) = receipt->verdict;
              return BERTH_OK;
            });
      });
      if (status != BERTH_OK) return status;
      if (verdict != BERTH_BSS_DELIVERED) return caller.wrong("a good event was not delivered");
    }
    return BERTH_OK;
  }
  berth_status reconcile(Caller& caller) {
    std::size_t count = 0;
    kit::CollectingSink next;
    const berth_status status = caller("reconcile", [&](const berth_op* op) {
      return table_->reconcile(
          instance_, op, {}, 1, &count,
          [](void* ctx, berth_bytes) noexcept -> berth_status {
            ++*static_cast<std::size_t*>(ctx);
            return BERTH_OK;
          },
          next.raw());
    });
    if (count > 1) return caller.wrong("reconcile gave more records than were asked for");
    return status == BERTH_UNSUPPORTED ? BERTH_OK : status;
  }

  const berth_bss* table_;
  berth_instance* instance_;
  std::mutex lane_;
  std::uint64_t sequence_ = 0;
};

}  // namespace

std::unique_ptr<kit::Exercise> make_exercise(const berth_plugin_entry& entry,
                                             berth_instance* instance) {
  return std::make_unique<BssExercise>(
      static_cast<const berth_bss*>(entry.get_interface(instance, BERTH_BSS_V1)), instance);
}

}  // namespace berth::bss_kit
