// Who is connected, how much of the limits that takes, and until when each may stay.
//
// A watchdog thread ends what overstays: at the deadline no further octet is read (the exchange can
// still answer 408), one grace period later the socket is shut down both ways. So neither a byte a
// second nor a peer that does not read its answer holds a thread. Thread-safe.

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace berth::ingress {

struct ConnectionLimits {
  std::uint32_t max_connections = 0;
  std::uint32_t max_per_address = 0;
  std::chrono::milliseconds request_deadline{0};
  std::chrono::milliseconds idle_timeout{0};
};

// What counts as one peer address for max_per_address. IPv6: the first 64 bits, as whoever has one
// address has all that share them; an IPv4 address written as ::ffff:a.b.c.d: that IPv4 address;
// anything else, a name of a transport too: itself.
std::string address_group(const std::string& address);

class ConnectionRegistry {
 public:
  using Id = std::uint64_t;

  explicit ConnectionRegistry(ConnectionLimits limits);
  ~ConnectionRegistry();  // stops; every connection must have left
  ConnectionRegistry(const ConnectionRegistry&) = delete;
  ConnectionRegistry& operator=(const ConnectionRegistry&) = delete;

  // Counts the connection in and starts a request deadline for its handshake. 0: over a limit, or
  // stopping. `fd` must stay open until leave(). Addresses are told apart by their group.
  Id enter(int fd, const std::string& address);
  void leave(Id id);

  // Between requests; false when the server is stopping and the connection should end.
  bool begin_idle(Id id);
  // The first octet of a request is there; returns its deadline.
  std::chrono::steady_clock::time_point begin_request(Id id);
  bool expired(Id id) const;  // the deadline has passed: what is read from now on is cut short

  // Refuses newcomers and ends idle connections; running requests go on until their deadline.
  void stop();
  bool stopping() const;
  void wait_until_empty();

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  enum class Stage { kOpen = 1, kReadClosed, kClosed };
  struct Entry {
    int fd;
    std::string address_group;
    TimePoint deadline;
    bool idle = false;
    Stage stage = Stage::kOpen;
  };

  void watch(const std::stop_token& stop);
  static void end_overstayed(Entry& entry, TimePoint now);

  const ConnectionLimits limits_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<Id, Entry> entries_;
  std::map<std::string, std::uint32_t> per_address_;  // keyed by address_group()
  Id last_id_ = 0;
  bool stopping_ = false;
  std::jthread watchdog_;  // last: it uses everything above
};

}  // namespace berth::ingress
