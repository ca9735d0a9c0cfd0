#include "tests/plugins/storage/s3/fake_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace berth::s3_test {

FakeServer::FakeServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no listening socket");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

FakeServer::~FakeServer() {
  stop_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

void FakeServer::answer(std::string octets, int times) {
  std::lock_guard lock(mutex_);
  for (int i = 0; i < times; ++i) steps_.push_back({octets, 0, {}});
}

void FakeServer::answer(std::function<std::string(const std::vector<std::string>&)> make) {
  std::lock_guard lock(mutex_);
  steps_.push_back({"", 0, std::move(make)});
}

void FakeServer::drip(std::string octets, int ms_between) {
  std::lock_guard lock(mutex_);
  steps_.push_back({std::move(octets), ms_between, {}});
}

std::vector<std::string> FakeServer::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

FakeServer::Step FakeServer::next() {
  std::lock_guard lock(mutex_);
  if (steps_.empty()) return {http(418, ""), 0, {}};
  Step step = std::move(steps_.front());
  steps_.pop_front();
  if (step.make) step.octets = step.make(requests_);
  return step;
}

void FakeServer::serve() {
  while (!stop_) {
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    converse(connection);
    ::close(connection);
  }
}

std::string FakeServer::read_request(int connection) {
  std::string request;
  std::size_t wanted = std::string::npos;
  while (!stop_ && request.size() < wanted) {
    pollfd ready{connection, POLLIN, 0};
    if (::poll(&ready, 1, 10) == 0) continue;
    char buffer[65536];
    const ssize_t got = ::recv(connection, buffer, sizeof buffer, 0);
    if (got <= 0) break;
    request.append(buffer, static_cast<std::size_t>(got));
    const std::size_t end = request.find("\r\n\r\n");
    if (wanted != std::string::npos || end == std::string::npos) continue;
    const std::size_t length = request.find("Content-Length: ");
    wanted = end + 4;
    if (length < end) wanted += std::strtoul(request.c_str() + length + 16, nullptr, 10);
  }
  return request;
}

void FakeServer::converse(int connection) {
  std::string request = read_request(connection);
  if (request.empty()) return;
  {
    std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
  }
  const Step step = next();
  if (step.ms_between == 0) {
    ::send(connection, step.octets.data(), step.octets.size(), MSG_NOSIGNAL);
    ::shutdown(connection, SHUT_WR);
    return;
  }
  for (std::size_t i = 0; !stop_; ++i) {
    if (i < step.octets.size() && ::send(connection, &step.octets[i], 1, MSG_NOSIGNAL) != 1) return;
    pollfd gone{connection, POLLIN | POLLRDHUP, 0};
    if (::poll(&gone, 1, step.ms_between) > 0) return;
  }
}

std::string http(int status, const std::string& body, const std::string& headers) {
  return "HTTP/1.1 " + std::to_string(status) + " Answer\r\nConnection: close\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace berth::s3_test
