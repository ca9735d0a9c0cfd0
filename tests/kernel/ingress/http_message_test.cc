#include "kernel/ingress/http_message.h"

#include <catch2/catch.hpp>
#include <random>

using namespace berth::ingress;

namespace {

std::string post(const std::string& fields) {
  return "POST /gsma/rsp2/es9plus/initiateAuthentication HTTP/1.1\r\nHost: rsp.example\r\n" +
         fields + "\r\n";
}

int status_of(const std::string& head) {
  const auto parsed = parse_head(head);
  return parsed ? 0 : parsed.error().status;
}

}  // namespace

TEST_CASE("a plain request head is read whole", "[ingress]") {
  const auto head = parse_head(
      "POST /v1/tenants/a/story?key=1%24x HTTP/1.1\r\nhOST: RSP.example:8443\r\n"
      "Content-Type:\tapplication/json ; charset=utf-8 \r\nContent-Length: 17\r\n"
      "X-Admin-Protocol: gsma/rsp/v2.5.0\r\nX-Other: y\r\n\r\n");
  REQUIRE(head.ok());
  CHECK(head->method == "POST");
  CHECK(head->path == "/v1/tenants/a/story");
  CHECK(head->query == "key=1%24x");
  CHECK(head->host == "RSP.example:8443");
  CHECK(head->content_type == "application/json ; charset=utf-8");
  CHECK(head->admin_protocol == "gsma/rsp/v2.5.0");
  CHECK(head->content_length == 17u);
  CHECK(head->keep_alive);
  CHECK_FALSE(head->chunked);
}

TEST_CASE("every request-smuggling shape is refused", "[ingress]") {
  CHECK(status_of(post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")) == 400);
  CHECK(status_of(post("Content-Length: 5\r\nContent-Length: 5\r\n")) == 400);
  CHECK(status_of(post("Content-Length: 5, 5\r\n")) == 400);
  CHECK(status_of(post("Content-Length: +5\r\n")) == 400);
  CHECK(status_of(post("Content-Length: -1\r\n")) == 400);
  CHECK(status_of(post("Content-Length: 0x5\r\n")) == 400);
  CHECK(status_of(post("Content-Length: \r\n")) == 400);
  CHECK(status_of(post("Content-Length: 99999999999999999999\r\n")) == 400);
  CHECK(status_of(post("Content-Length : 5\r\n")) == 400);
  CHECK(status_of(post("Transfer-Encoding: chunked, chunked\r\n")) == 400);
  CHECK(status_of(post("Transfer-Encoding: gzip, chunked\r\n")) == 400);
  CHECK(status_of(post("Transfer-Encoding: xchunked\r\n")) == 400);
  CHECK(status_of(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n")) == 400);
  CHECK(status_of(post("Transfer-Encoding:\r\n chunked\r\n")) == 400);  // folded
  CHECK(status_of(post("Transfer-Encoding\r\n")) == 400);
  CHECK(status_of(post("X: a\nContent-Length: 5\r\n")) == 400);  // bare LF
  CHECK(status_of(post("X: a\rContent-Length: 5\r\n")) == 400);  // bare CR
  CHECK(status_of(post(std::string("X: a\0b\r\nContent-Length: 5\r\n", 26))) == 400);
  CHECK(status_of(post("Host: other.example\r\nContent-Length: 5\r\n")) == 400);
  CHECK(status_of("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
}

TEST_CASE("a request line that is not one is refused", "[ingress]") {
  CHECK(status_of("GET  / HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.1 \r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("GET /#x HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("GET /\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("G(T / HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/2.0\r\nHost: a\r\n\r\n") == 505);
  CHECK(status_of("GET / HTTP/1.1\r\n\r\n") == 400);  // no Host
  CHECK(status_of("") == 400);
  CHECK(status_of("\r\n\r\n") == 400);
  CHECK(status_of("GET /" + std::string(kMaxTargetBytes, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n") ==
        400);
}

TEST_CASE("the door answers methods and lengths itself", "[ingress]") {
  CHECK(status_of(post("")) == 411);
  CHECK(status_of("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n") == 405);
  CHECK(status_of("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n") == 405);
  CHECK(status_of(post("Content-Length: 5\r\nExpect: something\r\n")) == 417);
  std::string many;
  for (std::size_t i = 0; i < kMaxHeaderFields; ++i) many += "X: y\r\n";
  CHECK(status_of(post("Content-Length: 5\r\n" + many)) == 431);
}

TEST_CASE("the client decides about keep-alive, HTTP/1.0 never gets it", "[ingress]") {
  CHECK_FALSE(parse_head("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n")->keep_alive);
  CHECK_FALSE(parse_head("GET / HTTP/1.0\r\n\r\n")->keep_alive);
  CHECK(parse_head("GET / HTTP/1.1\r\nHost: a\r\nConnection: x\r\n\r\n")->keep_alive);
}

TEST_CASE("answers carry their length; 204 carries neither body nor type", "[ingress]") {
  HttpResponse response;
  response.content_type = "application/json";
  response.body = "{}";
  response.headers = {{"X-Admin-Protocol", "gsma/rsp/v2.5.0"}, {"X-Bad", "a\r\nInjected: b"}};
  CHECK(to_octets(response, true) ==
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
        "X-Admin-Protocol: gsma/rsp/v2.5.0\r\nConnection: keep-alive\r\n\r\n{}");
  response.status = 204;
  response.headers.clear();
  CHECK(to_octets(response, false) == "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
}

TEST_CASE("random and mutated heads never crash the reader", "[ingress]") {
  const std::uint32_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const std::string good =
      post("Content-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n");
  for (int round = 0; round < 20'000; ++round) {
    std::string head = good;
    for (std::uint32_t change = random() % 4 + 1; change > 0; --change) {
      const std::size_t at = random() % head.size();
      switch (random() % 3) {
        case 0:
          head[at] = static_cast<char>(random());
          break;
        case 1:
          head.erase(at, random() % 5);
          break;
        default:
          head.insert(at, 1, "\r\n :,0\t"[random() % 7]);
      }
      if (head.empty()) head = " ";
    }
    const auto parsed = parse_head(head);
    if (parsed) {
      // Whatever is accepted has exactly one reading of its length.
      CHECK_FALSE((parsed->chunked && parsed->content_length));
      CHECK((parsed->method != "POST" || parsed->chunked || parsed->content_length));
    }
  }
}
