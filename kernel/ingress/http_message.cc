#include "kernel/ingress/http_message.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace berth::ingress {
namespace {

constexpr HttpRefusal kMalformed{400, "ingress.malformed", "The request is not valid HTTP/1.1."};
constexpr HttpRefusal kAmbiguous{400, "ingress.ambiguous_length",
                                 "The length of the body can be read in two ways."};
constexpr HttpRefusal kLengthRequired{411, "ingress.length_required",
                                      "Send Content-Length or chunked coding."};
constexpr HttpRefusal kMethod{405, "ingress.method", "This method is not served here."};
constexpr HttpRefusal kVersion{505, "ingress.version", "Only HTTP/1.0 and HTTP/1.1 are served."};
constexpr HttpRefusal kExpectation{417, "ingress.expectation", "Only 100-continue is understood."};
constexpr HttpRefusal kTooManyFields{431, "ingress.head_too_large",
                                     "The request head has too many fields."};

bool is_token(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
bool is_visible(char c) { return c > 0x20 && c < 0x7F; }
bool is_field_text(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet == '\t' || (octet >= 0x20 && octet != 0x7F);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Takes one line without its CRLF off the front; empty optional when there is none.
std::optional<std::string_view> take_line(std::string_view& rest) {
  const std::size_t end = rest.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 2);
  return line;
}

Result<void, HttpRefusal> parse_request_line(std::string_view line, RequestHead& head,
                                             bool& http_1_0) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return kMalformed;
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (method.empty() || !std::all_of(method.begin(), method.end(), is_token)) return kMalformed;
  if (target.empty() || target.front() != '/' || target.size() > kMaxTargetBytes ||
      !std::all_of(target.begin(), target.end(), is_visible) ||
      target.find('#') != std::string_view::npos) {
    return kMalformed;
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return version.starts_with("HTTP/") ? kVersion : kMalformed;
  }
  http_1_0 = version == "HTTP/1.0";
  head.keep_alive = !http_1_0;
  if (method != "GET" && method != "POST" && method != "PUT" && method != "DELETE") return kMethod;
  head.method = std::string(method);
  const std::size_t mark = target.find('?');
  head.path = std::string(target.substr(0, mark));
  if (mark != std::string_view::npos) head.query = std::string(target.substr(mark + 1));
  return {};
}

// The headers Berth reads, each allowed once: a second one is a disagreement waiting to happen.
struct Seen {
  bool host = false, content_length = false, transfer_encoding = false, content_type = false,
       admin_protocol = false, expect = false;
  static bool again(bool& flag) { return std::exchange(flag, true); }
};

Result<void, HttpRefusal> parse_content_length(std::string_view value, RequestHead& head) {
  constexpr std::size_t kMaxDigits = 12;
  std::uint64_t length = 0;
  const char* end = value.data() + value.size();
  const bool digits =
      !value.empty() && value.size() <= kMaxDigits &&
      std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || std::from_chars(value.data(), end, length).ptr != end) return kAmbiguous;
  head.content_length = length;
  return {};
}

void parse_connection(std::string_view value, RequestHead& head) {
  while (!value.empty()) {
    const std::size_t comma = value.find(',');
    const std::string option = lower(trim(value.substr(0, comma)));
    if (option == "close") head.keep_alive = false;
    value = comma == std::string_view::npos ? std::string_view() : value.substr(comma + 1);
  }
}

Result<void, HttpRefusal> apply_field(const std::string& name, std::string_view value,
                                      RequestHead& head, Seen& seen) {
  if (name == "content-length") {
    if (Seen::again(seen.content_length)) return kAmbiguous;
    return parse_content_length(value, head);
  }
  if (name == "transfer-encoding") {
    if (Seen::again(seen.transfer_encoding) || lower(value) != "chunked") return kAmbiguous;
    head.chunked = true;
  } else if (name == "host") {
    if (Seen::again(seen.host)) return kMalformed;
    head.host = std::string(value);
  } else if (name == "content-type") {
    if (Seen::again(seen.content_type)) return kMalformed;
    head.content_type = std::string(value);
  } else if (name == "x-admin-protocol") {
    if (Seen::again(seen.admin_protocol)) return kMalformed;
    head.admin_protocol = std::string(value);
  } else if (name == "expect") {
    if (Seen::again(seen.expect) || lower(value) != "100-continue") return kExpectation;
    head.expects_continue = true;
  } else if (name == "connection") {
    parse_connection(value, head);
  }
  return {};
}

