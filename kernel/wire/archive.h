// Messages as octets and back. A message is a struct with one member template that names its
// fields in order; the same line writes and reads them:
//
//   struct Sign {
//     std::uint64_t key = 0;
//     Octets digest = {};
//     template <class A> void fields(A& a) { a(key, digest); }
//   };
//
// Integers are little-endian and of fixed size, lengths are 32 bits, a bool is 0 or 1. Each value
// has exactly one encoding: what is read without an error writes the same octets again.

#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "kernel/wire/octets.h"

namespace berth::wire {

// Items of one list in a message.
inline constexpr std::size_t kMaxItems = 16 * 1024;

struct Writer {
  explicit Writer(Octets& target) : out(target) {}
  Octets& out;

  template <class... T>
  void operator()(const T&... values) {
    (put(values), ...);
  }

 private:
  template <std::integral T>
  void put(T value) {
    using Wide = std::make_unsigned_t<std::conditional_t<std::is_same_v<T, bool>, char, T>>;
    const auto bits = static_cast<Wide>(value);
    for (std::size_t i = 0; i < sizeof(Wide); ++i) {
      out.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(bits) >> (8 * i)));
    }
  }
  void put(const std::string& text) { put_octets(as_bytes(text)); }
  void put(const Octets& octets) { put_octets(octets); }
  template <class T>
  void put(const std::vector<T>& items) {
    put(static_cast<std::uint32_t>(items.size()));
    for (const T& item : items) put(item);
  }
  template <class T>
  requires requires(T& value, Writer& writer) { value.fields(writer); }
  void put(const T& message) { const_cast<T&>(message).fields(*this); }

  void put_octets(ByteView octets) {
    put(static_cast<std::uint32_t>(octets.size()));
    out.insert(out.end(), octets.begin(), octets.end());
  }
};

// Reads from octets that another process sent. After the first thing that cannot be read good() is
// false for ever and every value read is empty.
class Reader {
 public:
  explicit Reader(ByteView octets) : rest_(octets) {}

  template <class... T>
  void operator()(T&... values) {
    (get(values), ...);
  }
  bool good() const { return good_; }
  ByteView rest() const { return rest_; }
  // Everything was read and nothing is left.
  bool complete() const { return good_ && rest_.empty(); }

 private:
  template <std::integral T>
  void get(T& value) {
    using Wide = std::make_unsigned_t<std::conditional_t<std::is_same_v<T, bool>, char, T>>;
    const ByteView octets = take(sizeof(Wide));
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < octets.size(); ++i) bits |= std::uint64_t{octets[i]} << (8 * i);
    if constexpr (std::is_same_v<T, bool>) {
      if (bits > 1) fail();
      value = good_ && bits == 1;
    } else {
      value = static_cast<T>(bits);
    }
  }
  void get(std::string& text) { text = as_text(take_octets()); }
  void get(Octets& octets) { octets = to_octets(take_octets()); }
  template <class T>
  void get(std::vector<T>& items) {
    std::uint32_t count = 0;
    get(count);
    if (count > kMaxItems) fail();
    items.clear();
    for (std::uint32_t i = 0; good_ && i < count; ++i) {
      items.emplace_back();
      get(items.back());
    }
  }
  template <class T>
  requires requires(T& value, Reader& reader) { value.fields(reader); }
  void get(T& message) { message.fields(*this); }

  ByteView take_octets();
  ByteView take(std::size_t count);  // empty when there are fewer
  void fail() {
    good_ = false;
    rest_ = {};
  }

  ByteView rest_;
  bool good_ = true;
};

template <class... M>
Octets encode(const M&... messages) {
  Octets out;
  Writer{out}(messages...);
  return out;
}

// False when the octets are not exactly these messages.
template <class... M>
bool decode(ByteView octets, M&... messages) {
  Reader reader(octets);
  reader(messages...);
  return reader.complete();
}

}  // namespace berth::wire
