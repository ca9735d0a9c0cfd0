// Signed requests to one bucket over a bounded set of kept connections (libcurl), and when to try
// again.
//
// Thread-safe. Whatever the server sends is bounded: header octets, body octets, time.

#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "berth/sdk/error.h"
#include "berth/sdk/host.h"
#include "berth/sdk/op.h"
#include "config.h"
#include "signature.h"

namespace s3 {

inline constexpr std::size_t kMaxHeaderOctets = 64 * 1024;
inline constexpr std::uint32_t kMaxRetryAfterMs = 60'000;

// One call of the host: its time is up at `until`, on the steady clock.
struct Call {
  Call(const berth::sdk::Host& host, const berth::sdk::Op& its_op);
  // Milliseconds left, at least 0, at most a day.
  std::int64_t left_ms() const;

  const berth::sdk::Op& op;
  std::chrono::steady_clock::time_point until;
};

struct Request {
  std::string_view method;  // a literal
  std::string key;          // of the object with its prefix; empty: the bucket
  Pairs query{};
  Pairs headers{};  // names in lower case
  ByteView body{};
};

struct Answer {
  long status = 0;
  std::map<std::string, std::string> headers{};  // names in lower case
  std::string body{};                            // as far as nobody else took it

  // Empty: not there.
  std::string_view header(const std::string& name) const;
};

// Takes the body of a successful answer as it comes; may throw, which ends the transfer.
using BodyTaker = std::function<void(const Answer&, ByteView)>;

class Client {
 public:
  Client(const berth::sdk::Host& host, const Config& config);
  ~Client();

  // Reads the credentials; see read_credentials.
  void load_credentials();

  // One attempt. Throws Error for what is not 2xx and not in `expected` (see answers.h), and for
  // failures on the way: UNAVAILABLE "s3.unreachable" (nothing was sent) or "s3.cut",
  // DEADLINE_EXCEEDED "s3.slow", FAILED_PRECONDITION "s3.tls", INTERNAL "s3.answer" (too large or
  // not HTTP), RESOURCE_EXHAUSTED "s3.busy" (no connection in time), CANCELLED "op.cancelled".
  Answer send(Call& call, const Request& request, std::initializer_list<long> expected = {},
              const BodyTaker& take = {});

  // Runs `attempt` until it succeeds, as long as its failures may pass, attempts and time are left.
  // Waits between attempts, twice as long each time, or as long as the server asked for.
  template <class Attempt>
  auto retried(Call& call, Attempt&& attempt) -> decltype(attempt()) {
    for (std::uint32_t number = 1;; ++number) {
      try {
        return attempt();
      } catch (const berth::sdk::Error& error) {
        if (!try_again(call, error, number)) throw;
      }
    }
  }
  Answer send_retried(Call& call, const Request& request,
                      std::initializer_list<long> expected = {}) {
    return retried(call, [&] { return send(call, request, expected); });
  }

 private:
  class Connection;
  class Lease;
  struct Transfer;

  std::string path_of(const Request& request) const;
  std::shared_ptr<const Credentials> credentials() const;
  // False when the file holds what was used already, or cannot be read.
  bool reload_credentials(const std::shared_ptr<const Credentials>& refused);
  Answer exchange(Call& call, const Request& request, const Credentials& credentials,
                  const BodyTaker& take);
  bool try_again(Call& call, const berth::sdk::Error& error, std::uint32_t number);

  const berth::sdk::Host& host_;
  const Config& config_;
  std::string host_header_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Connection>> free_;
  std::uint32_t leased_ = 0;
  std::shared_ptr<const Credentials> credentials_;  // shared with requests under way
};

}  // namespace s3
