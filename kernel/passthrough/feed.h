// What the door goes by, read anew when it changed: the host file, what that names, and the routes
// in force. Not thread-safe.

#pragma once

#include <sys/stat.h>

#include <memory>
#include <optional>

#include "kernel/passthrough/directory.h"
#include "kernel/passthrough/signed_routes.h"

namespace berth::passthrough {

class Feed {
 public:
  using DirectoryPtr = std::shared_ptr<const Directory>;
  explicit Feed(std::filesystem::path host_file) : host_file_(std::move(host_file)) {}

  // Everything: at the start, and when somebody says that files were changed. After an error what
  // was read before still stands. Errors: those of load_configuration and of signed_routes.h;
  // "passthrough.no_door"; "passthrough.routes_unsigned": production, and only a plain routes file;
  // "passthrough.routes_older": signed, but not after what was read before.
  Result<DirectoryPtr> read();
  // The same for the signed routes alone. Null: they are what they were when last looked at.
  Result<DirectoryPtr> look();

  // After the first read().
  const tenancy::DoorConfiguration& door() const { return *configuration_.host.door; }

 private:
  struct Stamp {
    ino_t file = 0;  // 0: there is none
    off_t size = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  static Stamp stamp(const std::filesystem::path& file);
  Result<DirectoryPtr> directory(const tenancy::Configuration& configuration);

  const std::filesystem::path host_file_;
  tenancy::Configuration configuration_;
  Stamp seen_;
  std::int64_t number_ = 0;  // of the last good version
  std::string statement_;
};

}  // namespace berth::passthrough
