#include "tools/berthctl/client.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/StreamCopier.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <utility>

#include "kernel/base/bytes.h"

namespace berth::berthctl {
namespace {

using nlohmann::ordered_json;

// An audit verification or an import may take its time; the host ends it after two minutes.
constexpr int kTimeoutSeconds = 130;
constexpr std::size_t kMaxShownBytes = 200;  // of an answer that is not JSON

ErrorCode code_named(std::string_view name) {
  for (int value = 1; value <= static_cast<int>(ErrorCode::kUnauthenticated); ++value) {
    const auto code = static_cast<ErrorCode>(value);
    if (to_string(code) == name) return code;
  }
  return ErrorCode::kFailedPrecondition;  // "refused": the standard's own no
}

// The first line of an answer that is not ours to parse, fit for a terminal.
std::string first_line(std::string_view text) {
  std::string line(text.substr(0, std::min(text.find_first_of("\r\n"), kMaxShownBytes)));
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return line;
}

// What the door itself refuses (400, 413, 503) comes as one line of text, never as JSON.
Error without_error_object(std::string_view text, int status) {
  const std::string line = first_line(text);
  const std::string why = line.empty() ? " without saying why" : ": " + line;
  return {ErrorCode::kInternal, "berthctl.bad_answer",
          "the host answered " + std::to_string(status) + why};
}

Error from_answer(const ordered_json& answer, std::string_view text, int status) {
  const auto error = answer.is_object() ? answer.find("error") : answer.end();
  if (!answer.is_object() || error == answer.end() || !error->is_object()) {
    return without_error_object(text, status);
  }
  return {code_named(error->value("code", "")), error->value("reason", ""),
          error->value("message", "")};
}

}  // namespace

std::string percent_encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') ||
                            std::string_view("-._~").find(c) != std::string_view::npos;
    if (unreserved) {
      encoded += c;
    } else {
      const auto octet = static_cast<std::uint8_t>(c);
      encoded += '%' + to_hex({&octet, 1});
    }
  }
  return encoded;
}

Result<ordered_json> Client::get(const std::string& path_and_query) const {
  return ask("GET", path_and_query, "");
}

Result<ordered_json> Client::post(const std::string& path, const nlohmann::json& body) const {
  return ask("POST", path, body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

Result<ordered_json> Client::put(const std::string& path, const nlohmann::json& body) const {
  return ask("PUT", path, body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

Result<ordered_json> Client::ask(const std::string& method, const std::string& target,
                                 std::string body) const {
  Poco::Net::StreamSocket socket;
  try {
    socket.connect(
        Poco::Net::SocketAddress(Poco::Net::SocketAddress::UNIX_LOCAL, socket_.string()));
  } catch (const Poco::Exception& e) {
    if (e.code() == EACCES || e.code() == EPERM) {
      return Error(ErrorCode::kPermissionDenied, "berthctl.no_connection",
                   "this user may not open " + socket_.string() +
                       "; run berthctl as the user the host runs as");
    }
    return Error(ErrorCode::kUnavailable, "berthctl.no_connection",
                 "no host answers at " + socket_.string() + " (" + e.displayText() +
                     "); start one with berthd --config FILE, or name its socket with --socket");
  }
  try {
    Poco::Net::HTTPClientSession session(socket);
    session.setTimeout(Poco::Timespan(kTimeoutSeconds, 0));
    Poco::Net::HTTPRequest request(method, target, Poco::Net::HTTPMessage::HTTP_1_1);
    request.setHost("localhost");
    if (method != "GET") {
      request.setContentType("application/json");
      request.setContentLength64(static_cast<Poco::Int64>(body.size()));
    }
    session.sendRequest(request) << body;
    Poco::Net::HTTPResponse response;
    std::string text;
    Poco::StreamCopier::copyToString(session.receiveResponse(response), text);
    ordered_json answer = ordered_json::parse(text, nullptr, false);
    const int status = response.getStatus();
    if (status < 200 || status > 299 || answer.is_discarded()) {
      return from_answer(answer, text, status);
    }
    return answer;
  } catch (const Poco::Exception& e) {
    return Error(
        ErrorCode::kUnavailable, "berthctl.no_connection",
        "the host at " + socket_.string() + " broke off (" + e.displayText() + "); see its log");
  }
}

}  // namespace berth::berthctl
