#include "tests/scenario/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace berth::scenario {
namespace {

SSL* ssl_of(void* pointer) { return static_cast<SSL*>(pointer); }

// Content-Length of a head; 0 when there is none.
std::size_t content_length(const std::string& head) {
  const std::size_t at = head.find("Content-Length: ");
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
}

}  // namespace

RawClient::RawClient(std::uint16_t port, const std::string& server_name)
    : server_name_(server_name) {
  std::signal(SIGPIPE, SIG_IGN);
  socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  context_ = context;
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, socket_);
  if (!server_name.empty()) {
    // What the macro SSL_set_tlsext_host_name says, without its C cast.
    std::string name = server_name;
    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
  }
  if (SSL_connect(ssl) == 1) {
    ssl_ = ssl;
  } else {
    SSL_free(ssl);
  }
}

RawClient::~RawClient() {
  if (ssl_ != nullptr) SSL_free(ssl_of(ssl_));
  if (context_ != nullptr) SSL_CTX_free(static_cast<SSL_CTX*>(context_));
  if (socket_ >= 0) ::close(socket_);
}

void RawClient::send(std::string_view octets) {
  if (ssl_ != nullptr) {
    static_cast<void>(SSL_write(ssl_of(ssl_), octets.data(), static_cast<int>(octets.size())));
  }
}

RawReply RawClient::receive(int timeout_s) {
  RawReply reply;
  if (ssl_ == nullptr) return reply;
  const timeval timeout{timeout_s, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  std::string all;
  std::array<char, 16384> chunk{};
  while (true) {
    const std::size_t end = all.find("\r\n\r\n");
    if (end != std::string::npos) {
      reply.head = all.substr(0, end);
      reply.body = all.substr(end + 4);
      if (reply.body.size() >= content_length(reply.head)) break;
    }
    const int count = SSL_read(ssl_of(ssl_), chunk.data(), static_cast<int>(chunk.size()));
    if (count <= 0) break;
    all.append(chunk.data(), static_cast<std::size_t>(count));
  }
  if (reply.head.size() > 12 && reply.head.starts_with("HTTP/1.1 ")) {
    reply.status = std::stoi(reply.head.substr(9, 3));
  }
  return reply;
}

RawReply RawClient::post(const std::string& path, std::string_view body) {
  send("POST " + path + " HTTP/1.1\r\nHost: " + server_name_ +
       "\r\nContent-Type: application/json\r\nX-Admin-Protocol: gsma/rsp/v2.5.0\r\n"
       "Content-Length: " +
       std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
  return receive();
}

}  // namespace berth::scenario
