// The store: an object "a/b/c" is the file objects/a/b/c@ of the folder.
//
// '@' is outside the alphabet of names, so that object "a" and objects below "a/" live side by
// side. Writes go to tmp/ first and appear under their name complete and durable, or not at all.
// Thread-safe after start.

#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "berth/sdk/storage.h"
#include "config.h"
#include "object_file.h"
#include "posix.h"

namespace filesystem_store {

inline constexpr std::uint64_t kMaxObjectOctets = std::uint64_t{1} << 30;
inline constexpr std::int64_t kStaleTemporarySeconds = 24 * 60 * 60;

class FilesystemStore final : public berth::sdk::ObjectStore {
 public:
  FilesystemStore(berth::sdk::Host host, const berth::sdk::Config& config);

  void start(const berth::sdk::Op& op) override;
  berth::sdk::Health health(const berth::sdk::Op& op) override;

  berth::sdk::ObjectInfo put(const berth::sdk::Op& op, std::string_view name,
                             const berth::sdk::PutOptions& options,
                             const berth::sdk::Source& body) override;
  berth::sdk::ObjectInfo get(const berth::sdk::Op& op, std::string_view name, std::uint64_t offset,
                             std::uint64_t length, const berth::sdk::Sink& body) override;
  berth::sdk::ObjectInfo stat(const berth::sdk::Op& op, std::string_view name) override;
  void remove(const berth::sdk::Op& op, std::string_view name) override;
  void list(const berth::sdk::Op& op, std::string_view prefix, std::string_view after,
            std::size_t max, const berth::sdk::ListSink& out) override;

 private:
  struct Temporary;
  struct Walk;

  void require_started() const;
  void remove_stale_temporaries() const;
  ObjectFile open_object(std::string_view name) const;
  berth::sdk::ObjectInfo write_body(const berth::sdk::Op& op, const berth::sdk::PutOptions& options,
                                    const berth::sdk::Source& body, const Temporary& temporary);
  void publish(const Temporary& temporary, std::string_view name,
               const berth::sdk::PutOptions& options);
  void check_if_match(std::string_view name, std::string_view if_match) const;
  void walk(Walk& walk, const FileDescriptor& folder, const std::string& base) const;
  void emit(Walk& walk, const FileDescriptor& folder, const std::string& file,
            const std::string& name) const;

  berth::sdk::Host host_;
  Config config_;
  FileDescriptor objects_;
  FileDescriptor temporaries_;
  std::string instance_tag_;  // random: no two instances choose the same temporary name
  // Orders "look at the etag, then replace" against every other replacement of this instance.
  std::mutex publish_mutex_;
  std::atomic<std::uint64_t> next_temporary_{0};
  std::atomic<bool> last_write_failed_{false};
};

}  // namespace filesystem_store
