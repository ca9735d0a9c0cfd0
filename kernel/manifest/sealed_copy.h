// A library's octets in memory that nobody can change any more, this process included.
//
// What is hashed and inspected is what is loaded: a file replaced, truncated or written to after
// the copy was made changes nothing. Movable, owned by one thread at a time.

#pragma once

#include <filesystem>
#include <memory>

#include "kernel/base/bytes.h"
#include "kernel/base/result.h"

namespace berth::manifest {

inline constexpr std::size_t kMaxLibraryBytes = std::size_t{256} << 20;

class SealedCopy {
 public:
  // "plugin.not_found": no regular file there, or it cannot be read. "plugin.too_large": more than
  // kMaxLibraryBytes. "plugin.copy_failed": the system gives no sealed memory.
  static Result<SealedCopy> of(const std::filesystem::path& library);
  ~SealedCopy();
  SealedCopy(SealedCopy&& other) noexcept;
  SealedCopy& operator=(SealedCopy&&) = delete;
  SealedCopy(const SealedCopy&) = delete;
  SealedCopy& operator=(const SealedCopy&) = delete;

  // Valid until the copy's end.
  ByteView octets() const { return {data_, size_}; }
  // "/proc/self/fd/7": what the system's loader can open while the descriptor is open.
  std::filesystem::path path() const;

  // Of the sealed memory, for a process that loads it instead of this one. Borrowed.
  int descriptor() const { return descriptor_; }

  // Leaves the descriptor open until the process ends. To be called once the copy is mapped as
  // code: the loader knows what is loaded by its name, and a second library that got the same
  // descriptor number would silently be taken for the first.
  void keep_open();

 private:
  SealedCopy(int descriptor, const std::uint8_t* data, std::size_t size)
      : descriptor_(descriptor), data_(data), size_(size) {}
  void unmap() noexcept;

  int descriptor_ = -1;
  const std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
  bool keep_ = false;
};

}  // namespace berth::manifest
