// The registrar, rating model and BSS connector of a binding, whichever instance serves it.

#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "kernel/plugins/binding.h"
#include "kernel/plugins/bss_adapter.h"
#include "kernel/plugins/rating_adapter.h"
#include "kernel/plugins/registrar_adapter.h"

namespace berth::plugins {

class LiveRegistrar final : public LiveFront<LiveRegistrar, Registrar, make_registrar> {
 public:
  using LiveFront::LiveFront;
  Result<Registration> register_event(const Op& op, const DsEvent& event) override;
  Result<void> delete_event(const Op& op, const Eid& eid, std::string_view event_id) override;
};

class LiveRatingModel final : public LiveFront<LiveRatingModel, RatingModel, make_rating_model> {
 public:
  using LiveFront::LiveFront;
  Result<Rated> rate(const Op& op, const RatingBatch& batch) override;
};

// Serial for each endpoint and lane, whichever instances answer: a batch waits for the one before
// it, also when that one ends in an instance that makes way.
class LiveBssConnector final
    : public LiveFront<LiveBssConnector, BssConnector, make_bss_connector> {
 public:
  using LiveFront::LiveFront;
  Result<OrderVerdict> check_order(const Op& op, std::string_view order_json) override;
  Result<Delivery> deliver(const Op& op, const BssBatch& batch) override;
  Result<BssRecords> reconcile(const Op& op, ByteView cursor, std::size_t max) override;

 private:
  // Of those who deliver and wait to; a lane that nobody uses is none.
  Result<std::shared_ptr<Permits>> lane(const BssBatch& batch, const Clock& clock);

  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::weak_ptr<Permits>> lanes_;
};

}  // namespace berth::plugins
