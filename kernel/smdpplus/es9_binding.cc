#include "kernel/smdpplus/es9_binding.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>

#include "kernel/rsp/sgp22/es9_json.h"

namespace berth::smdpplus {
namespace {

constexpr std::string_view kPrefix = "/gsma/rsp2/es9plus/";
constexpr std::string_view kJson = "application/json";
constexpr rsp::sgp22::Version kOurVersion{2, 5, 0};

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

bool is_json(std::string_view content_type) {
  std::string type = lower(content_type.substr(0, content_type.find(';')));
  type.erase(std::remove(type.begin(), type.end(), ' '), type.end());
  return type == kJson;
}

Es9Answer json(std::string body) {
  return {.http_status = 200,
          .content_type = std::string(kJson),
          .body = std::move(body),
          .admin_protocol = {}};
}

// Trouble of our own or a body nobody can read. Details stay in the log.
Es9Answer from_error(const Error& error, const context::TenantContext& tenant,
                     const Es9Call& call) {
  const bool malformed = error.code() == ErrorCode::kInvalidArgument;
  const auto level = malformed ? spdlog::level::info : spdlog::level::warn;
  spdlog::log(level, "request={} tenant={} path={} {} {}: {}", call.request_id, tenant.id().text(),
              call.path, to_string(error.code()), error.reason(), error.message());
  Es9Answer answer{
      .http_status = malformed ? 400 : 503, .content_type = {}, .body = {}, .admin_protocol = {}};
  if (!malformed && error.retry_after()) {
    answer.retry_after_seconds =
        static_cast<int>(std::chrono::ceil<std::chrono::seconds>(*error.retry_after()).count());
  }
  return answer;
}

Es9Answer from_failure(const Failure& failure, const context::TenantContext& tenant,
                       const Es9Call& call) {
  if (const auto* refused = std::get_if<rsp::RspError>(&failure)) {
    return json(rsp::sgp22::failure_json(*refused));
  }
  return from_error(std::get<Error>(failure), tenant, call);
}

const Es9Answer kAcknowledged{
    .http_status = 204, .content_type = {}, .body = {}, .admin_protocol = {}};

// The JSON or its base64 cannot be read, as opposed to the card's own octets inside.
bool is_of_the_body(const Error& error) {
  return error.reason().starts_with("json.") || error.reason().starts_with("base64.");
}

enum class Unreadable { kRefuse = 1, kAcknowledge };

// Parse, serve, encode: the same three steps for every function.
template <class Parse, class Serve, class Encode>
Es9Answer serve(Es9Service& service, context::TenantContext& tenant, const Es9Call& call,
                Parse parse, Serve function, Encode encode,
                Unreadable unreadable = Unreadable::kRefuse) {
  auto request = parse(call.body);
  if (!request) {
    service.count_malformed(tenant, "malformed " + std::string(request.error().reason()));
    if (unreadable == Unreadable::kAcknowledge && !is_of_the_body(request.error())) {
      // A phone would send it again and again: counted, dropped (SGP.22 §5.6.4).
      return kAcknowledged;
    }
    return from_error(request.error(), tenant, call);
  }
  auto response = (service.*function)(tenant, call.request_id, *request);
  if (!response) return from_failure(response.error(), tenant, call);
  return encode(response);
}

Es9Answer dispatch(Es9Service& service, context::TenantContext& tenant, const Es9Call& call,
                   std::string_view function) {
  namespace sgp22 = rsp::sgp22;
  const auto with_body = [](const auto& response) { return json(sgp22::to_json(*response)); };
  if (function == "initiateAuthentication") {
    return serve(service, tenant, call, sgp22::parse_initiate_authentication,
                 &Es9Service::initiate_authentication, with_body);
  }
  if (function == "authenticateClient") {
    return serve(service, tenant, call, sgp22::parse_authenticate_client,
                 &Es9Service::authenticate_client, with_body);
  }
  if (function == "getBoundProfilePackage") {
    return serve(service, tenant, call, sgp22::parse_get_bound_profile_package,
                 &Es9Service::get_bound_profile_package, with_body);
  }
  if (function == "cancelSession") {
    return serve(service, tenant, call, sgp22::parse_cancel_session, &Es9Service::cancel_session,
                 [](const auto&) { return json(rsp::sgp22::success_json()); });
  }
  if (function == "handleNotification") {
    return serve(
        service, tenant, call, sgp22::parse_handle_notification, &Es9Service::handle_notification,
        [](const auto&) { return kAcknowledged; }, Unreadable::kAcknowledge);
  }
  return {.http_status = 404, .content_type = {}, .body = {}, .admin_protocol = {}};
}

}  // namespace

std::string negotiate_protocol(std::string_view client) {
  constexpr std::string_view kScheme = "gsma/rsp/v";
  const std::string ours = std::string(kScheme) + kOurVersion.text();
  if (client.empty()) return ours;
  if (!client.starts_with(kScheme)) return {};
  std::array<unsigned, 3> parts{};
  const char* at = client.data() + kScheme.size();
  const char* end = client.data() + client.size();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto [next, failed] = std::from_chars(at, end, parts[i]);
    if (failed != std::errc() || parts[i] > 255) return {};
    at = next;
    if (i + 1 < parts.size()) {
      if (at == end || *at != '.') return {};
      ++at;
    }
  }
  if (at != end) return {};
  const rsp::sgp22::Version theirs{static_cast<std::uint8_t>(parts[0]),
                                   static_cast<std::uint8_t>(parts[1]),
                                   static_cast<std::uint8_t>(parts[2])};
  return std::string(kScheme) + std::min(theirs, kOurVersion).text();
}

Es9Answer answer_es9(Es9Service& service, context::TenantContext& tenant, const Es9Call& call) {
  const auto refused = [&](int status, const char* cause) {
    service.count_malformed(tenant, cause);
    return Es9Answer{.http_status = status, .content_type = {}, .body = {}, .admin_protocol = {}};
  };
  if (!call.path.starts_with(kPrefix)) return refused(404, "unknown path");
  if (call.method != "POST") return refused(405, "method");
  if (!is_json(call.content_type)) return refused(415, "content type");
  const std::string protocol = negotiate_protocol(call.admin_protocol);
  if (protocol.empty()) return refused(400, "X-Admin-Protocol");
  Es9Answer answer =
      dispatch(service, tenant, call, std::string_view(call.path).substr(kPrefix.size()));
  answer.admin_protocol = protocol;
  return answer;
}

}  // namespace berth::smdpplus
