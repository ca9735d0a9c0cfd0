// ES9+ over HTTP (SGP.22 §6): a path and a body in, a status and a body out. JSON on
// /gsma/rsp2/es9plus/<function>; ASN.1 on /gsma/rsp2/asn1 and, with the function's name, on the
// paths of both. The answer has the content type of the request.
//
// Thread-safe. Knows no socket and no server library.

#pragma once

#include <string>
#include <string_view>

#include "kernel/context/tenant_context.h"
#include "kernel/smdpplus/es9_service.h"

namespace berth::smdpplus {

struct Es9Answer {
  int http_status = 200;
  std::string content_type;  // empty: no body
  std::string body;
  std::string admin_protocol;   // X-Admin-Protocol to answer with
  int retry_after_seconds = 0;  // 503 only; 0: not sent
};

struct Es9Call {
  std::string request_id;
  std::string method;
  std::string path;  // "/gsma/rsp2/es9plus/initiateAuthentication"
  std::string content_type;
  std::string admin_protocol;  // as sent; empty when absent
  std::string_view body;       // whole, already bounded
};

// What a request is to whoever sheds load.
enum class Lane : std::uint8_t {
  kBegin = 1,     // InitiateAuthentication: refusing it ends nothing
  kSession,       // goes on with a download; or no function at all, which costs little
  kNotification,  // HandleNotification
};
// By path and, where that does not say, the outermost tags of the body; nothing is parsed further.
Lane lane_of(std::string_view path, std::string_view body);

// 404 unknown path, 405 not POST, 415 neither binding's content type, 400 unreadable or for another
// function than the path names, 200 with Failed or the error integer for the standard's refusals,
// 204 for notifications, 503 when the ledger or a plugin cannot serve.
Es9Answer answer_es9(Es9Service& service, context::TenantContext& tenant, const Es9Call& call);

// The version to answer: ours, or the client's when that is lower (SGP.22 §6.2). Empty: the header
// is malformed and the request is refused.
std::string negotiate_protocol(std::string_view client);

}  // namespace berth::smdpplus
