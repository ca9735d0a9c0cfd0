#include "kernel/ingress/http_exchange.h"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <exception>
#include <typeinfo>

#include "kernel/base/secret_bytes.h"
#include "kernel/ingress/chunked_body.h"
#include "kernel/ingress/wiped_text.h"

namespace berth::ingress {
namespace {

constexpr std::size_t kReadBytes = 16 * 1024;
constexpr std::uint32_t kMaxRequestsPerConnection = 1000;
// A refused peer may still be sending; closing at once would destroy the answer on its way.
constexpr std::size_t kMaxDrainBytes = 256 * 1024;
constexpr int kDrainQuietMs = 200;

constexpr HttpRefusal kHeadTooLarge{431, "ingress.head_too_large",
                                    "The request head is too large."};
constexpr HttpRefusal kBodyTooLarge{413, "ingress.body_too_large",
                                    "The body is larger than this door accepts."};
constexpr HttpRefusal kTruncated{400, "ingress.truncated",
                                 "The request ended before its announced length."};
constexpr HttpRefusal kTooSlow{408, "ingress.too_slow",
                               "The request did not arrive within its deadline."};
constexpr HttpRefusal kBadChunk{400, "ingress.malformed_chunk", "The chunked body is malformed."};

HttpResponse failure_without_detail(const std::string& request_id) {
  HttpResponse response;
  response.status = 500;
  response.content_type = "text/plain; charset=utf-8";
  response.body = "ingress.handler_failed: internal failure, request " + request_id + "\n";
  return response;
}

}  // namespace

HttpExchange::~HttpExchange() { wipe_text(buffer_); }

void HttpExchange::run() {
  for (std::uint32_t served = 0; served < kMaxRequestsPerConnection; ++served) {
    if (buffer_.empty()) {
      if (!registry_.begin_idle(id_) || !read_more()) break;
    }
    deadline_ = registry_.begin_request(id_);
    if (serve_one() == Next::kClose) break;
  }
  stream_.finish();
}

HttpExchange::Next HttpExchange::serve_one() {
  Result<RequestHead, HttpRefusal> head = read_head();
  if (!head) return refuse(head.error());
  HttpRequest request;
  const WipeAtEnd wipe_request(request.body);
  request.server_name = stream_.server_name();
  request.owner = stream_.owner();
  if (rules_.check_host) {
    if (const auto refusal = rules_.check_host(request.server_name, head->host)) {
      return refuse(*refusal);
    }
  }
  request.request_id = rules_.random->uuid();
  request.method = std::move(head->method);
  request.path = std::move(head->path);
  request.query = std::move(head->query);
  request.content_type = std::move(head->content_type);
  request.admin_protocol = std::move(head->admin_protocol);
  request.host = std::move(head->host);
  request.peer_address = stream_.peer_address();
  request.client = stream_.client();
  request.peer_uid = stream_.peer_uid();
  std::uint32_t limit = rules_.max_body_bytes;
  if (rules_.body_limit) limit = std::min(limit, rules_.body_limit(request));
  if (const auto refusal = read_body(*head, limit, request.body)) return refuse(*refusal);

  const bool keep_alive = head->keep_alive;
  const auto half =  // the other half is left for the work itself
      (deadline_ - std::chrono::steady_clock::now()) / 2;
  const auto place = rules_.admission(request, half);
  if (!place) {
    // Read to its end, so the connection may go on: another handshake would cost more than this.
    rules_.counters->refused_requests.fetch_add(1, std::memory_order_relaxed);
    return answer(to_response(place.error()), keep_alive);
  }
  return answer(call_handler(request), keep_alive);
}

HttpExchange::Next HttpExchange::answer(HttpResponse response, bool keep_alive) {
  const WipeAtEnd wipe_response(response.body);
  keep_alive = keep_alive && !registry_.stopping() && !registry_.expired(id_);
  std::string octets = to_octets(response, keep_alive);
  const WipeAtEnd wipe_octets(octets);
  if (!stream_.write(octets)) return Next::kClose;
  return keep_alive ? Next::kRequest : Next::kClose;
}

Result<RequestHead, HttpRefusal> HttpExchange::read_head() {
  std::size_t searched = 0;
  for (;;) {
    const std::size_t end = buffer_.find("\r\n\r\n", searched);
    if (end != std::string::npos) {
      const std::size_t size = end + 4;
      if (size > kMaxHeadBytes) return kHeadTooLarge;
      Result<RequestHead, HttpRefusal> head = parse_head(std::string_view(buffer_).substr(0, size));
      consume_wiping(buffer_, size);
      return head;
    }
    if (buffer_.size() >= kMaxHeadBytes) return kHeadTooLarge;
    searched = buffer_.size() < 3 ? 0 : buffer_.size() - 3;
    if (!read_more()) return cut_short();
  }
}

std::optional<HttpRefusal> HttpExchange::read_body(const RequestHead& head, std::uint32_t limit,
                                                   std::string& body) {
  if (head.content_length && *head.content_length > limit) return kBodyTooLarge;
  const bool expects_body = head.chunked || head.content_length.value_or(0) > 0;
  if (expects_body && head.expects_continue && buffer_.empty()) {
    if (!stream_.write("HTTP/1.1 100 Continue\r\n\r\n")) return kTruncated;
  }
  if (head.chunked) return read_chunked_body(limit, body);
  return read_counted_body(static_cast<std::size_t>(head.content_length.value_or(0)), body);
}

std::optional<HttpRefusal> HttpExchange::read_counted_body(std::size_t length, std::string& body) {
  body.reserve(length);  // bounded by read_body; the system gives the pages as they are filled
  for (;;) {
    const std::size_t take = std::min(length - body.size(), buffer_.size());
    body.append(buffer_, 0, take);
    consume_wiping(buffer_, take);
    if (body.size() == length) return std::nullopt;
    if (!read_more()) return cut_short();
  }
}

std::optional<HttpRefusal> HttpExchange::read_chunked_body(std::uint32_t limit, std::string& body) {
  ChunkedBody chunks(limit);
  for (;;) {
    std::string_view input = buffer_;
    const ChunkedBody::State state = chunks.feed(input);
    consume_wiping(buffer_, buffer_.size() - input.size());
    switch (state) {
      case ChunkedBody::State::kComplete:
        body = std::move(chunks.body());
        return std::nullopt;
      case ChunkedBody::State::kTooLarge:
        return kBodyTooLarge;
      case ChunkedBody::State::kMalformed:
        return kBadChunk;
      case ChunkedBody::State::kMore:
        break;
    }
    if (!read_more()) return cut_short();
  }
}

HttpResponse HttpExchange::call_handler(const HttpRequest& request) {
  rules_.counters->requests.fetch_add(1, std::memory_order_relaxed);
  try {
    return rules_.handler(request);
  } catch (const std::exception& e) {
    // what() may quote the request, so only the kind of the exception is told.
    spdlog::error("request={} handler failed: {}", request.request_id, typeid(e).name());
  } catch (...) {
    spdlog::error("request={} handler failed: unknown exception", request.request_id);
  }
  rules_.counters->handler_failures.fetch_add(1, std::memory_order_relaxed);
  return failure_without_detail(request.request_id);
}

HttpExchange::Next HttpExchange::refuse(const HttpRefusal& refusal) {
  rules_.counters->refused_requests.fetch_add(1, std::memory_order_relaxed);
  if (stream_.write(to_octets(to_response(refusal), false))) drain();
  return Next::kClose;
}

bool HttpExchange::read_more() {
  std::array<char, kReadBytes> piece;
  const std::size_t count = stream_.read(piece);
  append_wiping(buffer_, {piece.data(), count});
  wipe({reinterpret_cast<std::uint8_t*>(piece.data()), count});
  return count > 0;
}

HttpRefusal HttpExchange::cut_short() const {
  return registry_.expired(id_) ? kTooSlow : kTruncated;
}

void HttpExchange::drain() {
  if (registry_.expired(id_)) return;
  ::shutdown(stream_.fd(), SHUT_WR);
  std::array<char, 4096> dropped;
  for (std::size_t total = 0; total < kMaxDrainBytes;) {
    pollfd ready{stream_.fd(), POLLIN, 0};
    if (::poll(&ready, 1, kDrainQuietMs) <= 0) return;
    const ssize_t count = ::recv(stream_.fd(), dropped.data(), dropped.size(), MSG_DONTWAIT);
    if (count <= 0) return;
    total += static_cast<std::size_t>(count);
  }
}

}  // namespace berth::ingress
