// Reads requests from one connection, one after the other, and writes the handler's answers.
//
// The single place where both doors read HTTP: head and body bounded, framing strict, the body
// whole before the handler sees it, one deadline per request. Bodies can hold keys, packages and
// codes: what is kept of them here is wiped before its memory is given back (what the TLS library
// buffers is its own affair). Runs on the connection's thread.

#pragma once

#include <functional>
#include <optional>
#include <string>

#include "kernel/base/random.h"
#include "kernel/ingress/admission.h"
#include "kernel/ingress/connection_registry.h"
#include "kernel/ingress/http.h"
#include "kernel/ingress/http_message.h"
#include "kernel/ingress/stream.h"
#include "kernel/ingress/tls_listener.h"

namespace berth::ingress {

// What one door asks of every request. Outlives its connections; shared by their threads.
struct ExchangeRules {
  std::uint32_t max_body_bytes = 0;
  Handler handler;
  // Does the Host header fit the name the connection was made for? Empty: not asked.
  std::function<std::optional<HttpRefusal>(const std::string& server_name, const std::string& host)>
      check_host;
  Admission admission;
  IngressCounters* counters = nullptr;
  Random* random = nullptr;
  BodyLimit body_limit = {};
};

class HttpExchange {
 public:
  HttpExchange(Stream& stream, ConnectionRegistry& registry, ConnectionRegistry::Id id,
               const ExchangeRules& rules)
      : stream_(stream), registry_(registry), id_(id), rules_(rules) {}
  ~HttpExchange();
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;

  // Until the peer leaves, errs, idles too long or the server stops.
  void run();

 private:
  enum class Next { kRequest = 1, kClose };

  Next serve_one();
  Result<RequestHead, HttpRefusal> read_head();
  // Fill an empty `body`, which its owner wipes; what could not be read is the refusal.
  std::optional<HttpRefusal> read_body(const RequestHead& head, std::uint32_t limit,
                                       std::string& body);
  std::optional<HttpRefusal> read_counted_body(std::size_t length, std::string& body);
  std::optional<HttpRefusal> read_chunked_body(std::uint32_t limit, std::string& body);
  HttpResponse call_handler(const HttpRequest& request);
  Next answer(HttpResponse response, bool keep_alive);
  Next refuse(const HttpRefusal& refusal);
  // Appends what the peer sent to buffer_; false when it sends no more.
  bool read_more();
  HttpRefusal cut_short() const;
  void drain();

  Stream& stream_;
  ConnectionRegistry& registry_;
  const ConnectionRegistry::Id id_;
  const ExchangeRules& rules_;
  std::string buffer_;  // read, not yet consumed; changed by wiped_text.h only
  std::chrono::steady_clock::time_point deadline_;
};

}  // namespace berth::ingress
