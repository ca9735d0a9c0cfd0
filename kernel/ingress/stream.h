// One accepted connection and where it comes from, whatever the transport (TLS or Unix socket).

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "kernel/ingress/http.h"

namespace berth::ingress {

// Blocking; used by one thread. Another thread may end it with shutdown(2) on fd().
class Stream {
 public:
  virtual ~Stream() = default;
  // Completes the handshake, if any; false when the peer is not let in.
  virtual bool open() = 0;
  // Octets read; 0 when the stream ended or broke.
  virtual std::size_t read(std::span<char> target) = 0;
  virtual bool write(std::string_view octets) = 0;
  // Says goodbye in the transport's own way (TLS close_notify).
  virtual void finish() = 0;
  virtual int fd() const = 0;
  virtual std::string peer_address() const = 0;
  virtual std::string server_name() const = 0;      // SNI, after open(); empty when there is none
  virtual std::string owner() const { return {}; }  // of that name, as HttpRequest::owner
  // After open(); none where the door asks for none.
  virtual std::optional<ClientCertificate> client() const { return std::nullopt; }
  // Of a Unix socket's peer, when it connected.
  virtual std::optional<std::uint32_t> peer_uid() const { return std::nullopt; }
};

class Acceptor {
 public:
  virtual ~Acceptor() = default;
  // Blocks until a peer connects. nullptr: a failure that may pass, or close() was called.
  virtual std::unique_ptr<Stream> accept() = 0;
  // From another thread: no further peer gets in and accept() returns.
  virtual void close() = 0;
};

}  // namespace berth::ingress
