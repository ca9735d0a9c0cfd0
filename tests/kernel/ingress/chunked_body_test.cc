#include "kernel/ingress/chunked_body.h"

#include <catch2/catch.hpp>
#include <random>

using berth::ingress::ChunkedBody;
using State = ChunkedBody::State;

namespace {

State feed_all(ChunkedBody& body, std::string_view input) { return body.feed(input); }
State state_of(std::string_view input, std::size_t max = 1000) {
  ChunkedBody body(max);
  return feed_all(body, input);
}

}  // namespace

TEST_CASE("a chunked body is joined and what follows it is left alone", "[ingress]") {
  ChunkedBody body(1000);
  std::string_view input =
      "4\r\nWiki\r\n6;ext=1\r\npedia \r\nA\r\n0123456789\r\n0\r\nT: x\r\n\r\nGET";
  CHECK(body.feed(input) == State::kComplete);
  CHECK(body.body() == "Wikipedia 0123456789");
  CHECK(input == "GET");
}

TEST_CASE("a chunked body may arrive in any pieces", "[ingress]") {
  const std::uint32_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const std::string wire = "4\r\nWiki\r\n5\r\npedia\r\n0\r\n\r\n";
  for (int round = 0; round < 200; ++round) {
    ChunkedBody body(1000);
    State state = State::kMore;
    for (std::size_t at = 0; at < wire.size();) {
      CHECK(state == State::kMore);
      const std::size_t size = std::min<std::size_t>(random() % 4 + 1, wire.size() - at);
      std::string_view piece = std::string_view(wire).substr(at, size);
      state = body.feed(piece);
      CHECK(piece.empty());
      at += size;
    }
    CHECK(state == State::kComplete);
    CHECK(body.body() == "Wikipedia");
  }
}

TEST_CASE("a chunked body beyond the limit is refused before it is kept", "[ingress]") {
  CHECK(state_of("5\r\n", 4) == State::kTooLarge);
  CHECK(state_of("4\r\nabcd\r\n1\r\n", 4) == State::kTooLarge);
  CHECK(state_of("FFFFFFFF\r\n", 4) == State::kTooLarge);
  CHECK(state_of("4\r\nabcd\r\n0\r\n\r\n", 4) == State::kComplete);
}

TEST_CASE("malformed chunks are refused, never read as empty", "[ingress]") {
  CHECK(state_of("\r\n") == State::kMalformed);
  CHECK(state_of("x\r\n") == State::kMalformed);
  CHECK(state_of("-1\r\n") == State::kMalformed);
  CHECK(state_of("0x4\r\n") == State::kMalformed);
  CHECK(state_of(" 4\r\n") == State::kMalformed);
  CHECK(state_of("100000000\r\n") == State::kMalformed);
  CHECK(state_of("4\nWiki\r\n") == State::kMalformed);
  CHECK(state_of("4\r\nWikiX\r\n") == State::kMalformed);
  CHECK(state_of("4;" + std::string(300, 'a') + "\r\n") == State::kMalformed);
}

TEST_CASE("overhead of extensions and trailers is bounded", "[ingress]") {
  std::string trailer = "0\r\n";
  for (int i = 0; i < 2000; ++i) trailer += "X: yyyyyyyy\r\n";
  CHECK(state_of(trailer, 100) == State::kMalformed);
  std::string tiny;  // one octet a chunk is allowed, if wasteful
  for (int i = 0; i < 1000; ++i) tiny += "1\r\na\r\n";
  CHECK(state_of(tiny + "0\r\n\r\n", 1000) == State::kComplete);
}
