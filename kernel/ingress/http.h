// HTTP as the handlers see it: whole, bounded bodies and the facts the door established.
//
// Plain values, independent of the server library behind them.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernel/base/clock.h"
#include "kernel/base/identifiers.h"

namespace berth::ingress {

// What a client proved with its TLS certificate; whether that is enough is the handler's decision.
struct ClientCertificate {
  std::string spki_sha256;  // of SubjectPublicKeyInfo, lower-case hexadecimal
  std::string subject;      // for people; printable
  UnixMs not_before_ms = 0;
  UnixMs not_after_ms = 0;
};

struct HttpRequest {
  std::string request_id;                   // fresh per request; in every log line
  std::string method;                       // "POST"
  std::string path;                         // without query
  std::string query;                        // raw, without '?'
  std::string content_type;                 // as sent
  std::string admin_protocol;               // X-Admin-Protocol; empty when absent
  std::string body;                         // complete: exactly Content-Length octets
  std::string server_name;                  // SNI, lower-case; empty: none (not on the ES9+ door)
  std::string owner;                        // whose name that was then: RealmCertificate::owner
  std::string host;                         // Host header as sent
  std::string peer_address;                 // for limits and audit; never a secret
  std::optional<ClientCertificate> client;  // on doors that ask for one
  // The user id of the process at the other end of a Unix socket, as the kernel vouches for it.
  std::optional<std::uint32_t> peer_uid = {};
};

struct HttpResponse {
  int status = 200;
  std::string content_type;  // empty: none is sent
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// Called on a worker thread, concurrently. Must not throw for bad input; what escapes is logged
// with the request id and answered 500 without detail.
using Handler = std::function<HttpResponse(const HttpRequest&)>;

// How much a request may bring, asked once its head was read: the body is empty still. In octets,
// beside the door's own limit; a larger one is 413. Empty: the door's alone. Threads as above; must
// not throw.
using BodyLimit = std::function<std::uint32_t(const HttpRequest& head)>;

}  // namespace berth::ingress
