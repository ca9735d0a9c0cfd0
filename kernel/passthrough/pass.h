// One connection through the door, from its first octet to its end. Private to this room.
//
// Runs on the door's one thread, in callbacks that hold it alive. Each direction has one buffer:
// nothing is read before what was read has been written, so a slow side slows the other.

#pragma once

#include <array>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernel/passthrough/directory.h"
#include "kernel/passthrough/door.h"
#include "kernel/tls/first_message.h"
#include "kernel/tls/proxy_header.h"

namespace berth::passthrough {

namespace asio = boost::asio;
using Socket = asio::generic::stream_protocol::socket;
using Endpoints = std::vector<asio::generic::stream_protocol::endpoint>;
using Code = boost::system::error_code;

// What connections share; outlives them.
class Floor {
 public:
  virtual ~Floor() = default;
  virtual const tenancy::DoorConfiguration& configuration() const = 0;
  // Who serves a name; nullopt: nobody.
  virtual std::optional<Destination> find(std::string_view name) const = 0;
  // False: the tenant has as many connections as it may. Else give_up() follows.
  virtual bool take_place(const std::string& tenant) = 0;
  virtual void give_up(const std::string& tenant) = 0;
  virtual void count(std::uint64_t DoorCounts::*member) = 0;
  virtual void count(const std::string& tenant, std::uint64_t TenantCounts::*member) = 0;
  // How the endpoint took a connection; `why` is empty when it did.
  virtual void reached(const Destination& destination, std::string_view why) = 0;
  virtual asio::ip::tcp::resolver& resolver() = 0;
};

class Pass : public std::enable_shared_from_this<Pass> {
 public:
  // `who`: between whom the connection is. `at_end` is called once, when the last callback is gone.
  Pass(Floor& floor, asio::ip::tcp::socket client, const tls::ProxyHeader& who,
       std::function<void()> at_end);
  ~Pass();
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;

  void begin();
  void close();

 private:
  using Time = std::chrono::steady_clock::time_point;
  enum class Stage : std::uint8_t { kHello = 1, kConnecting, kPassing, kClosed };
  struct Direction {
    Socket& from;
    Socket& to;
    std::array<char, 16 * 1024> buffer{};
    bool ended = false;
  };

  void watch();
  Time deadline() const;
  void on_deadline();
  void read_hello();
  void on_hello();
  void reach(const tenancy::Endpoint& endpoint);
  void connect(const Endpoints& endpoints);
  void on_connected();
  void unreachable(std::string_view why);
  void pass(Direction& direction);
  void end(Direction& direction);

  Floor& floor_;
  const tls::ProxyHeader who_;
  Socket client_;
  Socket server_;
  std::function<void()> at_end_;
  asio::steady_timer timer_;
  tls::FirstMessage hello_;
  Destination destination_;
  bool has_place_ = false;
  Stage stage_ = Stage::kHello;
  const Time began_;
  Time stage_began_;
  Time last_octet_;
  Bytes first_;  // what the server is sent first
  Direction up_{client_, server_};
  Direction down_{server_, client_};
};

}  // namespace berth::passthrough
