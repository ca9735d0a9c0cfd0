#include "kernel/smdpplus/recent_cards.h"

namespace berth::smdpplus {

void RecentCards::put(const TransactionId& id, const rsp::pki::Certificate& card) {
  std::string key = id.hex();
  const std::lock_guard lock(mutex_);
  if (!by_id_.insert_or_assign(key, card).second) return;
  order_.push_back(std::move(key));
  if (order_.size() <= kMaxRecentCards) return;
  by_id_.erase(order_.front());
  order_.pop_front();
}

std::optional<rsp::pki::Certificate> RecentCards::take(const TransactionId& id) {
  const std::string key = id.hex();
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(key);
  if (found == by_id_.end()) return std::nullopt;
  std::optional<rsp::pki::Certificate> card = std::move(found->second);
  by_id_.erase(found);
  return card;
}

}  // namespace berth::smdpplus
