#include "kernel/egress/answer_reader.h"

#include <catch2/catch.hpp>
#include <random>

using namespace berth::egress;

namespace {

using State = AnswerReader::State;

struct Reading {
  State state;
  HttpsAnswer answer;
};

// Fed in pieces of `piece` octets; then the server ends if more was wanted.
Reading read(const std::string& octets, std::size_t piece = std::string::npos) {
  AnswerReader reader;
  State state = State::kMore;
  for (std::size_t at = 0; at < octets.size() && state == State::kMore;) {
    const std::size_t size = std::min(piece, octets.size() - at);
    state = reader.feed(std::string_view(octets).substr(at, size));
    at += size;
  }
  if (state == State::kMore) state = reader.end();
  return {state, state == State::kComplete ? reader.take() : HttpsAnswer{}};
}

const std::string kOk = "HTTP/1.1 200 OK\r\n";

}  // namespace

TEST_CASE("an answer reads the same in whatever pieces it comes", "[egress]") {
  struct Row {
    std::string octets;
    int status;
    std::string body;
  };
  const std::vector<Row> rows = {
      {kOk + "Content-Length: 5\r\n\r\nhello", 200, "hello"},
      {kOk + "content-length:5\r\nCONTENT-LENGTH: 5\r\n\r\nhello, and what is not asked", 200,
       "hello"},
      {kOk + "Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n", 200,
       "abc0123456789"},
      {kOk + "Transfer-Encoding: chunked\r\n\r\n0\r\nTrailer: x\r\n\r\n", 200, ""},
      {kOk + "\r\nuntil the end", 200, "until the end"},
      {"HTTP/1.0 500\r\n\r\n", 500, ""},
      {"HTTP/1.1 204 \r\n\r\n", 204, ""},
      {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, ""},
      {"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\nContent-Length: 0\r\n\r\n",
       302, ""},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + kOk +
           "Content-Length: 1\r\n\r\ny",
       200, "y"},
  };
  for (const Row& row : rows) {
    for (const std::size_t piece :
         {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::string::npos}) {
      CAPTURE(row.octets, piece);
      const Reading reading = read(row.octets, piece);
      REQUIRE(reading.state == State::kComplete);
      CHECK(reading.answer.status == row.status);
      CHECK(reading.answer.body == row.body);
    }
  }
}

TEST_CASE("type and waiting time are read, the waiting time in seconds only",
          "[egress][R84:part]") {
  const Reading reading = read(
      "HTTP/1.1 503 Busy\r\nContent-Type: application/json \r\n"
      "Retry-After: 120\r\nContent-Length: 0\r\n\r\n");
  CHECK(reading.answer.content_type == "application/json");
  CHECK(reading.answer.retry_after == std::chrono::seconds(120));
  for (const char* other : {"Fri, 31 Dec 1999 23:59:59 GMT", "-1", "", "1.5", "99999999999"}) {
    CAPTURE(other);
    CHECK_FALSE(read("HTTP/1.1 503 Busy\r\nRetry-After: " + std::string(other) + "\r\n\r\n")
                    .answer.retry_after.has_value());
  }
  // What an interim answer says is not the answer's.
  CHECK_FALSE(read("HTTP/1.1 103 Hints\r\nRetry-After: 9\r\n\r\n" + kOk + "\r\n")
                  .answer.retry_after.has_value());
}

TEST_CASE("what is no answer, or could be read in two ways, is malformed", "[egress]") {
  for (const std::string& bad : std::vector<std::string>{
           "SSH-2.0-x\r\n\r\n",
           "HTTP/2 200\r\n\r\n",
           "HTTP/1.1 20\r\n\r\n",
           "HTTP/1.1 2000\r\n\r\n",
           "HTTP/1.1 +20 x\r\n\r\n",
           "HTTP/1.1 099 x\r\n\r\n",
           "HTTP/1.1 600 x\r\n\r\n",
           "HTTP/1.1 101 Switching\r\n\r\n",
           kOk + "no colon\r\n\r\n",
           kOk + ": x\r\n\r\n",
           kOk + "Bad Name: x\r\n\r\n",
           kOk + " folded: x\r\n\r\n",
           kOk + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
           kOk + "Content-Length: -1\r\n\r\n",
           kOk + "Content-Length: 5x\r\n\r\nhello",
           kOk + "Content-Length: 99999999999999999999999\r\n\r\n",
           kOk + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello",
           kOk + "Transfer-Encoding: gzip, chunked\r\n\r\n",
           kOk + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           kOk + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
           kOk + "Transfer-Encoding: chunked\r\n\r\n-1\r\n",
           kOk + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
           kOk + "Transfer-Encoding: chunked\r\n\r\n" + std::string(300, '0') + "\r\n"}) {
    CAPTURE(bad);
    CHECK(read(bad).state == State::kMalformed);
  }
}

