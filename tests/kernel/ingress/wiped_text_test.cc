// Looks at memory when it is given back, so it replaces the program's allocation functions.

#include "kernel/ingress/wiped_text.h"

#include <malloc.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <new>

#include "kernel/ingress/http_exchange.h"

using namespace berth;
using namespace berth::ingress;

namespace {

constexpr std::string_view kMark = "<secret>";

thread_local bool watching = false;
thread_local int marks_left = 0;  // blocks of this thread given back with kMark in them

void look_at(void* block) {
  if (!watching || block == nullptr) return;
  const std::string_view left(static_cast<const char*>(block), ::malloc_usable_size(block));
  if (left.find(kMark) != std::string_view::npos) ++marks_left;
}

struct Watch {
  Watch() {
    marks_left = 0;
    watching = true;
  }
  ~Watch() { watching = false; }
};

std::string marks(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += kMark;
  return text;
}

// Sends its octets in pieces and takes any answer.
class PiecewiseStream final : public Stream {
 public:
  PiecewiseStream(std::string_view input, std::size_t piece) : input_(input), piece_(piece) {}
  bool open() override { return true; }
  std::size_t read(std::span<char> target) override {
    const std::string_view now = input_.substr(0, std::min(piece_, target.size()));
    now.copy(target.data(), now.size());
    input_.remove_prefix(now.size());
    return now.size();
  }
  bool write(std::string_view octets) override {
    answered = octets.starts_with("HTTP/1.1 200 ");
    return answered;
  }
  void finish() override {}
  int fd() const override { return -1; }
  std::string peer_address() const override { return {}; }
  std::string server_name() const override { return {}; }

  bool answered = false;

 private:
  std::string_view input_;
  std::size_t piece_;
};

// What of `input` was left in memory after it was served by a handler that answers with the body.
int marks_left_by(const std::string& input, std::size_t piece, bool* answered) {
  ConnectionRegistry registry({4, 4, std::chrono::seconds(10), std::chrono::seconds(10)});
  IngressCounters counters;
  SystemRandom random;
  const ExchangeRules rules{100'000,
                            [](const HttpRequest& request) {
                              HttpResponse response;
                              response.body.reserve(request.body.size() + kHeapTextBytes);
                              response.body.append(request.body);
                              return response;
                            },
                            {},
                            first_come(1),
                            &counters,
                            &random};
  PiecewiseStream stream(input, piece);
  const auto id = registry.enter(stream.fd(), "test");
  {
    const Watch watch;
    HttpExchange(stream, registry, id, rules).run();
  }
  registry.leave(id);
  *answered = stream.answered;
  return marks_left;
}

}  // namespace

void* operator new(std::size_t size) {
  void* block = std::malloc(size == 0 ? 1 : size);
  if (block == nullptr) throw std::bad_alloc();
  std::memset(block, 0, ::malloc_usable_size(block));  // nothing of an earlier owner
  return block;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return std::calloc(1, size == 0 ? 1 : size);
}
void operator delete(void* block) noexcept {
  look_at(block);
  std::free(block);
}
void operator delete(void* block, std::size_t) noexcept {
  look_at(block);
  std::free(block);
}

TEST_CASE("the watch of these tests sees what a plain string leaves behind", "[ingress]") {
  const Watch watch;
  { const std::string text = marks(20); }
  CHECK(marks_left > 0);
}

TEST_CASE("text grown, consumed and wiped leaves nothing behind", "[ingress]") {
  const std::string source = marks(500);
  std::string text;
  std::string kept;
  kept.reserve(2 * source.size());
  const Watch watch;
  for (std::size_t at = 0; at < source.size(); at += 40) {
    append_wiping(text, std::string_view(source).substr(at, 40));
    kept.append(text, 0, 8);
    consume_wiping(text, 8);
  }
  kept.append(text);
  CHECK(kept.substr(0, 8) == kMark);
  CHECK(kept.size() == source.size());
  consume_wiping(text, source.size());
  CHECK(text.empty());
  append_wiping(text, source);
  wipe_text(text);
  text.shrink_to_fit();
  CHECK(marks_left == 0);
  wipe_text(kept);
}

TEST_CASE("no body stays behind in memory given back, however it came", "[ingress]") {
  for (const std::size_t count : {1U, 5U, 100U, 9000U}) {
    const std::string body = marks(count);
    const std::string counted =
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t i = 0; i < count; ++i) chunked += "8\r\n" + std::string(kMark) + "\r\n";
    for (const std::size_t piece : {5U, 1000U, 100'000U}) {
      CAPTURE(count, piece);
      bool answered = false;
      CHECK(marks_left_by(counted + body, piece, &answered) == 0);
      CHECK(answered);
      CHECK(marks_left_by(chunked + "0\r\n\r\n", piece, &answered) == 0);
      CHECK(answered);
      CHECK(marks_left_by(chunked + body, piece, &answered) == 0);  // breaks off malformed
      CHECK_FALSE(answered);
      CHECK(marks_left_by(counted + body.substr(1), piece, &answered) == 0);  // breaks off short
      CHECK_FALSE(answered);
    }
  }
}
