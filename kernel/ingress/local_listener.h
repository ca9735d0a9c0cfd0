// The operator's door: plain HTTP on a Unix socket of mode 0600. Who may open the file may ask.

#pragma once

#include <filesystem>
#include <memory>

#include "kernel/ingress/http.h"

namespace berth::ingress {

class LocalListener {
 public:
  // Replaces a stale socket file nobody listens on; "ingress.socket_in_use" when somebody does.
  static Result<std::unique_ptr<LocalListener>> start(const std::filesystem::path& socket,
                                                      std::uint32_t max_body_bytes,
                                                      Handler handler);
  virtual ~LocalListener() = default;  // stops and removes the socket file
};

}  // namespace berth::ingress
