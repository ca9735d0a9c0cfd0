// The head of an HTTP/1.1 request read strictly, and answers as octets. Pure, fuzzable.
//
// Every shape two readers could understand differently (request smuggling, RFC 9112 §11.2) is
// refused: bare CR or LF, folded lines, spaces before the colon, repeated framing headers,
// Content-Length together with Transfer-Encoding, codings other than one "chunked".

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/base/result.h"
#include "kernel/ingress/http.h"

namespace berth::ingress {

inline constexpr std::size_t kMaxHeadBytes = 16 * 1024;
inline constexpr std::size_t kMaxHeaderFields = 64;
inline constexpr std::size_t kMaxTargetBytes = 4096;

// Why the door itself answers: a status and a documented slug, static text both.
struct HttpRefusal {
  int status = 400;
  std::string_view reason;      // "ingress.length_required"
  std::string_view message;     // for a person
  int retry_after_seconds = 1;  // sent with 503
};

struct RequestHead {
  std::string method;
  std::string path;
  std::string query;  // without '?'
  std::string host;   // empty when absent
  std::string content_type;
  std::string admin_protocol;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool expects_continue = false;
  bool keep_alive = true;  // what the client asked for
};

// `head` ends with the empty line. Refuses methods other than GET, POST, PUT and DELETE (405), and
// POST or PUT without a length (411).
Result<RequestHead, HttpRefusal> parse_head(std::string_view head);

// Status line, headers and body. Content-Length always, except that 204 and 304 carry neither body
// nor Content-Type. Header values with control characters are dropped.
std::string to_octets(const HttpResponse& response, bool keep_alive);

HttpResponse to_response(const HttpRefusal& refusal);

}  // namespace berth::ingress
