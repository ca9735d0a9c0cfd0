#include "kernel/passthrough/pass.h"

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

namespace berth::passthrough {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

}  // namespace

Pass::Pass(Floor& floor, asio::ip::tcp::socket client, const tls::ProxyHeader& who,
           std::function<void()> at_end)
    : floor_(floor),
      who_(who),
      client_(std::move(client)),
      server_(client_.get_executor()),
      at_end_(std::move(at_end)),
      timer_(client_.get_executor()),
      began_(steady_clock::now()),
      stage_began_(began_),
      last_octet_(began_) {}

Pass::~Pass() {
  if (has_place_) floor_.give_up(destination_.tenant);
  at_end_();
}

void Pass::begin() {
  Code ignored;
  client_.set_option(asio::ip::tcp::no_delay(true), ignored);
  watch();
  read_hello();
}

void Pass::close() {
  stage_ = Stage::kClosed;
  Code ignored;
  timer_.cancel(ignored);
  client_.close(ignored);
  server_.close(ignored);
}

Pass::Time Pass::deadline() const {
  const tenancy::DoorConfiguration& limits = floor_.configuration();
  if (stage_ == Stage::kHello) return began_ + milliseconds(limits.hello_deadline_ms);
  if (stage_ == Stage::kConnecting) return stage_began_ + milliseconds(limits.connect_deadline_ms);
  return std::min(last_octet_ + milliseconds(limits.idle_timeout_ms),
                  began_ + milliseconds(limits.longest_ms));
}

// One timer, which looks at the deadline of the moment when it wakes: octets move it for free.
void Pass::watch() {
  timer_.expires_at(deadline());
  timer_.async_wait([self = shared_from_this()](const Code& failure) {
    if (failure || self->stage_ == Stage::kClosed) return;
    if (steady_clock::now() < self->deadline()) return self->watch();
    self->on_deadline();
  });
}

void Pass::on_deadline() {
  if (stage_ == Stage::kConnecting) return unreachable("no answer in time");
  floor_.count(stage_ == Stage::kHello ? &DoorCounts::no_first_message : &DoorCounts::timed_out);
  close();
}

void Pass::read_hello() {
  client_.async_read_some(
      asio::buffer(up_.buffer), [self = shared_from_this()](const Code& failure, std::size_t size) {
        if (self->stage_ == Stage::kClosed) return;
        if (failure) return self->close();
        const auto state = self->hello_.feed(as_bytes({self->up_.buffer.data(), size}));
        if (state == tls::FirstMessage::State::kMore) return self->read_hello();
        if (state == tls::FirstMessage::State::kComplete) return self->on_hello();
        self->floor_.count(&DoorCounts::no_first_message);
        self->close();
      });
}

void Pass::on_hello() {
  const auto& name = hello_.server_name();
  const auto found = name ? floor_.find(*name) : std::nullopt;
  if (!found) {
    floor_.count(&DoorCounts::unknown_name);
    return close();
  }
  destination_ = *found;
  has_place_ = floor_.take_place(destination_.tenant);
  if (!has_place_) {
    floor_.count(destination_.tenant, &TenantCounts::over_limit);
    return close();
  }
  stage_ = Stage::kConnecting;
  stage_began_ = steady_clock::now();
  timer_.cancel();
  watch();
  reach(destination_.endpoint);
}

void Pass::reach(const tenancy::Endpoint& endpoint) {
  if (!endpoint.socket.empty()) {
    return connect({asio::local::stream_protocol::endpoint(endpoint.socket.string())});
  }
  Code failure;
  const auto address = asio::ip::make_address(endpoint.host, failure);
  if (!failure) return connect({asio::ip::tcp::endpoint(address, endpoint.port)});
  floor_.resolver().async_resolve(
      endpoint.host, std::to_string(endpoint.port), asio::ip::tcp::resolver::numeric_service,
      [self = shared_from_this()](const Code& unknown,
                                  const asio::ip::tcp::resolver::results_type& found) {
        if (self->stage_ == Stage::kClosed) return;
        if (unknown) return self->unreachable(unknown.message());
        Endpoints endpoints;
        for (const auto& one : found) endpoints.emplace_back(one.endpoint());
        self->connect(endpoints);
      });
}

void Pass::connect(const Endpoints& endpoints) {
  asio::async_connect(server_, endpoints,
                      [self = shared_from_this()](const Code& failure, const auto& /*which*/) {
                        if (self->stage_ == Stage::kClosed) return;
                        if (failure) return self->unreachable(failure.message());
                        self->on_connected();
                      });
}

void Pass::unreachable(std::string_view why) {
  floor_.reached(destination_, why);
  close();
}

void Pass::on_connected() {
  stage_ = Stage::kPassing;
  last_octet_ = steady_clock::now();
  floor_.reached(destination_, "");
  Code ignored;  // a Unix socket has no such option
  server_.set_option(asio::ip::tcp::no_delay(true), ignored);
  timer_.cancel();
  watch();
  if (destination_.proxy_header) first_ = tls::write_proxy_header(who_);
  append(first_, hello_.octets());
  asio::async_write(server_, asio::buffer(first_),
                    [self = shared_from_this()](const Code& failure, std::size_t) {
                      if (self->stage_ == Stage::kClosed) return;
                      if (failure) return self->close();
                      self->first_ = Bytes();
                      self->pass(self->up_);
                    });
  pass(down_);
}

void Pass::pass(Direction& direction) {
  direction.from.async_read_some(
      asio::buffer(direction.buffer),
      [self = shared_from_this(), &direction](const Code& failure, std::size_t size) {
        if (self->stage_ == Stage::kClosed) return;
        if (failure == asio::error::eof) return self->end(direction);
        if (failure) return self->close();
        self->last_octet_ = steady_clock::now();
        asio::async_write(direction.to, asio::buffer(direction.buffer, size),
                          [self, &direction](const Code& broken, std::size_t) {
                            if (self->stage_ == Stage::kClosed) return;
                            if (broken) return self->close();
                            self->last_octet_ = steady_clock::now();
                            self->pass(direction);
                          });
      });
}

// One side has said everything; the other may still answer.
void Pass::end(Direction& direction) {
  direction.ended = true;
  if (up_.ended && down_.ended) return close();
  Code ignored;
  direction.to.shutdown(asio::socket_base::shutdown_send, ignored);
}

}  // namespace berth::passthrough
