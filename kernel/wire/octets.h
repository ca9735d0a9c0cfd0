// Octets that may hold a secret on their way: what a frame is built in and read into.
//
// Every allocation is overwritten before it is given back, so a vector that grew leaves nothing
// behind. Unlike SecretBytes the memory is not locked: a frame lives for microseconds.

#pragma once

#include <cstdint>
#include <new>
#include <vector>

#include "kernel/base/bytes.h"
#include "kernel/base/secret_bytes.h"

namespace berth::wire {

template <class T>
struct WipingAllocator {
  using value_type = T;
  WipingAllocator() = default;
  template <class U>
  WipingAllocator(const WipingAllocator<U>&) {}  // NOLINT: implicit, as allocators convert

  T* allocate(std::size_t count) {
    return static_cast<T*>(::operator new (count * sizeof(T), std::align_val_t{alignof(T)}));
  }
  void deallocate(T* place, std::size_t count) {
    wipe({reinterpret_cast<std::uint8_t*>(place), count * sizeof(T)});
    ::operator delete (place, std::align_val_t{alignof(T)});
  }
  template <class U>
  bool operator==(const WipingAllocator<U>&) const {
    return true;
  }
};

using Octets = std::vector<std::uint8_t, WipingAllocator<std::uint8_t>>;

inline Octets to_octets(ByteView view) { return {view.begin(), view.end()}; }

}  // namespace berth::wire
