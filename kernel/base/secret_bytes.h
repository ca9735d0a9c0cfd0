// Octets that must not outlive their use: wiped on destruction, not copyable, not printable.
//
// The memory is locked and excluded from core dumps where the system allows it: a small secret lies
// in OpenSSL's secure heap, a large one, or one more than it holds, in pages of its own. Not
// thread-safe; one owner. The size is fixed at construction, so no reallocation leaves a copy.

#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel/base/bytes.h"

namespace berth {

class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::size_t size);  // zeroed
  static SecretBytes copy_of(ByteView source);
  // Takes the octets and wipes the vector they came from.
  static SecretBytes take(Bytes&& source);

  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  ByteView view() const { return {data_, size_}; }
  std::span<std::uint8_t> mutable_view() { return {data_, size_}; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  void release() noexcept;

  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

// Overwrites in a way the compiler may not remove.
void wipe(std::span<std::uint8_t> bytes);

}  // namespace berth
