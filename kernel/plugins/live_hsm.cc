#include "kernel/plugins/live_hsm.h"

#include <vector>

#include "kernel/plugins/live_key.h"

namespace berth::plugins {

using ServedPtr = std::shared_ptr<Served>;

Result<std::unique_ptr<Served>> LiveHsm::adopt(std::shared_ptr<Instance> instance,
                                               GateSettings limits) {
  BERTH_TRY(made, make_hsm(instance));
  BERTH_TRY(own, made->limits({}));
  limits.max_concurrency = std::min(limits.max_concurrency, own.max_concurrency);
  return std::unique_ptr<Served>(
      std::make_unique<ServedAs<Hsm>>(std::move(instance), limits, std::move(made)));
}

Result<void> LiveHsm::rehearse(const ServedPtr& fresh, const Op& op) {
  rehearsed_.clear();
  std::map<std::string, Bytes> wanted;  // the references in use, with the points they are known by
  {
    const std::lock_guard lock(keys_->mutex);
    for (const LiveKey* key : keys_->keys) {
      Bytes& point = wanted[key->reference()];
      if (point.empty()) point = key->known_point();
    }
  }
  const auto missing = [&](const std::string& reference, const std::string& why) {
    return Error(ErrorCode::kFailedPrecondition, "plugin.swap_keys",
                 "key '" + reference + "' is in use and " + why +
                     "; make or import it there first, or name the right configuration");
  };
  std::map<std::string, std::shared_ptr<const OpenedKey>, std::less<>> opened;
  for (const auto& [reference, point] : wanted) {
    auto key = adapter(*fresh).open_key(op, reference);
    if (!key) return missing(reference, "does not open there: " + key.error().message());
    if (!point.empty()) {
      const auto other = adapter(*fresh).public_point(op, **key);
      if (!other) return missing(reference, "cannot be looked at: " + other.error().message());
      if (*other != point) return missing(reference, "is another key there");
    }
    opened.emplace(reference, std::make_shared<const OpenedKey>(OpenedKey{fresh, *std::move(key)}));
  }
  BERTH_TRY_VOID(LiveFront::rehearse(fresh, op));
  rehearsed_ = std::move(opened);
  return {};
}

void LiveHsm::moved_to(const ServedPtr& fresh) {
  const auto ready = std::exchange(rehearsed_, {});
  // Closed when the lock is gone: the HSM that is left may be one that hangs.
  std::vector<std::shared_ptr<const OpenedKey>> left;
  const std::lock_guard lock(keys_->mutex);
  for (const LiveKey* key : keys_->keys) {
    const auto known = key->opened();
    if (known != nullptr && known->served == fresh) continue;
    const auto found = ready.find(key->reference());
    left.push_back(key->move_to(found == ready.end() ? nullptr : found->second));
  }
}

template <class Make>
Result<std::unique_ptr<HsmKey>> LiveHsm::obtain(const Op& op, std::string_view reference,
                                                Make make) {
  const auto work = [&](const ServedPtr& served,
                        const Op& bounded) -> Result<std::unique_ptr<HsmKey>> {
    BERTH_TRY(made, make(adapter(*served), bounded));
    auto key = std::make_unique<LiveKey>(
        keys_, std::string(reference),
        std::make_shared<const OpenedKey>(OpenedKey{served, std::move(made)}));
    // Traffic moved meanwhile, perhaps before anybody knew of this key.
    if (!key->ephemeral() && served->gate().closed()) key->move_to(nullptr);
    return std::unique_ptr<HsmKey>(std::move(key));
  };
  return call(op, work);
}

template <class Use>
auto LiveHsm::with(const Op& op, const HsmKey& key, Use use)
    -> decltype(use(std::declval<Hsm&>(), key, op)) {
  const auto* mine = dynamic_cast<const LiveKey*>(&key);
  if (mine == nullptr || mine->keys() != keys_) {
    return Error{ErrorCode::kInvalidArgument, "hsm.foreign_key",
                 "the key handle belongs to another HSM than " + name()};
  }
  using Answer = decltype(use(std::declval<Hsm&>(), key, op));
  const auto work = [&](const ServedPtr& served, const Op& bounded) -> Answer {
    BERTH_TRY(opened, mine->on(served, adapter(*served), bounded));
    return use(adapter(*served), *opened->key, bounded);
  };
  return mine->ephemeral() ? call_on(mine->opened()->served, op, work) : call(op, work);
}

Result<HsmLimits> LiveHsm::limits(const Op& op) {
  return ask(op, [](Hsm& hsm, const Op& bounded) { return hsm.limits(bounded); });
}

Result<std::unique_ptr<HsmKey>> LiveHsm::open_key(const Op& op, std::string_view reference) {
  return obtain(op, reference,
                [&](Hsm& hsm, const Op& bounded) { return hsm.open_key(bounded, reference); });
}

Result<std::unique_ptr<HsmKey>> LiveHsm::generate_ephemeral(const Op& op, Curve curve) {
  return obtain(
      op, "", [&](Hsm& hsm, const Op& bounded) { return hsm.generate_ephemeral(bounded, curve); });
}

Result<std::unique_ptr<HsmKey>> LiveHsm::generate_pair(const Op& op, std::string_view label,
                                                       Curve curve, KeyUsage usage) {
  return obtain(op, label, [&](Hsm& hsm, const Op& bounded) {
    return hsm.generate_pair(bounded, label, curve, usage);
  });
}

Result<std::unique_ptr<HsmKey>> LiveHsm::generate_wrapping_key(const Op& op,
                                                               std::string_view label) {
  return obtain(op, label, [&](Hsm& hsm, const Op& bounded) {
    return hsm.generate_wrapping_key(bounded, label);
  });
}

Result<Curve> LiveHsm::curve(const Op& op, const HsmKey& key) {
  return with(op, key, [](Hsm& hsm, const HsmKey& own, const Op& bounded) {
    return hsm.curve(bounded, own);
  });
}

Result<Bytes> LiveHsm::public_point(const Op& op, const HsmKey& key) {
  auto point = with(op, key, [](Hsm& hsm, const HsmKey& own, const Op& bounded) {
    return hsm.public_point(bounded, own);
  });
  if (point) static_cast<const LiveKey&>(key).remember_point(*point);  // with() has seen its type
  return point;
}

Result<RawSignature> LiveHsm::sign(const Op& op, const HsmKey& key, const Sha256& digest) {
  return with(op, key, [&](Hsm& hsm, const HsmKey& own, const Op& bounded) {
    return hsm.sign(bounded, own, digest);
  });
}

Result<SecretBytes> LiveHsm::agree_x963(const Op& op, const HsmKey& key, ByteView peer_point,
                                        ByteView shared_info, std::size_t output_len) {
  return with(op, key, [&](Hsm& hsm, const HsmKey& own, const Op& bounded) {
    return hsm.agree_x963(bounded, own, peer_point, shared_info, output_len);
  });
}

Result<Bytes> LiveHsm::wrap(const Op& op, const HsmKey& kek, ByteView aad, ByteView plain) {
  return with(op, kek, [&](Hsm& hsm, const HsmKey& own, const Op& bounded) {
    return hsm.wrap(bounded, own, aad, plain);
  });
}

Result<SecretBytes> LiveHsm::unwrap(const Op& op, const HsmKey& kek, ByteView aad,
                                    ByteView wrapped) {
  return with(op, kek, [&](Hsm& hsm, const HsmKey& own, const Op& bounded) {
    return hsm.unwrap(bounded, own, aad, wrapped);
  });
}

Result<void> LiveHsm::import_key(const Op& op, std::string_view reference, Curve curve,
                                 KeyUsage usage, ByteView scalar) {
  return call(op, [&](const ServedPtr& served, const Op& bounded) {
    return plugins::import_key(*served->instance(), bounded, reference, curve, usage, scalar);
  });
}

}  // namespace berth::plugins
