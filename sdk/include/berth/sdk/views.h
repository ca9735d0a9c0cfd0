// The ABI's borrowed values as C++ views, and the caller's buffers and streams as small classes.
//
// Everything here is valid only during the call that brought it, on that call's thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "berth/abi/base.h"
#include "berth/sdk/error.h"

namespace berth::sdk {

using ByteView = std::span<const std::uint8_t>;

inline std::string_view to_view(berth_str text) noexcept {
  return text.data == nullptr ? std::string_view{} : std::string_view{text.data, text.len};
}
inline ByteView to_view(berth_bytes octets) noexcept {
  return octets.data == nullptr ? ByteView{} : ByteView{octets.data, octets.len};
}
inline berth_str to_abi(std::string_view text) noexcept { return {text.data(), text.size()}; }
inline berth_bytes to_abi(ByteView octets) noexcept { return {octets.data(), octets.size()}; }

// A struct the other side filled, as this side knows it: what an older peer does not send is zero,
// what a newer one adds is left out.
template <class T>
T read_struct(const T* theirs) noexcept {
  T mine{};
  if (theirs != nullptr) {
    std::size_t known = theirs->struct_size < sizeof(T) ? theirs->struct_size : sizeof(T);
    std::memcpy(static_cast<void*>(&mine), static_cast<const void*>(theirs), known);
  }
  mine.struct_size = sizeof(T);
  return mine;
}

// Writes no more than the room the caller offers in theirs->struct_size, and keeps that value.
template <class T>
void write_struct(T* theirs, T mine) noexcept {
  if (theirs == nullptr || theirs->struct_size < sizeof(std::uint32_t)) return;
  std::size_t room = theirs->struct_size < sizeof(T) ? theirs->struct_size : sizeof(T);
  mine.struct_size = theirs->struct_size;
  std::memcpy(static_cast<void*>(theirs), static_cast<const void*>(&mine), room);
}

// A buffer of the caller's.
class OutBuffer {
 public:
  explicit OutBuffer(berth_buf* raw) noexcept : raw_(raw) {}

  // The first `size` octets of the buffer, to be filled whole. When it is smaller the call ends
  // with BERTH_BUFFER_TOO_SMALL and the size needed: claim before doing the work.
  std::span<std::uint8_t> claim(std::size_t size) const {
    raw_->len = size;
    if (size > raw_->cap || (raw_->data == nullptr && size > 0)) throw BufferTooSmall{};
    return {raw_->data, size};
  }
  std::size_t capacity() const noexcept { return raw_->cap; }

 private:
  berth_buf* raw_;
};

// A stream of the caller's to write to.
class Sink {
 public:
  explicit Sink(berth_sink* raw) noexcept : raw_(raw) {}

  void write(ByteView chunk) const {
    berth_status status = raw_->write(raw_, to_abi(chunk));
    if (status != BERTH_OK) throw CallerStopped{status};
  }
  void write(std::string_view text) const {
    write(ByteView{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  }

 private:
  berth_sink* raw_;
};

// A stream of the caller's to read from.
class Source {
 public:
  explicit Source(berth_source* raw) noexcept : raw_(raw) {}

  // Octets read, at most into.size(); 0 is the end of the stream. into is not empty.
  std::size_t read(std::span<std::uint8_t> into) const {
    berth_buf buffer{into.data(), into.size(), 0};
    berth_status status = raw_->read(raw_, &buffer);
    if (status != BERTH_OK) throw CallerStopped{status};
    if (buffer.len > into.size()) {
      throw Error(BERTH_INTERNAL, "host.source_overrun", "the host's source gave more than asked");
    }
    return buffer.len;
  }

 private:
  berth_source* raw_;
};

}  // namespace berth::sdk
