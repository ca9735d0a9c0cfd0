// An HTTP server that answers as it is told, once for each connection, and notes what it was asked.

#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace berth::s3_test {

class FakeServer {
 public:
  FakeServer();
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(port_); }

  // The next connections get these octets, `times` of them, and are closed.
  void answer(std::string octets, int times = 1);
  // What is made of the requests so far, at the moment it is due.
  void answer(std::function<std::string(const std::vector<std::string>&)> make);
  // Octet by octet with `ms_between`, for ever when the octets end, until the client goes away.
  void drip(std::string octets, int ms_between);
  // Once the request was read the connection is closed without an answer.
  void cut() { answer(""); }

  // Whole requests, in the order they came. A connection nobody told an answer for gets 418.
  std::vector<std::string> requests() const;

 private:
  struct Step {
    std::string octets;
    int ms_between = 0;  // 0: at once
    std::function<std::string(const std::vector<std::string>&)> make{};
  };
  void serve();
  void converse(int connection);
  std::string read_request(int connection);
  Step next();

  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stop_{false};
  mutable std::mutex mutex_;
  std::deque<Step> steps_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

// A whole answer with its length and more headers ("Name: value\r\n" each).
std::string http(int status, const std::string& body, const std::string& headers = "");

}  // namespace berth::s3_test
