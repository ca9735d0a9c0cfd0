// Request heads: whatever is accepted can be read in one way only.

#include "kernel/ingress/http_message.h"

#include <algorithm>

#include "tests/fuzz/fuzz.h"

namespace berth::fuzz {
namespace {

// How often a line of the head begins with `name`, whatever its case.
std::size_t lines_named(std::string_view head, std::string_view name) {
  std::size_t count = 0;
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos;
       at = head.find("\r\n", at + 2)) {
    const std::string_view line = head.substr(at + 2, name.size());
    count += std::equal(line.begin(), line.end(), name.begin(), name.end(), [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b;
    });
  }
  return count;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
  });
}

}  // namespace

void one_input(ByteView input) {
  using namespace ingress;  // NOLINT: one parser
  const std::string_view head = as_text(input);
  const auto parsed = parse_head(head);
  if (!parsed) {
    const HttpResponse answer = to_response(parsed.error());
    must_hold(answer.status >= 400 && answer.status <= 505, "a refusal is an error status");
    must_hold(to_octets(answer, false).starts_with("HTTP/1.1 4") || answer.status >= 500,
              "and is written as one");
    return;
  }
  must_hold(head.ends_with("\r\n\r\n"), "a head ends with the empty line");
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (head[i] == '\n') must_hold(i > 0 && head[i - 1] == '\r', "no bare LF");
    if (head[i] == '\r') must_hold(i + 1 < head.size() && head[i + 1] == '\n', "no bare CR");
  }
  must_hold(parsed->path.starts_with('/') && parsed->path.size() <= kMaxTargetBytes, "a path");
  for (const std::string* text :
       {&parsed->path, &parsed->query, &parsed->host, &parsed->content_type}) {
    must_hold(!has_control(*text), "no control characters inside");
  }
  must_hold(!(parsed->chunked && parsed->content_length), "one framing");
  must_hold(lines_named(head, "content-length:") == (parsed->content_length ? 1U : 0U),
            "one Content-Length or none");
  must_hold(lines_named(head, "transfer-encoding:") == (parsed->chunked ? 1U : 0U),
            "one Transfer-Encoding or none");
  const bool with_body = parsed->method == "POST" || parsed->method == "PUT";
  must_hold(with_body || parsed->method == "GET" || parsed->method == "DELETE", "a served method");
  must_hold(!with_body || parsed->chunked || parsed->content_length, "a body has a length");
}

}  // namespace berth::fuzz
