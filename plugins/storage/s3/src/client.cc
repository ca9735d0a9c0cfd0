#include "client.h"

#include <curl/curl.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <thread>

#include "answers.h"
#include "xml.h"

namespace s3 {
namespace {

using berth::sdk::Error;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kDayMs = 24LL * 60 * 60 * 1000;
constexpr std::int64_t kSliceMs = 20;  // how late a cancelled wait notices

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// From half of `ms` to the whole, so that many who failed together do not come back together.
std::int64_t jittered(std::int64_t ms) {
  std::uint32_t random = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&random), sizeof random) != 1) return ms;
  return ms / 2 + random % (ms / 2 + 1);
}

struct FreeList {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

void add_header(HeaderList& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(list.release());
  list.reset(longer);
}

}  // namespace

Call::Call(const berth::sdk::Host& host, const berth::sdk::Op& its_op) : op(its_op) {
  const std::int64_t now = host.monotonic_ns();
  std::int64_t left = kDayMs;
  if (op.deadline_ns() < now + kDayMs * 1'000'000) left = (op.deadline_ns() - now) / 1'000'000;
  until = Clock::now() + milliseconds(std::max<std::int64_t>(left, 0));
}

std::int64_t Call::left_ms() const {
  return std::max<std::int64_t>(
      std::chrono::duration_cast<milliseconds>(until - Clock::now()).count(), 0);
}

std::string_view Answer::header(const std::string& name) const {
  auto found = headers.find(name);
  return found == headers.end() ? std::string_view{} : std::string_view(found->second);
}

class Client::Connection {
 public:
  Connection() : handle(curl_easy_init()) {
    if (handle == nullptr) throw std::bad_alloc();
  }
  ~Connection() { curl_easy_cleanup(handle); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  CURL* const handle;
};

// A connection of the pool for one exchange.
class Client::Lease {
 public:
  Lease(Client& client, Call& call) : client_(client) {
    std::unique_lock lock(client.mutex_);
    while (client.free_.empty() && client.leased_ >= client.config_.connections) {
      call.op.throw_if_cancelled();
      if (call.left_ms() == 0) {
        throw Error(BERTH_RESOURCE_EXHAUSTED, "s3.busy",
                    "no connection became free in time; more /connections, or a faster server")
            .with_retry_after_ms(1000);
      }
      client.freed_.wait_for(lock, milliseconds(kSliceMs));
    }
    if (client.free_.empty()) {
      connection_ = std::make_unique<Connection>();
    } else {
      connection_ = std::move(client.free_.back());
      client.free_.pop_back();
    }
    ++client.leased_;
  }
  ~Lease() {
    std::lock_guard lock(client_.mutex_);
    --client_.leased_;
    client_.free_.push_back(std::move(connection_));  // room was reserved
    client_.freed_.notify_one();
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  CURL* handle() const { return connection_->handle; }

 private:
  Client& client_;
  std::unique_ptr<Connection> connection_;
};

// What one exchange has got so far. The callbacks are C's: nothing is thrown through them.
struct Client::Transfer {
  Call& call;
  const BodyTaker& take;
  Answer answer{};
  std::size_t header_octets = 0;
  bool too_much = false;
  std::exception_ptr thrown{};

  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self) noexcept {
    auto& transfer = *static_cast<Transfer*>(self);
    transfer.header_octets += size;
    if (transfer.header_octets > kMaxHeaderOctets) {
      transfer.too_much = true;
      return 0;
    }
    try {
      transfer.header(std::string_view(data, size));
    } catch (...) {
      transfer.thrown = std::current_exception();
      return 0;
    }
    return size;
  }
  void header(std::string_view line) {
    if (line.starts_with("HTTP/")) {  // also after a 100 (Continue): what came before is void
      answer.headers.clear();
      const std::size_t blank = line.find(' ');
      answer.status = blank == std::string_view::npos
                          ? 0
                          : std::atol(std::string(line.substr(blank + 1, 3)).c_str());
      return;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    answer.headers[lower(line.substr(0, colon))] = trimmed(line.substr(colon + 1));
  }

  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self) noexcept {
    auto& transfer = *static_cast<Transfer*>(self);
    try {
      if (transfer.take && transfer.answer.status / 100 == 2) {
        transfer.take(transfer.answer, {reinterpret_cast<const std::uint8_t*>(data), size});
      } else if (size > kMaxXmlOctets - transfer.answer.body.size()) {
        transfer.too_much = true;
        return 0;
      } else {
        transfer.answer.body.append(data, size);
      }
    } catch (...) {
      transfer.thrown = std::current_exception();
      return 0;
    }
    return size;
  }

  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
    return static_cast<Transfer*>(self)->call.op.cancelled() ? 1 : 0;
  }
};

