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

template <class Visitor>
void RecentRows::visit_row(const Change& change, Visitor visitor) {
  std::visit(
      Overloaded{
          [&](const InsertProfile& one) { visitor(profiles_, one.profile.iccid.text()); },
          [&](const UpdateProfile& one) { visitor(profiles_, one.next.iccid.text()); },
          [&](const InsertOrder& one) { visitor(orders_, one.order.order_id); },
          [&](const UpdateOrder& one) { visitor(orders_, one.next.order_id); },
          [&](const InsertAttempt& one) { visitor(attempts_, one.attempt.transaction_id.hex()); },
          [&](const UpdateAttempt& one) { visitor(attempts_, one.next.transaction_id.hex()); },
          [&](const PutBinding& one) { visitor(bindings_, one.binding.iccid.text()); },
          [&](const DropBinding& one) { visitor(bindings_, one.iccid.text()); },
          [](const auto&) {}},
      change);
}

void RecentRows::forget(const std::vector<Change>& changes) {
  const std::lock_guard lock(mutex_);
  ++commits_;
  for (const Change& change : changes) {
    visit_row(change, [](auto& rows, const std::string& key) { rows.forget(key); });
  }
}

void RecentRows::keep(std::vector<Change> changes, UnixMs time_ms) {
  const std::lock_guard lock(mutex_);
  ++commits_;
  for (Change& change : changes) put(std::move(change), time_ms);
}

void RecentRows::let_be(const std::vector<Change>& changes) {
  const std::lock_guard lock(mutex_);
  for (const Change& change : changes) {
    visit_row(change, [](auto& rows, const std::string& key) { rows.let_be(key); });
  }
}

void RecentRows::clear() {
  const std::lock_guard lock(mutex_);
  ++commits_;
  profiles_.clear();
  orders_.clear();
  attempts_.clear();
  bindings_.clear();
}

RecentRows::Known<ProfileRecord> RecentRows::profile(const Iccid& iccid) const {
  const std::lock_guard lock(mutex_);
  return profiles_.find(iccid.text());
}

RecentRows::Known<OrderRecord> RecentRows::order(const std::string& order_id) const {
  const std::lock_guard lock(mutex_);
  return orders_.find(order_id);
}

RecentRows::Known<AttemptRecord> RecentRows::attempt(const TransactionId& id) const {
  const std::lock_guard lock(mutex_);
  return attempts_.find(id.hex());
}

RecentRows::Known<BindingRecord> RecentRows::binding(const Iccid& iccid) const {
  const std::lock_guard lock(mutex_);
  return bindings_.find(iccid.text());
}

RecentRows::Mark RecentRows::mark() const {
  const std::lock_guard lock(mutex_);
  return commits_;
}

void RecentRows::learn(Mark before, const Iccid& iccid, const std::optional<ProfileRecord>& row) {
  const std::lock_guard lock(mutex_);
  if (commits_ == before) profiles_.learn(iccid.text(), row);
}

void RecentRows::learn(Mark before, const Iccid& iccid, const std::optional<BindingRecord>& row) {
  const std::lock_guard lock(mutex_);
  if (commits_ == before) bindings_.learn(iccid.text(), row);
}

// Moments that the commit decided become what the database has (records.h).
void RecentRows::put(Change&& change, UnixMs time_ms) {
  const auto put_profile = [&](ProfileRecord& record) {
    record.changed_ms = time_ms;
    const std::string key = record.iccid.text();
    profiles_.put(key, std::move(record));
  };
  const auto put_order = [&](OrderRecord& record) {
    const std::string key = record.order_id;
    orders_.put(key, std::move(record));
  };
  const auto put_attempt = [&](AttemptRecord& record) {
    const std::string key = record.transaction_id.hex();
    attempts_.put(key, std::move(record));
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
                          const std::string key = one.binding.iccid.text();
                          bindings_.put(key, std::move(one.binding));
                        },
                        [&](DropBinding& one) { bindings_.put(one.iccid.text(), std::nullopt); },
                        [](auto&) {}},
             change);
}

}  // namespace berth::ledger
