// ES2+ over HTTP, JSON binding (SGP.22 §5.3, §6.5): a client, a path and a body in, a status and a
// body out. POST /gsma/rsp2/es2plus/{downloadOrder,confirmOrder,cancelOrder,releaseProfile}, and
// handleDownloadProgressInfo of a partner's SM-DP+ about its tenant.
//
// Thread-safe. Knows no socket and no server library.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kernel/smdpplus/es2_access.h"

namespace berth::smdpplus {

struct Es2Answer {
  int http_status = 200;
  std::string content_type;  // empty: no body
  std::string body;
  std::string admin_protocol;   // X-Admin-Protocol to answer with
  int retry_after_seconds = 0;  // 503 only; 0: not sent
};

struct Es2Call {
  std::string request_id;
  std::string method;
  std::string path;
  std::string content_type;
  std::string admin_protocol;  // as sent; empty when absent
  std::string_view body;       // whole, already bounded
  std::optional<Es2Client> client;
};

// 404 unknown path, 405 not POST, 415 not JSON, 400 unreadable, 200 with Failed for the standard's
// refusals, 204 for progress once it is written, 503 when the ledger cannot serve. Who is unknown
// is told so (1.1/1.1) before the body is looked at.
Es2Answer answer_es2(Es2Access& access, const Es2Call& call);

}  // namespace berth::smdpplus
