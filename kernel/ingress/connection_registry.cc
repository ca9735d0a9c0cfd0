#include "kernel/ingress/connection_registry.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

#include "kernel/base/assert.h"
#include "kernel/base/bytes.h"

namespace berth::ingress {
namespace {

using std::chrono::steady_clock;

// How long a refused peer has to take its 408.
constexpr std::chrono::milliseconds kGrace{500};
constexpr std::chrono::milliseconds kLongestTick{100};
constexpr std::size_t kIpv6PrefixOctets = 8;

}  // namespace

std::string address_group(const std::string& address) {
  in6_addr v6{};
  const std::string unscoped = address.substr(0, address.find('%'));  // "fe80::1%eth0"
  if (::inet_pton(AF_INET6, unscoped.c_str(), &v6) != 1) return address;
  const ByteView octets(v6.s6_addr);
  if (IN6_IS_ADDR_V4MAPPED(&v6)) {
    std::array<char, INET_ADDRSTRLEN> v4{};
    return ::inet_ntop(AF_INET, octets.last(4).data(), v4.data(), v4.size());
  }
  return to_hex(octets.first(kIpv6PrefixOctets)) + "/64";
}

ConnectionRegistry::ConnectionRegistry(ConnectionLimits limits)
    : limits_(limits), watchdog_([this](const std::stop_token& stop) { watch(stop); }) {}

ConnectionRegistry::~ConnectionRegistry() {
  watchdog_.request_stop();
  watchdog_.join();
  BERTH_ASSERT(entries_.empty());
}

ConnectionRegistry::Id ConnectionRegistry::enter(int fd, const std::string& address) {
  std::string group = address_group(address);
  const std::lock_guard lock(mutex_);
  if (stopping_ || entries_.size() >= limits_.max_connections) return 0;
  // Counted only once the entry stands: when memory runs out between, no place is lost.
  std::uint32_t& of_address = per_address_[group];
  if (of_address >= limits_.max_per_address) return 0;
  const Id id = ++last_id_;
  entries_.emplace(id, Entry{fd, std::move(group), steady_clock::now() + limits_.request_deadline});
  ++of_address;
  return id;
}

void ConnectionRegistry::leave(Id id) {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(id);
  BERTH_ASSERT(entry != entries_.end());
  const auto of_address = per_address_.find(entry->second.address_group);
  if (--of_address->second == 0) per_address_.erase(of_address);
  entries_.erase(entry);
  changed_.notify_all();
}

bool ConnectionRegistry::begin_idle(Id id) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return false;
  Entry& entry = entries_.at(id);
  entry.idle = true;
  entry.deadline = steady_clock::now() + limits_.idle_timeout;
  return entry.stage == Stage::kOpen;
}

steady_clock::time_point ConnectionRegistry::begin_request(Id id) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_.at(id);
  entry.idle = false;
  entry.deadline = steady_clock::now() + limits_.request_deadline;
  return entry.deadline;
}

bool ConnectionRegistry::expired(Id id) const {
  const std::lock_guard lock(mutex_);
  return entries_.at(id).stage != Stage::kOpen;
}

void ConnectionRegistry::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  for (auto& [id, entry] : entries_) {
    if (entry.idle) ::shutdown(entry.fd, SHUT_RD);
  }
}

bool ConnectionRegistry::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void ConnectionRegistry::wait_until_empty() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return entries_.empty(); });
}

void ConnectionRegistry::end_overstayed(Entry& entry, TimePoint now) {
  if (entry.stage == Stage::kOpen && now >= entry.deadline) {
    entry.stage = Stage::kReadClosed;
    ::shutdown(entry.fd, SHUT_RD);
  } else if (entry.stage == Stage::kReadClosed && now >= entry.deadline + kGrace) {
    entry.stage = Stage::kClosed;
    ::shutdown(entry.fd, SHUT_RDWR);
  }
}

void ConnectionRegistry::watch(const std::stop_token& stop) {
  const auto tick = std::clamp(limits_.request_deadline / 4, std::chrono::milliseconds(5),
                               std::chrono::milliseconds(kLongestTick));
  std::mutex sleep_mutex;
  std::condition_variable_any sleep;
  std::unique_lock sleep_lock(sleep_mutex);
  while (!stop.stop_requested()) {
    sleep.wait_for(sleep_lock, stop, tick, [] { return false; });
    const TimePoint now = steady_clock::now();
    const std::lock_guard lock(mutex_);
    for (auto& [id, entry] : entries_) end_overstayed(entry, now);
  }
}

}  // namespace berth::ingress
