#include "tools/berth-bench/connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <stdexcept>

namespace berth::bench {
namespace {

constexpr std::size_t kReadBytes = 32 * 1024;

[[noreturn]] void fail(const std::string& what) {
  char text[256] = "";
  if (const unsigned long code = ERR_get_error(); code != 0) {
    ERR_error_string_n(code, text, sizeof(text));
  }
  throw std::runtime_error(what + " failed " + text);
}

int connected_socket(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  if (fd < 0 || ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0) {
    if (fd >= 0) ::close(fd);
    fail("connect");
  }
  return fd;
}

template <class Number>
Number number_after(std::string_view head, std::string_view name) {
  const std::size_t at = head.find(name);
  Number number = 0;
  if (at == std::string_view::npos) return number;
  std::string_view text = head.substr(at + name.size());
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

ClientTls::ClientTls(ByteView ci_certificate)
    : context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free) {
  const std::uint8_t* position = ci_certificate.data();
  const std::unique_ptr<X509, decltype(&X509_free)> ci(
      d2i_X509(nullptr, &position, static_cast<long>(ci_certificate.size())), &X509_free);
  if (!context_ || !ci ||
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), ci.get()) != 1 ||
      SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION) != 1 ||
      SSL_CTX_set1_groups_list(context_.get(), "P-256") != 1) {
    fail("TLS client");
  }
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_OFF);
}

Connection::Connection(const ClientTls& tls, std::uint16_t port, const std::string& host)
    : host_(host), fd_(connected_socket(port)), ssl_(SSL_new(tls.context()), &SSL_free) {
  if (!ssl_ || SSL_set_fd(ssl_.get(), fd_) != 1 ||
      SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               const_cast<char*>(host_.c_str())) != 1 ||
      SSL_set1_host(ssl_.get(), host_.c_str()) != 1 || SSL_connect(ssl_.get()) != 1) {
    ::close(fd_);
    fail("TLS handshake");
  }
}

Connection::~Connection() {
  SSL_shutdown(ssl_.get());
  ::close(fd_);
}

void Connection::write(std::string_view octets) {
  if (SSL_write(ssl_.get(), octets.data(), static_cast<int>(octets.size())) !=
      static_cast<int>(octets.size())) {
    fail("sending a request");
  }
}

std::size_t Connection::read_some() {
  const std::size_t size = buffer_.size();
  buffer_.resize(size + kReadBytes);
  const int count = SSL_read(ssl_.get(), buffer_.data() + size, static_cast<int>(kReadBytes));
  if (count <= 0) fail("reading an answer");
  buffer_.resize(size + static_cast<std::size_t>(count));
  return static_cast<std::size_t>(count);
}

Reply Connection::post(std::string_view path, std::string_view body) {
  request_ = "POST /gsma/rsp2/es9plus/";
  request_ += path;
  request_ += " HTTP/1.1\r\nHost: ";
  request_ += host_;
  request_ +=
      "\r\nUser-Agent: gsma-rsp-lpad\r\nX-Admin-Protocol: gsma/rsp/v2.5.0\r\n"
      "Content-Type: application/json\r\nContent-Length: ";
  request_ += std::to_string(body.size());
  request_ += "\r\n\r\n";
  request_ += body;

  using Clock = std::chrono::steady_clock;
  buffer_.clear();
  const auto begun = Clock::now();
  write(request_);
  read_some();
  Reply reply;
  reply.first_byte = Clock::now() - begun;
  std::size_t end = std::string::npos;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) read_some();
  const std::string_view head = std::string_view(buffer_).substr(0, end + 2);
  reply.status = number_after<int>(head, "HTTP/1.1 ");
  const auto length = number_after<std::size_t>(head, "Content-Length: ");
  while (buffer_.size() < end + 4 + length) read_some();
  reply.whole = Clock::now() - begun;
  reply.body = std::string_view(buffer_).substr(end + 4, length);
  return reply;
}

}  // namespace berth::bench
