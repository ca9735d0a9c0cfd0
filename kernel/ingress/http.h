// HTTP as the handlers see it: whole, bounded bodies and the facts the door established.
//
// Plain values, independent of the server library behind them.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "kernel/base/identifiers.h"

namespace berth::ingress {

struct HttpRequest {
  std::string request_id;      // fresh per request; in every log line
  std::string method;          // "POST"
  std::string path;            // without query
  std::string query;           // raw, without '?'
  std::string content_type;    // as sent
  std::string admin_protocol;  // X-Admin-Protocol; empty when absent
  std::string body;            // complete: exactly Content-Length octets
  std::string server_name;     // SNI, lower-case; empty on the operator socket
  std::string host;            // Host header as sent
  std::string peer_address;    // for limits and audit; never a secret
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

}  // namespace berth::ingress