Client::Client(const berth::sdk::Host& host, const Config& config) : host_(host), config_(config) {
  host_header_ =
      config.addressing == Addressing::kHost ? config.bucket + "." + config.host : config.host;
  free_.reserve(config.connections);
}

Client::~Client() = default;

void Client::load_credentials() {
  auto read = std::make_shared<const Credentials>(read_credentials(config_.credentials_file));
  std::lock_guard lock(mutex_);
  credentials_ = std::move(read);
}

std::shared_ptr<const Credentials> Client::credentials() const {
  std::lock_guard lock(mutex_);
  return credentials_;
}

bool Client::reload_credentials(const std::shared_ptr<const Credentials>& refused) {
  try {
    load_credentials();
  } catch (const Error& error) {
    host_.log(berth::sdk::LogLevel::kError, "the credentials could not be read again",
              {{"reason", error.reason()}});
    return false;
  }
  return !(*credentials() == *refused);
}

std::string Client::path_of(const Request& request) const {
  std::string path = "/";
  if (config_.addressing == Addressing::kPath) {
    path += config_.bucket;
    if (!request.key.empty()) path += '/';
  }
  return path + uri_encode(request.key, true);
}

Answer Client::send(Call& call, const Request& request, std::initializer_list<long> expected,
                    const BodyTaker& take) {
  for (bool again = true;; again = false) {
    const auto used = credentials();
    Answer answer = exchange(call, request, *used, take);
    if (answer.status / 100 == 2 ||
        std::find(expected.begin(), expected.end(), answer.status) != expected.end()) {
      return answer;
    }
    Error error = error_of(answer, config_);
    // Keys that were changed beside us are taken over without a restart.
    const bool refused = error.code() == BERTH_UNAUTHENTICATED;
    if (!refused || !again || !reload_credentials(used)) throw Error(std::move(error));
  }
}

namespace {

void set_common(CURL* curl, const Config& config) {
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, config.tls ? "https" : "http");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");  // the environment's proxies are not ours
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXCONNECTS, 1L);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!config.ca_file.empty()) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, config.ca_file.c_str());
    curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);  // that file's authorities and no others
  }
}

void set_body(CURL* curl, const Request& request) {
  if (request.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    return;
  }
  if (request.method == "PUT" || request.method == "POST") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(
        curl, CURLOPT_POSTFIELDS,
        request.body.empty() ? "" : reinterpret_cast<const char*>(request.body.data()));
  }
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, std::string(request.method).c_str());
}

