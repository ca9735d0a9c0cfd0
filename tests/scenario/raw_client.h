// A TLS client that says exactly what a test wants said, well-formed or not.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth::scenario {

struct RawReply {
  int status = 0;  // 0: the server closed without an answer
  std::string head;
  std::string body;
};

class RawClient {
 public:
  // `server_name` empty: no SNI is sent. Certificates are not checked: this is the hostile side.
  RawClient(std::uint16_t port, const std::string& server_name);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return ssl_ != nullptr; }
  void send(std::string_view octets);
  // Reads one whole reply, or until the server closes or `timeout_s` passes.
  RawReply receive(int timeout_s = 20);
  // A POST of JSON with the right headers.
  RawReply post(const std::string& path, std::string_view body);

 private:
  std::string server_name_;
  int socket_ = -1;
  void* context_ = nullptr;  // SSL_CTX
  void* ssl_ = nullptr;      // SSL
};

}  // namespace berth::scenario
