// A deliberately low-level client: it sends exactly the octets a test wants to send.

#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/bytes.h"
#include "kernel/tenancy/configuration.h"

namespace berth::ingress::test {

struct TlsWish {
  std::optional<std::string> server_name;
  int max_protocol = 0;  // TLS1_2_VERSION, …; 0: any
  std::string groups;    // empty: the library's own
  int min_protocol = 0;
  std::string signatures = {};  // as for SSL_set1_sigalgs_list; empty: the library's own
  // What it shows when asked for a certificate; with another's key it would lack possession.
  std::optional<tenancy::TlsIdentity> identity = {};
  SSL_SESSION* session = nullptr;  // borrowed; to resume
  Bytes trusted_ca_keys = {};      // body of that extension; empty: not sent
};

// The body of trusted_ca_keys that names keys by their SHA-1.
Bytes trusted_key_ids(const std::vector<Bytes>& ids);

class TestClient {
 public:
  // No TLS: a Unix socket. Null when it refuses.
  static std::unique_ptr<TestClient> connect_local(const std::filesystem::path& socket);
  // TCP to 127.0.0.1 without a handshake yet.
  static std::unique_ptr<TestClient> connect_tcp(std::uint16_t port);
  // Null when the handshake fails; `alert` then holds the peer's alert text.
  static std::unique_ptr<TestClient> connect_tls(std::uint16_t port, const TlsWish& wish,
                                                 std::string* alert = nullptr);
  ~TestClient();

  bool send(std::string_view octets);
  // One answer: head and a body of Content-Length; what there is when the peer closes first.
  std::string read_response();
  // True when the peer closes within the time.
  bool closed_within(std::chrono::milliseconds time);
  std::string certificate_name() const;  // first DNS name of the server's certificate
  SSL* ssl() const { return ssl_; }

 private:
  TestClient(int fd) : fd_(fd) {}
  int read_some(char* target, int size);
  int fd_;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
  std::string buffer_;
};

int status_of(const std::string& response);  // 0: none
std::string body_of(const std::string& response);

}  // namespace berth::ingress::test