Result<void, HttpRefusal> parse_field(std::string_view line, RequestHead& head, Seen& seen) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return kMalformed;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  // A leading blank (folded line) or one before the colon fails the token test as well.
  if (!std::all_of(name.begin(), name.end(), is_token) ||
      !std::all_of(value.begin(), value.end(), is_field_text)) {
    return kMalformed;
  }
  return apply_field(lower(name), value, head, seen);
}

std::string_view phrase(int status) {
  struct Row {
    int status;
    std::string_view text;
  };
  static constexpr std::array<Row, 23> kRows{{{200, "OK"},
                                              {201, "Created"},
                                              {202, "Accepted"},
                                              {204, "No Content"},
                                              {400, "Bad Request"},
                                              {401, "Unauthorized"},
                                              {403, "Forbidden"},
                                              {404, "Not Found"},
                                              {405, "Method Not Allowed"},
                                              {408, "Request Timeout"},
                                              {409, "Conflict"},
                                              {411, "Length Required"},
                                              {413, "Content Too Large"},
                                              {415, "Unsupported Media Type"},
                                              {417, "Expectation Failed"},
                                              {421, "Misdirected Request"},
                                              {429, "Too Many Requests"},
                                              {431, "Request Header Fields Too Large"},
                                              {500, "Internal Server Error"},
                                              {501, "Not Implemented"},
                                              {503, "Service Unavailable"},
                                              {504, "Gateway Timeout"},
                                              {505, "HTTP Version Not Supported"}}};
  for (const Row& row : kRows) {
    if (row.status == status) return row.text;
  }
  return "Status";
}

void add_field(std::string& out, std::string_view name, std::string_view value) {
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_token)) return;
  if (!std::all_of(value.begin(), value.end(), is_field_text)) return;
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

Result<RequestHead, HttpRefusal> parse_head(std::string_view text) {
  RequestHead head;
  Seen seen;
  bool http_1_0 = false;
  std::string_view rest = text;
  const std::optional<std::string_view> request_line = take_line(rest);
  if (!request_line) return kMalformed;
  BERTH_TRY_VOID(parse_request_line(*request_line, head, http_1_0));
  for (std::size_t fields = 0;; ++fields) {
    const std::optional<std::string_view> line = take_line(rest);
    if (!line) return kMalformed;
    if (line->empty()) break;
    if (fields == kMaxHeaderFields) return kTooManyFields;
    BERTH_TRY_VOID(parse_field(*line, head, seen));
  }
  if (!rest.empty()) return kMalformed;
  if (head.chunked && (head.content_length || http_1_0)) return kAmbiguous;
  const bool needs_body = head.method == "POST" || head.method == "PUT";
  if (needs_body && !head.chunked && !head.content_length) return kLengthRequired;
  if (!seen.host && !http_1_0) return kMalformed;  // RFC 9112 §3.2
  return head;
}

std::string to_octets(const HttpResponse& response, bool keep_alive) {
  const bool bodiless = response.status == 204 || response.status == 304;
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + ' ';
  out.append(phrase(response.status)).append("\r\n");
  if (!bodiless) {
    if (!response.content_type.empty()) add_field(out, "Content-Type", response.content_type);
    add_field(out, "Content-Length", std::to_string(response.body.size()));
  }
  for (const auto& [name, value] : response.headers) add_field(out, name, value);
  add_field(out, "Connection", keep_alive ? "keep-alive" : "close");
  out.append("\r\n");
  if (!bodiless) out.append(response.body);
  return out;
}

HttpResponse to_response(const HttpRefusal& refusal) {
  HttpResponse response;
  response.status = refusal.status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::string(refusal.reason) + ": " + std::string(refusal.message) + "\n";
  if (refusal.status == 503) {
    response.headers.emplace_back("Retry-After", std::to_string(refusal.retry_after_seconds));
  }
  return response;
}

}  // namespace berth::ingress
