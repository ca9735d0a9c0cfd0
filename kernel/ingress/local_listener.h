// The operator's door: plain HTTP on a Unix socket. The kernel says who is at the other end
// (HttpRequest::peer_uid); what that user may do is the handler's decision.

#pragma once

#include <filesystem>
#include <memory>

#include "kernel/ingress/http.h"

namespace berth::ingress {

class LocalListener {
 public:
  // Replaces a stale socket file nobody listens on; "ingress.socket_in_use" when somebody does.
  // `group`: whose members may open the file besides its owner (mode 0660, else 0600);
  // "ingress.socket_group" when there is no such group or this process may not give it the file.
  static Result<std::unique_ptr<LocalListener>> start(const std::filesystem::path& socket,
                                                      std::uint32_t max_body_bytes, Handler handler,
                                                      const std::string& group = {},
                                                      BodyLimit body_limit = {});
  virtual ~LocalListener() = default;  // stops and removes the socket file
};

}  // namespace berth::ingress
