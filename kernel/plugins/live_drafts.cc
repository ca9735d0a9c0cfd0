#include "kernel/plugins/live_drafts.h"

#include <algorithm>

namespace berth::plugins {

Result<Registration> LiveRegistrar::register_event(const Op& op, const DsEvent& event) {
  return ask(op, [&](Registrar& registrar, const Op& bounded) {
    return registrar.register_event(bounded, event);
  });
}

Result<void> LiveRegistrar::delete_event(const Op& op, const Eid& eid, std::string_view event_id) {
  return ask(op, [&](Registrar& registrar, const Op& bounded) {
    return registrar.delete_event(bounded, eid, event_id);
  });
}

Result<Rated> LiveRatingModel::rate(const Op& op, const RatingBatch& batch) {
  return ask(op, [&](RatingModel& model, const Op& bounded) { return model.rate(bounded, batch); });
}

Result<OrderVerdict> LiveBssConnector::check_order(const Op& op, std::string_view order_json) {
  return ask(op, [&](BssConnector& bss, const Op& bounded) {
    return bss.check_order(bounded, order_json);
  });
}

Result<BssRecords> LiveBssConnector::reconcile(const Op& op, ByteView cursor, std::size_t max) {
  return ask(op, [&](BssConnector& bss, const Op& bounded) {
    return bss.reconcile(bounded, cursor, max);
  });
}

Result<std::shared_ptr<Permits>> LiveBssConnector::lane(const BssBatch& batch, const Clock& clock) {
  const std::lock_guard lock(mutex_);
  if (lanes_.size() >= kMaxLanes) {
    std::erase_if(lanes_, [](const auto& one) { return one.second.expired(); });
  }
  const std::pair key{std::string(batch.endpoint), std::string(batch.lane)};
  const auto known = lanes_.find(key);
  if (known != lanes_.end()) {
    if (auto used = known->second.lock()) return used;
  } else if (lanes_.size() >= kMaxLanes) {
    return Error{ErrorCode::kResourceExhausted, "bss.too_many_lanes",
                 name() + " has calls on " + std::to_string(kMaxLanes) +
                     " lanes already; try again when some have ended, or use fewer lanes"};
  }
  auto fresh = std::make_shared<Permits>(1, clock, bounds().max_waiting);
  lanes_.insert_or_assign(key, fresh);
  return fresh;
}

Result<Delivery> LiveBssConnector::deliver(const Op& op, const BssBatch& batch) {
  BERTH_TRY_VOID(check_batch(batch));
  const Clock& clock = current()->instance()->clock();
  Op bounded = op;  // the time of a call counts from here, waiting for the lane included
  bounded.deadline = std::min(op.deadline, clock.monotonic() + bounds().call_deadline);
  BERTH_TRY(own_lane, lane(batch, clock));
  // Before the gate: who waits for a lane holds up no other.
  BERTH_TRY(turn,
            own_lane->acquire(bounded.deadline, name() + " on lane " + std::string(batch.endpoint) +
                                                    "/" + std::string(batch.lane)));
  static_cast<void>(turn);
  return ask(bounded,
             [&](BssConnector& bss, const Op& nearer) { return bss.deliver(nearer, batch); });
}

}  // namespace berth::plugins
