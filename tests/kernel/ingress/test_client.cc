#include "tests/kernel/ingress/test_client.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <utility>

namespace berth::ingress::test {
namespace {

void limit_waiting(int fd, std::chrono::milliseconds time) {
  const timeval limit{time.count() / 1000, (time.count() % 1000) * 1000};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
}

// `body` is borrowed for as long as the context makes connections.
void send_trusted_ca_keys(SSL_CTX* context, const Bytes& body) {
  constexpr unsigned kTrustedCaKeys = 3;
  const auto add = [](SSL*, unsigned, unsigned, const unsigned char** out, std::size_t* size, X509*,
                      std::size_t, int*, void* argument) {
    const auto& octets = *static_cast<const Bytes*>(argument);
    *out = octets.data();
    *size = octets.size();
    return 1;
  };
  SSL_CTX_add_custom_ext(context, kTrustedCaKeys, SSL_EXT_CLIENT_HELLO, add, nullptr,
                         const_cast<Bytes*>(&body), nullptr, nullptr);
}

}  // namespace

Bytes trusted_key_ids(const std::vector<Bytes>& ids) {
  Bytes list;
  for (const Bytes& id : ids) {
    list.push_back(1);  // key_sha1_hash
    list.insert(list.end(), id.begin(), id.end());
  }
  Bytes body{static_cast<std::uint8_t>(list.size() >> 8), static_cast<std::uint8_t>(list.size())};
  body.insert(body.end(), list.begin(), list.end());
  return body;
}

std::unique_ptr<TestClient> TestClient::connect_local(const std::filesystem::path& socket) {
  ::signal(SIGPIPE, SIG_IGN);
  std::unique_ptr<TestClient> client(new TestClient(::socket(AF_UNIX, SOCK_STREAM, 0)));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket.c_str(), sizeof(address.sun_path) - 1);
  if (::connect(client->fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    return nullptr;
  }
  limit_waiting(client->fd_, std::chrono::seconds(10));
  return client;
}

std::unique_ptr<TestClient> TestClient::connect_tcp(std::uint16_t port) {
  ::signal(SIGPIPE, SIG_IGN);
  std::unique_ptr<TestClient> client(new TestClient(::socket(AF_INET, SOCK_STREAM, 0)));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(client->fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    return nullptr;
  }
  limit_waiting(client->fd_, std::chrono::seconds(10));
  return client;
}

std::unique_ptr<TestClient> TestClient::connect_tls(std::uint16_t port, const TlsWish& wish,
                                                    std::string* alert) {
  std::unique_ptr<TestClient> client = connect_tcp(port);
  if (!client) return nullptr;
  client->context_ = SSL_CTX_new(TLS_client_method());
  if (wish.max_protocol != 0) {
    SSL_CTX_set_min_proto_version(client->context_, 0);
    SSL_CTX_set_security_level(client->context_, 0);
    SSL_CTX_set_max_proto_version(client->context_, wish.max_protocol);
  }
  if (wish.min_protocol != 0) SSL_CTX_set_min_proto_version(client->context_, wish.min_protocol);
  if (!wish.signatures.empty()) {
    SSL_CTX_set1_sigalgs_list(client->context_, wish.signatures.c_str());
  }
  if (wish.identity) {
    SSL_CTX_use_certificate_chain_file(client->context_, wish.identity->certificate_chain.c_str());
    SSL_CTX_use_PrivateKey_file(client->context_, wish.identity->private_key.c_str(),
                                SSL_FILETYPE_PEM);
  }
  if (!wish.trusted_ca_keys.empty()) send_trusted_ca_keys(client->context_, wish.trusted_ca_keys);
  client->ssl_ = SSL_new(client->context_);
  if (wish.session != nullptr) SSL_set_session(client->ssl_, wish.session);
  if (!wish.groups.empty()) SSL_set1_groups_list(client->ssl_, wish.groups.c_str());
  if (wish.server_name) {
    SSL_ctrl(client->ssl_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(wish.server_name->c_str()));
  }
  SSL_set_fd(client->ssl_, client->fd_);
  ERR_clear_error();
  if (SSL_connect(client->ssl_) != 1) {
    if (alert != nullptr) {
      const char* text = ERR_reason_error_string(ERR_peek_error());
      *alert = text == nullptr ? "" : text;
    }
    return nullptr;
  }
  return client;
}

TestClient::~TestClient() {
  SSL_free(ssl_);
  SSL_CTX_free(context_);
  ::close(fd_);
}

bool TestClient::send(std::string_view octets) {
  const int size = static_cast<int>(octets.size());
  if (ssl_ != nullptr) return SSL_write(ssl_, octets.data(), size) == size;
  return ::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL) == size;
}

int TestClient::read_some(char* target, int size) {
  if (ssl_ != nullptr) return SSL_read(ssl_, target, size);
  return static_cast<int>(::recv(fd_, target, static_cast<std::size_t>(size), 0));
}

std::string TestClient::read_response() {
  std::array<char, 4096> piece;
  for (;;) {
    const std::size_t head = buffer_.find("\r\n\r\n");
    if (head != std::string::npos) {
      const std::size_t field = buffer_.find("Content-Length: ");
      const std::size_t length =
          field < head ? std::stoul(buffer_.substr(field + 16)) : std::size_t{0};
      const std::size_t size = head + 4 + length;
      if (buffer_.size() >= size) {
        const std::string response = buffer_.substr(0, size);
        buffer_.erase(0, size);
        return response;
      }
    }
    const int count = read_some(piece.data(), static_cast<int>(piece.size()));
    if (count <= 0) return std::exchange(buffer_, {});
    buffer_.append(piece.data(), static_cast<std::size_t>(count));
  }
}

bool TestClient::closed_within(std::chrono::milliseconds time) {
  limit_waiting(fd_, time);
  std::array<char, 4096> piece;
  const auto begin = std::chrono::steady_clock::now();
  while (read_some(piece.data(), static_cast<int>(piece.size())) > 0) {
  }
  return std::chrono::steady_clock::now() - begin < time;
}

std::string TestClient::certificate_name() const {
  X509* certificate = SSL_get0_peer_certificate(ssl_);
  auto* names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  const ASN1_IA5STRING* name = sk_GENERAL_NAME_value(names, 0)->d.dNSName;
  std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name)),
                   static_cast<std::size_t>(ASN1_STRING_length(name)));
  GENERAL_NAMES_free(names);
  return text;
}

int status_of(const std::string& response) {
  return response.starts_with("HTTP/1.1 ") ? std::stoi(response.substr(9, 3)) : 0;
}

std::string body_of(const std::string& response) {
  const std::size_t head = response.find("\r\n\r\n");
  return head == std::string::npos ? std::string() : response.substr(head + 4);
}

}  // namespace berth::ingress::test