TEST_CASE("an answer that ends before its end is not complete", "[egress]") {
  for (const std::string& whole : std::vector<std::string>{
           kOk + "Content-Length: 5\r\n\r\nhello",
           kOk + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      CAPTURE(whole, size);
      CHECK(read(whole.substr(0, size)).state == State::kMalformed);
    }
  }
}

TEST_CASE("head, body and trailer are bounded, at the limit they pass", "[egress]") {
  const auto counted = [](std::size_t size) {
    return kOk + "Content-Length: " + std::to_string(size) + "\r\n\r\n" + std::string(size, 'a');
  };
  CHECK(read(counted(kMaxAnswerBodyBytes)).state == State::kComplete);
  CHECK(read(counted(kMaxAnswerBodyBytes + 1)).state == State::kTooLarge);
  CHECK(read(kOk + "\r\n" + std::string(kMaxAnswerBodyBytes, 'a')).state == State::kComplete);
  CHECK(read(kOk + "\r\n" + std::string(kMaxAnswerBodyBytes + 1, 'a'), 1000).state ==
        State::kTooLarge);
  const std::string chunked = kOk + "Transfer-Encoding: chunked\r\n\r\n";
  const std::string chunk = "8000\r\n" + std::string(0x8000, 'a') + "\r\n";
  CHECK(read(chunked + chunk + chunk + "0\r\n\r\n").state == State::kComplete);
  CHECK(read(chunked + chunk + chunk + "1\r\n").state == State::kTooLarge);
  CHECK(read(chunked + "FFFFFFFFFFFFFFFF\r\n").state == State::kTooLarge);
  CHECK(read(kOk + "X: " + std::string(kMaxAnswerHeadBytes, 'a')).state == State::kTooLarge);
  for (const std::size_t piece : {std::size_t{1}, std::string::npos}) {
    const std::string head = kOk + "Content-Length: 0\r\nX: ";
    const std::string fill(kMaxAnswerHeadBytes - head.size(), 'a');
    CHECK(read(head + fill + "\r\n\r\n", piece).state == State::kComplete);
    CHECK(read(head + fill + "a\r\n\r\n", piece).state == State::kTooLarge);
    const std::string line = chunked + "0;" + std::string(254, 'x');
    CHECK(read(line + "\r\n\r\n", piece).state == State::kComplete);
    CHECK(read(line + "x\r\n\r\n", piece).state == State::kMalformed);
  }
  std::string trailer = chunked + "0\r\n";
  for (int i = 0; i < 200; ++i) trailer += "X: " + std::string(97, 'a') + "\r\n";
  CHECK(read(trailer + "\r\n").state == State::kTooLarge);
}

TEST_CASE("mutated answers end in some state and within the bounds", "[egress]") {
  const auto seed = GENERATE(3U, 20261123U);
  CAPTURE(seed);
  std::mt19937 random(seed);
  const std::string good =
      kOk + "Transfer-Encoding: chunked\r\nRetry-After: 1\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  for (int round = 0; round < 5000; ++round) {
    std::string octets = good;
    for (std::size_t edits = 1 + random() % 4; edits > 0 && !octets.empty(); --edits) {
      const std::size_t at = random() % octets.size();
      if (random() % 3 == 0) {
        octets.erase(at, random() % 9);
      } else if (random() % 2 == 0) {
        octets[at] = static_cast<char>(random());
      } else {
        octets.insert(at, octets.substr(random() % octets.size(), random() % 20));
      }
    }
    const Reading reading = read(octets, 1 + random() % 9);
    REQUIRE(reading.state != State::kMore);
    REQUIRE(reading.answer.body.size() <= octets.size());
    if (reading.state == State::kComplete) REQUIRE(reading.answer.status >= 200);
  }
}
