// A key handle of a LiveHsm. Private to this room.

#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "kernel/plugins/live_hsm.h"

namespace berth::plugins {

// The handle of one instance; closed before the instance is let go.
struct OpenedKey {
  std::shared_ptr<Served> served;
  std::unique_ptr<HsmKey> key;
};

// Thread-safe.
class LiveKey final : public HsmKey {
 public:
  // `reference`: what it is opened by on another instance; empty: it lives and dies with this one.
  LiveKey(std::shared_ptr<LiveKeys> keys, std::string reference,
          std::shared_ptr<const OpenedKey> opened);
  ~LiveKey() override;
  LiveKey(const LiveKey&) = delete;
  LiveKey& operator=(const LiveKey&) = delete;

  const std::shared_ptr<LiveKeys>& keys() const { return keys_; }
  const std::string& reference() const { return reference_; }
  bool ephemeral() const { return reference_.empty(); }

  // Where it was opened last; none: nowhere just now.
  std::shared_ptr<const OpenedKey> opened() const;
  // As this instance knows it; opened there first when it was not yet.
  Result<std::shared_ptr<const OpenedKey>> on(const std::shared_ptr<Served>& served, Hsm& adapter,
                                              const Op& op) const;
  // The handle to use from now on; none: the next use opens one. Returns the one until now.
  std::shared_ptr<const OpenedKey> move_to(std::shared_ptr<const OpenedKey> opened) const;

  // Its public half as far as anybody asked for it, by which a swap knows it again.
  void remember_point(const Bytes& point) const;
  Bytes known_point() const;  // empty: nobody asked

 private:
  const std::shared_ptr<LiveKeys> keys_;
  const std::string reference_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const OpenedKey> opened_;
  mutable Bytes point_;
};

}  // namespace berth::plugins
