// How the LPA reaches a server, behind an interface so that tests inject a server of their own.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/base/result.h"

namespace berth::lpa {

struct HttpReply {
  int status = 0;
  std::string content_type;    // empty: none
  std::string admin_protocol;  // X-Admin-Protocol; empty: none
  std::string body;
};

// One POST at a time; not thread-safe.
class Transport {
 public:
  virtual ~Transport() = default;
  // `host` is the server's name as signed and as certified, without scheme or port. Every reply
  // with an HTTP status is a success here; failures are "lpa.network" (not reached, timed out,
  // closed early), "lpa.tls" (certificate or host name refused) and "lpa.reply_too_large".
  virtual Result<HttpReply> post(std::string_view host, std::string_view path,
                                 std::string_view content_type, std::string_view body) = 0;
};

}  // namespace berth::lpa