[[noreturn]] void fail_transfer(CURLcode code, const Call& call, const std::string& detail,
                                const Config& config) {
  const std::string where = " (" + config.host + ")";
  const std::string why =
      printable(detail.empty() ? std::string_view(curl_easy_strerror(code)) : detail);
  switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
      call.op.throw_if_cancelled();
      [[fallthrough]];
    case CURLE_OPERATION_TIMEDOUT:
      throw Error(BERTH_DEADLINE_EXCEEDED, "s3.slow",
                  "the store did not answer in time" + where + ": " + why);
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      throw Error(BERTH_UNAVAILABLE, "s3.unreachable",
                  "no connection to the store" + where + ": " + why)
          .with_retry_after_ms(1000);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      throw Error(BERTH_FAILED_PRECONDITION, "s3.tls",
                  "the store's certificate is not one to trust" + where + ": " + why +
                      "; check /endpoint and /caFile");
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SSL_CONNECT_ERROR:
      throw Error(BERTH_UNAVAILABLE, "s3.cut",
                  "the connection to the store broke" + where + ": " + why)
          .with_retry_after_ms(1000);
    case CURLE_OUT_OF_MEMORY:
      throw std::bad_alloc();
    default:
      throw Error(BERTH_INTERNAL, "s3.answer",
                  "what answers at the endpoint does not speak as S3 does" + where + ": " + why);
  }
}

}  // namespace

Answer Client::exchange(Call& call, const Request& request, const Credentials& credentials,
                        const BodyTaker& take) {
  const ErrorQueueGuard guard;
  call.op.throw_if_cancelled();
  const std::string path = path_of(request);
  const std::string query = canonical_query(request.query);
  const std::string payload = to_hex(sha256(request.body));
  Signable signable{request.method, path, query, request.headers, payload};
  signable.headers.emplace_back("host", host_header_);
  if (request.method == "PUT" || request.method == "POST") {
    signable.headers.emplace_back("content-type", "application/octet-stream");
  }
  const std::string authorization =
      sign(signable, credentials, config_.region, amz_date(host_.unix_ms()));
  HeaderList headers;
  for (const auto& [name, value] : signable.headers) add_header(headers, name + ": " + value);
  add_header(headers, "authorization: " + authorization);
  for (const char* none : {"expect:", "accept:"}) add_header(headers, none);

  const Lease lease(*this, call);
  CURL* curl = lease.handle();
  Transfer transfer{call, take};
  char detail[CURL_ERROR_SIZE] = {};
  const std::int64_t limit = std::min<std::int64_t>(call.left_ms(), config_.request_timeout_ms);
  if (limit == 0) fail_transfer(CURLE_OPERATION_TIMEDOUT, call, "no time was left", config_);
  curl_easy_reset(curl);  // options only: the connection stays
  set_common(curl, config_);
  set_body(curl, request);
  const std::string url = (config_.tls ? "https://" : "http://") + host_header_ + path +
                          (query.empty() ? "" : "?" + query);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(limit));
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(std::min<std::int64_t>(limit, config_.connect_timeout_ms)));
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
  const CURLcode code = curl_easy_perform(curl);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, nullptr);
  if (transfer.thrown) std::rethrow_exception(transfer.thrown);
  if (transfer.too_much) {
    throw Error(BERTH_INTERNAL, "s3.answer", "the store's answer is larger than an answer may be");
  }
  if (code != CURLE_OK) fail_transfer(code, call, detail, config_);
  return std::move(transfer.answer);
}

bool Client::try_again(Call& call, const Error& error, std::uint32_t number) {
  const bool may_pass = error.code() == BERTH_UNAVAILABLE || error.reason() == "s3.slow";
  if (!may_pass || number >= config_.attempts) return false;
  std::int64_t pause = std::int64_t{config_.backoff_ms} << (number - 1);
  // What the server asked for counts; a default of ours does not make a blip last.
  if (error.reason() == "s3.overloaded") {
    pause = std::max<std::int64_t>(pause, error.retry_after_ms());
  }
  pause = jittered(std::min<std::int64_t>(pause, kMaxRetryAfterMs)) + 1;
  if (pause >= call.left_ms()) return false;
  host_.log(berth::sdk::LogLevel::kInfo, "trying again",
            {{"reason", error.reason()}, {"attempt", std::to_string(number)}});
  const auto until = Clock::now() + milliseconds(pause);
  while (Clock::now() < until) {
    call.op.throw_if_cancelled();
    std::this_thread::sleep_until(std::min(until, Clock::now() + milliseconds(kSliceMs)));
  }
  return true;
}

}  // namespace s3
