#include "kernel/plugins/live_key.h"

#include <utility>

namespace berth::plugins {

LiveKey::LiveKey(std::shared_ptr<LiveKeys> keys, std::string reference,
                 std::shared_ptr<const OpenedKey> opened)
    : keys_(std::move(keys)), reference_(std::move(reference)), opened_(std::move(opened)) {
  if (ephemeral()) return;
  const std::lock_guard lock(keys_->mutex);
  keys_->keys.insert(this);
}

LiveKey::~LiveKey() {
  if (ephemeral()) return;
  const std::lock_guard lock(keys_->mutex);
  keys_->keys.erase(this);
}

std::shared_ptr<const OpenedKey> LiveKey::opened() const {
  const std::lock_guard lock(mutex_);
  return opened_;
}

std::shared_ptr<const OpenedKey> LiveKey::move_to(std::shared_ptr<const OpenedKey> opened) const {
  const std::lock_guard lock(mutex_);
  return std::exchange(opened_, std::move(opened));
}

Result<std::shared_ptr<const OpenedKey>> LiveKey::on(const std::shared_ptr<Served>& served,
                                                     Hsm& adapter, const Op& op) const {
  if (auto known = opened(); known != nullptr && known->served == served) return known;
  BERTH_TRY(key, adapter.open_key(op, reference_));
  const auto fresh = std::make_shared<const OpenedKey>(OpenedKey{served, std::move(key)});
  std::shared_ptr<const OpenedKey> replaced;
  const std::lock_guard lock(mutex_);
  if (opened_ != nullptr && opened_->served == served) return opened_;  // another was faster
  // Kept only where traffic is: a handle must not hold an instance that makes way. Whoever closes
  // the gate calls move_to() after that, so one of the two sees the other.
  if (!served->gate().closed()) replaced = std::exchange(opened_, fresh);
  return fresh;
}

void LiveKey::remember_point(const Bytes& point) const {
  const std::lock_guard lock(mutex_);
  point_ = point;
}

Bytes LiveKey::known_point() const {
  const std::lock_guard lock(mutex_);
  return point_;
}

}  // namespace berth::plugins
