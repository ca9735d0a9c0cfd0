#include "kernel/ledger/recent_rows.h"

namespace berth::ledger {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

UnixMs moment(UnixMs given, UnixMs commit) { return given != 0 ? given : commit; }

}  // namespace

void RecentRows::forget(const std::vector<Change>& changes) {
  const std::lock_guard lock(mutex_);
  for (const Change& change : changes) erase(change);
}

void RecentRows::keep(std::vector<Change> changes, UnixMs time_ms) {
  const std::lock_guard lock(mutex_);
  for (Change& change : changes) put(std::move(change), time_ms);
}

std::optional<ProfileRecord> RecentRows::profile(const Iccid& iccid) const {
  const std::lock_guard lock(mutex_);
  return profiles_.find(iccid.text());
}

std::optional<OrderRecord> RecentRows::order(const std::string& order_id) const {
  const std::lock_guard lock(mutex_);
  return orders_.find(order_id);
}

std::optional<AttemptRecord> RecentRows::attempt(const TransactionId& id) const {
  const std::lock_guard lock(mutex_);
  return attempts_.find(id.hex());
}

std::optional<BindingRecord> RecentRows::binding(const Iccid& iccid) const {
  const std::lock_guard lock(mutex_);
  return bindings_.find(iccid.text());
}

void RecentRows::erase(const Change& change) {
  std::visit(
      Overloaded{
          [this](const InsertProfile& one) { profiles_.erase(one.profile.iccid.text()); },
          [this](const UpdateProfile& one) { profiles_.erase(one.next.iccid.text()); },
          [this](const InsertOrder& one) { orders_.erase(one.order.order_id); },
          [this](const UpdateOrder& one) { orders_.erase(one.next.order_id); },
          [this](const InsertAttempt& one) { attempts_.erase(one.attempt.transaction_id.hex()); },
          [this](const UpdateAttempt& one) { attempts_.erase(one.next.transaction_id.hex()); },
          [this](const PutBinding& one) { bindings_.erase(one.binding.iccid.text()); },
          [this](const DropBinding& one) { bindings_.erase(one.iccid.text()); },
          [](const auto&) {}},  // kinds that are not kept here
      change);
}

// Moments that the commit decided become what the database has (records.h).
void RecentRows::put(Change&& change, UnixMs time_ms) {
  const auto put_profile = [&](ProfileRecord& record) {
    record.changed_ms = time_ms;
    std::string key = record.iccid.text();
    profiles_.put(std::move(key), std::move(record));
  };
  const auto put_order = [&](OrderRecord& record) {
    std::string key = record.order_id;
    orders_.put(std::move(key), std::move(record));
  };
  const auto put_attempt = [&](AttemptRecord& record) {
    std::string key = record.transaction_id.hex();
    attempts_.put(std::move(key), std::move(record));
  };
  std::visit(Overloaded{[&](InsertProfile& one) {
                          one.profile.created_ms = moment(one.profile.created_ms, time_ms);
                          put_profile(one.profile);
                        },
                        [&](UpdateProfile& one) { put_profile(one.next); },
                        [&](InsertOrder& one) {
                          one.order.created_ms = moment(one.order.created_ms, time_ms);
                          put_order(one.order);
                        },
                        [&](UpdateOrder& one) { put_order(one.next); },
                        [&](InsertAttempt& one) {
                          one.attempt.started_ms = moment(one.attempt.started_ms, time_ms);
                          put_attempt(one.attempt);
                        },
                        [&](UpdateAttempt& one) { put_attempt(one.next); },
                        [&](PutBinding& one) {
                          one.binding.created_ms = moment(one.binding.created_ms, time_ms);
                          std::string key = one.binding.iccid.text();
                          bindings_.put(std::move(key), std::move(one.binding));
                        },
                        [&](DropBinding& one) { bindings_.erase(one.iccid.text()); }, [](auto&) {}},
             change);
}

}  // namespace berth::ledger
