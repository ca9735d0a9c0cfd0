#include "kernel/wire/frame.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace berth::wire {
namespace {

constexpr std::size_t kReadAtOnce = 16 * 1024;
constexpr std::size_t kLengthOctets = sizeof(std::uint32_t);

struct Header {
  std::uint32_t length = 0;
  std::uint16_t type = 0;
  std::uint16_t zero = 0;
  std::uint64_t id = 0;
  template <class A>
  void fields(A& a) {
    a(length, type, zero, id);
  }
};

}  // namespace

std::optional<FrameReader::Got> FrameReader::take(ByteView& octets, std::size_t max_payload,
                                                  Frame& frame) {
  if (octets.size() < kHeaderOctets) return std::nullopt;
  Header header;
  if (!decode(octets.first(kHeaderOctets), header)) return Got::kBroken;
  if (header.length < kHeaderOctets - kLengthOctets ||
      header.length > kHeaderOctets - kLengthOctets + max_payload || header.type == 0 ||
      header.type > static_cast<std::uint16_t>(kLastType) || header.zero != 0) {
    return Got::kBroken;
  }
  const std::size_t size = kLengthOctets + header.length;
  if (octets.size() < size) return std::nullopt;
  frame.type = static_cast<Type>(header.type);
  frame.id = header.id;
  frame.payload = to_octets(octets.subspan(kHeaderOctets, size - kHeaderOctets));
  octets = octets.subspan(size);
  return Got::kFrame;
}

FrameReader::Got FrameReader::read(Frame& frame) {
  for (;;) {
    ByteView arrived = ByteView(buffer_).subspan(begin_, end_ - begin_);
    const std::size_t before = arrived.size();
    const std::optional<Got> got = take(arrived, max_payload_, frame);
    if (got) {
      const std::size_t taken = before - arrived.size();
      wipe({buffer_.data() + begin_, taken});
      begin_ += taken;
      if (begin_ == end_) begin_ = end_ = 0;
      return *got;
    }
    if (begin_ > 0) {
      std::copy(arrived.begin(), arrived.end(), buffer_.begin());
      wipe({buffer_.data() + before, end_ - before});
      begin_ = 0;
      end_ = before;
    }
    // Bounded: a header that asks for more than the limit was refused above.
    if (buffer_.size() < end_ + kReadAtOnce) buffer_.resize(end_ + kReadAtOnce);
    const ssize_t count = ::recv(descriptor_, buffer_.data() + end_, buffer_.size() - end_, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return Got::kEnd;
    end_ += static_cast<std::size_t>(count);
  }
}

bool send_all(int descriptor, ByteView octets) {
  while (!octets.empty()) {
    const ssize_t count = ::send(descriptor, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    octets = octets.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace berth::wire
