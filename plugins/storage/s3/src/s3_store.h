// The store: object "a/b" is the key prefix + "a/b" of one bucket.
//
// An object appears whole or not at all: S3 publishes a PUT, or a completed multipart upload, in
// one step. Thread-safe after start.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <type_traits>

#include "berth/sdk/storage.h"
#include "client.h"
#include "config.h"

namespace s3 {

inline constexpr std::uint64_t kMaxObjectOctets = std::uint64_t{1} << 30;
// A conditional put is one request, and its body is in memory.
inline constexpr std::uint64_t kMaxConditionalOctets = 128 * kMiB;
inline constexpr std::size_t kMaxListPage = 1000;  // S3's own limit
// Pages one after another without an object of ours, in one listing.
inline constexpr std::size_t kMaxForeignPages = 100;

class S3Store final : public berth::sdk::ObjectStore {
 public:
  S3Store(berth::sdk::Host host, const berth::sdk::Config& config);

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
  // What a HEAD tells.
  struct Found {
    berth::sdk::ObjectInfo info;
    std::string put_id;  // of the put that made it
  };

  void require_started() const;
  // Runs one call: remembers for health whether the store could be reached.
  template <class Work>
  auto tracked(Work&& work) -> decltype(work()) {
    require_started();
    try {
      if constexpr (std::is_void_v<decltype(work())>) {
        work();
        remember("");
      } else {
        auto result = work();
        remember("");
        return result;
      }
    } catch (const berth::sdk::Error& error) {
      // An answer about one object is an answer: the store serves.
      const bool served = error.reason().starts_with("storage.");
      if (served || error.reason().starts_with("s3.")) remember(served ? "" : error.reason());
      throw;
    }
  }
  // Empty: the store answered.
  void remember(const std::string& reason);
  std::string key_of(std::string_view name) const { return config_.prefix + std::string(name); }
  // Throws storage.not_found, or s3.no_bucket when that is the reason.
  Found head(Call& call, std::string_view name);
  [[noreturn]] static void not_found(std::string_view name);

  berth::sdk::ObjectInfo put_whole(Call& call, std::string_view name,
                                   const berth::sdk::PutOptions& options,
                                   const berth::sdk::Source& body);
  berth::sdk::ObjectInfo put_parts(Call& call, std::string_view name,
                                   const berth::sdk::PutOptions& options,
                                   const berth::sdk::Source& body);
  void abort_upload(const std::string& key, const std::string& upload_id) noexcept;
  // Throws FAILED_PRECONDITION "s3.no_conditions" when the server does not keep If-None-Match.
  void require_conditions(Call& call);

  berth::sdk::Host host_;
  Config config_;
  Client client_;
  std::atomic<bool> started_{false};
  std::mutex probe_mutex_;
  std::atomic<bool> conditions_kept_{false};
  // Some servers compare If-Match with the bare etag, the standard wants quotes.
  std::atomic<bool> bare_etags_{false};
  std::mutex health_mutex_;
  std::string last_failure_;  // its reason; empty: the last call reached the store
};

}  // namespace s3
