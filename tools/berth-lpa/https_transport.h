// HTTPS by Poco: TLS 1.2 or later, chain up to the given CIs, the host name always checked against
// the certificate, also when the connection goes to another address.

#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernel/base/bytes.h"
#include "tools/berth-lpa/transport.h"

namespace berth::lpa {

inline constexpr std::uint16_t kHttpsPort = 443;
// A bound package of 1 MiB in base64, with room.
inline constexpr std::size_t kMaxReplySize = 4 * 1024 * 1024;

struct HttpsOptions {
  // DER certificates that a server's chain may end in; empty: nothing is trusted.
  std::vector<Bytes> authorities;
  // Where to connect instead of what the name resolves to; SNI and certificate stay the name's.
  struct Address {
    std::string host;
    std::uint16_t port = kHttpsPort;
  };
  std::optional<Address> connect;
  std::chrono::seconds timeout{30};    // to connect, and for each read and write
  std::chrono::seconds deadline{120};  // for one whole reply
};

class HttpsTransport final : public Transport {
 public:
  explicit HttpsTransport(HttpsOptions options);
  ~HttpsTransport() override;
  Result<HttpReply> post(std::string_view host, std::string_view path,
                         std::string_view content_type, std::string_view body) override;

 private:
  struct Connections;
  HttpsOptions options_;
  std::unique_ptr<Connections> connections_;
};

}  // namespace berth::lpa
